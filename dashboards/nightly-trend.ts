import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { InfluxQl } from './influxql.ts';
import { latencyObjectives, leastSuccess, lowerBound, strictestErrorRate, upperBounds } from './objectives.ts';
import { influx, table, timeSeries } from './panels.ts';
import { averaged, averages, ofEndpoint, ofScenario, total } from './selections.ts';
import { dashboard, runAnnotations } from './skeleton.ts';
import { endpointVariable, scenarioVariable } from './variables.ts';

const NIGHT = '1d';
const night = { step: NIGHT } as const;

/** One point a night: is the service slower than it was? */
export function nightlyTrendDashboard(): DashboardBuilder {
  const [errors, success] = [strictestErrorRate(), leastSuccess()];
  const builder = dashboard(
    'nightly',
    'Nightly trend',
    'One point a night: is the service slower than it was?',
    'now-30d',
  )
    .withVariable(scenarioVariable())
    .withVariable(endpointVariable('scenario'))
    .annotation(runAnnotations(`${ofScenario} AND "kind" = 'end'`))
    .withPanel(
      table({ title: 'Runs', description: 'Ends of runs with their verdicts.', unit: 'none' }, [
        new InfluxQl(
          `SELECT "verdict", "title", "text", "run" FROM "annotations" WHERE ${ofScenario} AND "kind" = 'end' AND $timeFilter ORDER BY time DESC LIMIT 100`,
        ),
      ]),
    )
    .withPanel(
      table(
        { title: 'Latency of each run', description: WINDOWS, unit: 'ms' },
        [
          new InfluxQl(
            averages(
              { p50: 'p50', p95: 'p95', p99: 'p99' },
              { measurement: 'http_req_duration', where: [ofScenario, ofEndpoint], by: ['run'], step: null },
            ),
          ),
          new InfluxQl(
            total('samples', { measurement: 'http_reqs', where: [ofScenario, ofEndpoint], by: ['run'], step: null }),
          ),
        ],
        'run',
      ),
    )
    .withRow(new RowBuilder('Latency against the objectives'));
  for (const { endpoint, lines } of latencyObjectives()) {
    const selection = {
      measurement: 'http_req_duration',
      where: [ofScenario, `"endpoint" = '${endpoint}'`],
      ...night,
    };
    builder.withPanel(
      timeSeries(
        { title: endpoint, description: WINDOWS, unit: 'ms' },
        influx(...lines.map(({ quantile }) => ({ name: quantile, query: averaged(quantile, selection) }))),
        upperBounds(lines.map(({ max }) => max)),
      ),
    );
  }
  return builder
    .withRow(new RowBuilder('Errors and load'))
    .withPanel(
      timeSeries(
        { title: 'Failed requests', description: 'Share of the endpoint’s requests.', unit: 'percentunit', span: 8 },
        influx({
          name: '$tag_endpoint',
          query: averaged('mean', {
            measurement: 'http_req_failed',
            where: [ofScenario, ofEndpoint],
            by: ['endpoint'],
            ...night,
          }),
        }),
        errors === null ? undefined : upperBounds([errors]),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Journeys that succeeded', description: 'Share of journeys.', unit: 'percentunit', span: 8 },
        influx({
          name: 'succeeded',
          query: averaged('mean', { measurement: 'journey_success', where: [ofScenario], ...night }),
        }),
        success === null ? undefined : lowerBound(success),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Requests', description: 'Per night: a shorter run is no faster service.', unit: 'short', span: 8 },
        influx({
          name: '$tag_endpoint',
          query: total('samples', {
            measurement: 'http_reqs',
            where: [ofScenario, ofEndpoint],
            by: ['endpoint'],
            ...night,
          }),
        }),
      ),
    );
}

const WINDOWS = 'Quantiles of windows, weighted by their requests.';
