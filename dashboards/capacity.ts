import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { SeriesMapping, XYShowMode, PanelBuilder as XyPanel } from '@grafana/grafana-foundation-sdk/xychart';
import { bookingMetrics } from '../thresholds/booking-metrics.ts';
import { INFLUXDB } from './data-sources.ts';
import { InfluxQl } from './influxql.ts';
import { latencyObjectives, strictestErrorRate, upperBounds } from './objectives.ts';
import { influx, prometheus, timeSeries } from './panels.ts';
import { averaged, gauge, ofEndpoint, ofRun, perSecond, rateAndAverages } from './selections.ts';
import { dashboard, runAnnotations } from './skeleton.ts';
import { endpointVariable, instanceVariable, runVariable, scenarioVariable } from './variables.ts';

const whole = { where: [ofRun] };
const chosen = { where: [ofRun, ofEndpoint] };
const { histogram } = bookingMetrics;

/** How latency grows with the rate, and which limit comes first. */
export function capacityDashboard(): DashboardBuilder {
  const errors = strictestErrorRate();
  const builder = dashboard('capacity', 'Capacity', 'Rate against latency, and what is used up first.', 'now-6h')
    .withVariable(scenarioVariable())
    .withVariable(runVariable('run', 'Run'))
    .withVariable(endpointVariable('run'))
    .withVariable(instanceVariable())
    .annotation(runAnnotations(ofRun));
  builder.withRow(new RowBuilder('Rate against latency'));
  for (const { endpoint, lines } of latencyObjectives()) builder.withPanel(rateAgainstLatency(endpoint, lines));
  return builder
    .withRow(new RowBuilder('Over time'))
    .withPanel(
      timeSeries(
        { title: 'Requests per second', description: 'What the target answered.', unit: 'reqps', span: 8 },
        influx({ name: '$tag_endpoint', query: perSecond({ measurement: 'http_reqs', ...chosen, by: ['endpoint'] }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'p99', description: 'Quantiles of windows, weighted by their requests.', unit: 'ms', span: 8 },
        influx({
          name: '$tag_endpoint',
          query: averaged('p99', { measurement: 'http_req_duration', ...chosen, by: ['endpoint'] }),
        }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Failed requests', description: 'Share of requests.', unit: 'percentunit', span: 8 },
        influx({ name: 'failed', query: averaged('mean', { measurement: 'http_req_failed', ...chosen }) }),
        errors === null ? undefined : upperBounds([errors]),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Journeys that could not be started',
          description: 'Per second. The generator, and not the target, is then at its limit.',
          unit: 'ops',
        },
        influx({ name: 'dropped', query: perSecond({ measurement: 'dropped_iterations', ...whole }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Virtual users', description: 'Those that wait for an answer grow first.', unit: 'short' },
        influx({ name: 'active', query: gauge({ measurement: 'vus', ...whole }) }),
      ),
    )
    .withRow(new RowBuilder('What is used up first: share of each limit of the target'))
    .withPanel(
      timeSeries(
        { title: 'Use of limits', description: 'At 1, more load only waits longer.', unit: 'percentunit', span: 24 },
        prometheus(
          {
            name: 'event loop {{instance}}',
            query: 'max by (instance) (app_event_loop_utilization{instance=~"$instance"})',
          },
          {
            name: 'connections of {{shard}}',
            query:
              'sum by (shard) (app_pool_in_use{instance=~"$instance"}) / sum by (shard) (app_pool_size{instance=~"$instance"})',
          },
          {
            name: 'one core {{instance}}',
            query: 'sum by (instance) (rate(process_cpu_seconds_total{instance=~"$instance"}[$__rate_interval]))',
          },
        ),
        upperBounds([0.8, 1]),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Mean time of a request, as the target sees it',
          description: 'The difference from what the generator saw is network and queues before the app.',
          unit: 's',
          span: 24,
        },
        prometheus({
          name: '{{route}}',
          query: `sum by (route) (rate(${histogram}_sum{instance=~"$instance"}[$__rate_interval])) / sum by (route) (rate(${histogram}_count{instance=~"$instance"}[$__rate_interval]) > 0)`,
        }),
      ),
    );
}

/** A point for each step: its rate, and its quantiles with the lines they must stay below. */
function rateAgainstLatency(endpoint: string, lines: readonly { quantile: string; max: number }[]): XyPanel {
  return (
    new XyPanel()
      .title(`${endpoint}: ${lines.map(({ quantile, max }) => `${quantile} ≤ ${max} ms`).join(', ')}`)
      .description('A point is a step of time: its requests per second, and the quantiles of its windows.')
      .unit('ms')
      .datasource(INFLUXDB)
      .span(12)
      .height(9)
      .interval('1s')
      .min(0)
      .show(XYShowMode.Points)
      .mapping(SeriesMapping.Auto)
      .thresholds(upperBounds(lines.map(({ max }) => max)))
      .targets([
        new InfluxQl(
          rateAndAverages(Object.fromEntries(lines.map(({ quantile }) => [quantile, quantile])), {
            measurement: 'http_req_duration',
            where: [ofRun, `"endpoint" = '${endpoint}'`],
          }),
        ).table(),
      ])
      // Without its time, the rate is the first number of a row: the horizontal axis.
      .withTransformation({ id: 'filterFieldsByName', options: { exclude: { names: ['Time'] } } })
  );
}
