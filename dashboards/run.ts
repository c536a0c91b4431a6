import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DEFAULT_LIMITS } from '../src/gate/validity.ts';
import { InfluxQl } from './influxql.ts';
import { latencyObjectives, leastSuccess, lowerBound, strictestErrorRate, upperBounds } from './objectives.ts';
import { influx, stat, table, timeSeries } from './panels.ts';
import { averaged, averages, gauge, highest, ofEndpoint, ofRun, perSecond, total } from './selections.ts';
import { dashboard, runAnnotations } from './skeleton.ts';
import { endpointVariable, runVariable, scenarioVariable } from './variables.ts';

const QUANTILES =
  'Quantiles of one-second windows, each weighted by its requests; the run’s own report has the exact ones.';
const whole = { where: [ofRun] };
const perEndpoint = { where: [ofRun, ofEndpoint], by: ['endpoint'] };
const durations = { measurement: 'http_req_duration', ...perEndpoint };

/** One run: did it keep its objectives, and may its figures be trusted? */
export function runDashboard(): DashboardBuilder {
  const builder = dashboard(
    'run',
    'Run',
    'One run: objectives, latency, errors, and whether it was measured well.',
    'now-6h',
  )
    .withVariable(scenarioVariable())
    .withVariable(runVariable('run', 'Run'))
    .withVariable(endpointVariable('run'))
    .annotation(runAnnotations(ofRun));
  addVerdict(builder);
  addObjectives(builder);
  addEndpoints(builder);
  addValidity(builder);
  return builder;
}

function addVerdict(builder: DashboardBuilder): void {
  const [errors, success] = [strictestErrorRate(), leastSuccess()];
  builder
    .withPanel(
      stat(
        { title: 'Verdict', description: 'What Headroom judged when the run ended.', unit: 'none' },
        influx({
          name: 'verdict',
          query: `SELECT last("verdict") AS "verdict" FROM "annotations" WHERE ${ofRun} AND "kind" = 'end' AND $timeFilter`,
        }),
      ),
    )
    .withPanel(
      stat(
        { title: 'Requests', description: 'All requests in the time range.', unit: 'short' },
        influx({ name: 'requests', query: total('samples', { measurement: 'http_reqs', ...whole, step: null }) }),
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Failed requests',
          description: 'Share of all requests; red above the strictest objective of an endpoint.',
          unit: 'percentunit',
        },
        influx({ name: 'failed', query: averaged('mean', { measurement: 'http_req_failed', ...whole, step: null }) }),
        errors === null ? undefined : upperBounds([errors]),
      ),
    )
    .withPanel(
      stat(
        { title: 'Journeys that succeeded', description: 'Every answer was as expected.', unit: 'percentunit' },
        influx({
          name: 'succeeded',
          query: averaged('mean', { measurement: 'journey_success', ...whole, step: null }),
        }),
        success === null ? undefined : lowerBound(success),
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Checks that passed',
          description: 'Share of all checks that the script makes with k6’s check(); the built-in scenarios make none.',
          unit: 'percentunit',
        },
        influx({ name: 'passed', query: averaged('mean', { measurement: 'checks', ...whole, step: null }) }),
      ).noValue('none made'),
    )
    .withPanel(
      stat(
        { title: 'Slowest request', description: 'Of all endpoints.', unit: 'ms' },
        influx({ name: 'slowest', query: highest('max', { measurement: 'http_req_duration', ...whole, step: null }) }),
      ),
    );
}

function addObjectives(builder: DashboardBuilder): void {
  builder.withRow(new RowBuilder('Latency against the objectives'));
  for (const { endpoint, lines } of latencyObjectives()) {
    const selection = { measurement: 'http_req_duration', where: [ofRun, `"endpoint" = '${endpoint}'`] };
    const bounds = lines.map(({ quantile, max }) => `${quantile} ≤ ${max} ms`).join(', ');
    builder.withPanel(
      timeSeries(
        { title: `${endpoint}: ${bounds}`, description: QUANTILES, unit: 'ms' },
        influx(...lines.map(({ quantile }) => ({ name: quantile, query: averaged(quantile, selection) }))),
        upperBounds(lines.map(({ max }) => max)),
      ),
    );
  }
}

function addEndpoints(builder: DashboardBuilder): void {
  const errors = strictestErrorRate();
  builder
    .withRow(new RowBuilder('Endpoints'))
    .withPanel(
      timeSeries(
        { title: 'Requests per second', description: 'By endpoint.', unit: 'reqps' },
        influx({ name: '$tag_endpoint', query: perSecond({ measurement: 'http_reqs', ...perEndpoint }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Failed requests', description: 'Share of the endpoint’s requests.', unit: 'percentunit' },
        influx({ name: '$tag_endpoint', query: averaged('mean', { measurement: 'http_req_failed', ...perEndpoint }) }),
        errors === null ? undefined : upperBounds([errors]),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'p95', description: QUANTILES, unit: 'ms' },
        influx({ name: '$tag_endpoint', query: averaged('p95', durations) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Answers by status class', description: 'Per second.', unit: 'reqps' },
        influx({
          name: '$tag_status_class',
          query: perSecond({ measurement: 'http_reqs', where: [ofRun, ofEndpoint], by: ['status_class'] }),
        }),
      ),
    )
    .withPanel(
      table(
        { title: 'Endpoints', description: QUANTILES, unit: 'ms' },
        [
          new InfluxQl(
            averages({ mean: 'mean', p50: 'p50', p95: 'p95', p99: 'p99', p999: 'p999' }, { ...durations, step: null }),
          ),
          new InfluxQl(highest('max', { ...durations, step: null })),
        ],
        'endpoint',
      ),
    );
}

function addValidity(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('Validity: was the generator fast enough?'))
    .withPanel(
      timeSeries(
        {
          title: 'Journeys',
          description: 'Started per second; those that could not be started make a run invalid.',
          unit: 'ops',
        },
        influx(
          { name: 'done', query: perSecond({ measurement: 'iterations', ...whole }) },
          { name: 'dropped', query: perSecond({ measurement: 'dropped_iterations', ...whole }) },
        ),
      ),
    )
    .withPanel(
      stat(
        {
          title: 'Dropped journeys',
          description: `In the time range. Above ${DEFAULT_LIMITS.droppedShare * 100} % of all, the run is invalid.`,
          unit: 'short',
          height: 8,
        },
        influx({
          name: 'dropped',
          query: total('amount', { measurement: 'dropped_iterations', ...whole, step: null }),
        }),
      ).noValue('0'),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Virtual users',
          description: `Above ${DEFAULT_LIMITS.vuShare * 100} % of the most that are allowed, the run is invalid.`,
          unit: 'short',
          span: 8,
        },
        influx(
          { name: 'active', query: gauge({ measurement: 'vus', ...whole }) },
          { name: 'allotted', query: gauge({ measurement: 'vus_max', ...whole }) },
        ),
      ),
    );
}
