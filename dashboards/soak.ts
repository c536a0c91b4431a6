import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { influx, prometheus, timeSeries } from './panels.ts';
import { averaged, gauge, ofEndpoint, ofRun, ofTargetMetric, perSecond } from './selections.ts';
import { dashboard, runAnnotations } from './skeleton.ts';
import { endpointVariable, instanceVariable, runVariable, scenarioVariable } from './variables.ts';

const STEP = '5m';
const WINDOWS = `Steps of ${STEP}: windows weighted by their requests.`;
const perEndpoint = { where: [ofRun, ofEndpoint], by: ['endpoint'], step: STEP };
const here = '{instance=~"$instance"}';

/** Hours of steady load: what drifts, what leaks? */
export function soakDashboard(): DashboardBuilder {
  return dashboard('soak', 'Soak', 'Hours of steady load: what drifts, what leaks?', 'now-12h')
    .withVariable(scenarioVariable())
    .withVariable(runVariable('run', 'Run'))
    .withVariable(endpointVariable('run'))
    .withVariable(instanceVariable())
    .annotation(runAnnotations(ofRun))
    .withRow(new RowBuilder('Drift: the same load, is it served as it was at the start?'))
    .withPanel(
      timeSeries(
        { title: 'p50', description: WINDOWS, unit: 'ms', span: 8 },
        influx({ name: '$tag_endpoint', query: averaged('p50', { measurement: 'http_req_duration', ...perEndpoint }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'p99', description: WINDOWS, unit: 'ms', span: 8 },
        influx({ name: '$tag_endpoint', query: averaged('p99', { measurement: 'http_req_duration', ...perEndpoint }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Failed requests', description: WINDOWS, unit: 'percentunit', span: 8 },
        influx({ name: '$tag_endpoint', query: averaged('mean', { measurement: 'http_req_failed', ...perEndpoint }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Requests per second', description: 'A soak whose load changes shows no drift.', unit: 'reqps' },
        influx({ name: 'requests', query: perSecond({ measurement: 'http_reqs', where: [ofRun] }) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Virtual users', description: 'They grow when answers take longer.', unit: 'short' },
        influx({ name: 'active', query: gauge({ measurement: 'vus', where: [ofRun] }) }),
      ),
    )
    .withRow(new RowBuilder('Leaks: what the target holds'))
    .withPanel(
      timeSeries(
        {
          title: 'Memory, as the run’s own scraper saw it',
          description: 'Without Prometheus too, when the run was told where the target’s metrics are.',
          unit: 'bytes',
          span: 24,
        },
        influx({
          name: 'resident',
          query: gauge({ measurement: 'target', where: [ofRun, ofTargetMetric('process_resident_memory_bytes')] }),
        }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Memory', description: 'The lowest points tell: a leak raises them.', unit: 'bytes' },
        prometheus(
          { name: 'resident {{instance}}', query: `process_resident_memory_bytes${here}` },
          { name: 'heap in use {{instance}}', query: `nodejs_heap_size_used_bytes${here}` },
          { name: 'outside the heap {{instance}}', query: `nodejs_external_memory_bytes${here}` },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Handles and files', description: 'Open sockets, timers and files.', unit: 'short' },
        prometheus(
          { name: 'resources {{instance}}', query: `nodejs_active_resources_total${here}` },
          { name: 'files {{instance}}', query: `process_open_fds${here}` },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Event loop',
          description: 'How late timers are, and the share of time that it is busy.',
          unit: 's',
          span: 8,
        },
        prometheus(
          { name: 'lag p99 {{instance}}', query: `nodejs_eventloop_lag_p99_seconds${here}` },
          { name: 'lag mean {{instance}}', query: `nodejs_eventloop_lag_mean_seconds${here}` },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Connections', description: 'Lent, and waited for.', unit: 'short', span: 8 },
        prometheus(
          { name: 'in use {{shard}}', query: `sum by (shard) (app_pool_in_use${here})` },
          { name: 'waiting {{shard}}', query: `sum by (shard) (app_pool_waiting${here})` },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Outbox',
          description: 'Messages that wait to be sent; a backlog that only grows is a leak.',
          unit: 'short',
          span: 8,
        },
        prometheus({ name: '{{shard}}', query: `max by (shard) (app_outbox_depth${here})` }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Garbage collection', description: 'Seconds a second, by kind.', unit: 'percentunit', span: 24 },
        prometheus({
          name: '{{kind}}',
          query: `sum by (kind) (rate(nodejs_gc_duration_seconds_sum${here}[$__rate_interval]))`,
        }),
      ),
    );
}
