import { type DashboardBuilder, RowBuilder, TextBoxVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsPanel } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder as LogQl } from '@grafana/grafana-foundation-sdk/loki';
import { bookingMetrics } from '../thresholds/booking-metrics.ts';
import { LOKI } from './data-sources.ts';
import { upperBounds } from './objectives.ts';
import { prometheus, timeSeries } from './panels.ts';
import { dashboard } from './skeleton.ts';
import { instanceVariable } from './variables.ts';

const { histogram, statusLabel } = bookingMetrics;
const here = 'instance=~"$instance"';
const rateOf = (metric: string, matchers = here): string => `rate(${metric}{${matchers}}[$__rate_interval])`;
const p95By = (labels: string, metric: string): string =>
  `histogram_quantile(0.95, sum by (${labels}, le) (${rateOf(`${metric}_bucket`)}))`;

/** The booking app from inside: routes, shards, pools, its objectives and its logs. */
export function targetDashboard(): DashboardBuilder {
  const builder = dashboard('target', 'Target', 'The booking app from inside.', 'now-1h')
    .withVariable(instanceVariable())
    .withVariable(new TextBoxVariableBuilder('request').label('Request id').defaultValue(''));
  addRequests(builder);
  addObjectives(builder);
  addDatabases(builder);
  addCacheAndFaults(builder);
  addProcess(builder);
  return addLogs(builder);
}

function addRequests(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('Requests'))
    .withPanel(
      timeSeries(
        { title: 'Requests per second', description: 'By route.', unit: 'reqps', span: 8 },
        prometheus({ name: '{{route}}', query: `sum by (route) (${rateOf('app_requests_total')})` }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'p95 by route', description: 'As precise as the histogram’s buckets.', unit: 's', span: 8 },
        prometheus({ name: '{{route}}', query: p95By('route', histogram) }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Answers by status', description: 'Per second.', unit: 'reqps', span: 8 },
        prometheus({
          name: `{{${statusLabel}}}`,
          query: `sum by (${statusLabel}) (${rateOf('app_requests_total')})`,
        }),
      ),
    );
}

function addObjectives(builder: DashboardBuilder): void {
  const { service } = bookingMetrics;
  const burnRate = (window: string): string =>
    `slo:bad_requests:ratio_rate${window}{service="${service}"} / slo:error_budget:ratio{service="${service}"}`;
  builder
    .withRow(new RowBuilder('Objectives: how fast the error budgets burn'))
    .withPanel(
      timeSeries(
        { title: 'Burn rate, 5 minutes', description: 'At 1 the budget lasts its 30 days.', unit: 'none' },
        prometheus({ name: '{{slo}}', query: burnRate('5m') }),
        upperBounds([1, 14.4]),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Burn rate, 1 hour', description: 'Above 14.4 somebody is paged.', unit: 'none' },
        prometheus({ name: '{{slo}}', query: burnRate('1h') }),
        upperBounds([1, 14.4]),
      ),
    );
}

function addDatabases(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('Databases'))
    .withPanel(
      timeSeries(
        {
          title: 'Statements per second',
          description: 'By shard: an even load is a good shard key.',
          unit: 'ops',
          span: 8,
        },
        prometheus({ name: '{{shard}}', query: `sum by (shard) (${rateOf('app_db_statements_total')})` }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'p95 of statements', description: 'By shard.', unit: 's', span: 8 },
        prometheus({ name: '{{shard}}', query: p95By('shard', 'app_db_statement_duration_seconds') }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Busiest statements', description: 'Per second, by name.', unit: 'ops', span: 8 },
        prometheus({
          name: '{{statement}}',
          query: `topk(10, sum by (statement) (${rateOf('app_db_statements_total')}))`,
        }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Connections', description: 'Lent, waited for, and how many there may be.', unit: 'short', span: 8 },
        prometheus(
          { name: 'in use {{shard}}', query: `sum by (shard) (app_pool_in_use{${here}})` },
          { name: 'waiting {{shard}}', query: `sum by (shard) (app_pool_waiting{${here}})` },
          { name: 'size {{shard}}', query: `sum by (shard) (app_pool_size{${here}})` },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'p95 of waits for a connection', description: 'By shard.', unit: 's', span: 8 },
        prometheus({ name: '{{shard}}', query: p95By('shard', 'app_pool_wait_seconds') }),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Waits in vain and messages unsent',
          description: 'Refusals per second; depth of the outbox.',
          unit: 'short',
          span: 8,
        },
        prometheus(
          { name: 'refused {{shard}}', query: `sum by (shard) (${rateOf('app_pool_refusals_total')})` },
          { name: 'outbox {{shard}}', query: `max by (shard) (app_outbox_depth{${here}})` },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Who answers reads',
          description: 'Per second: the replica, or the primary while the replica has not seen the last write.',
          unit: 'ops',
        },
        prometheus({
          name: '{{place}} of {{shard}}',
          query: `sum by (shard, place) (${rateOf('app_reads_total')})`,
        }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Lag of replicas', description: 'Bytes of the log that are not replayed yet.', unit: 'bytes' },
        prometheus({ name: '{{shard}}', query: `max by (shard) (app_replica_lag_bytes{${here}})` }),
      ),
    );
}

function addCacheAndFaults(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('Cache and faults'))
    .withPanel(
      timeSeries(
        { title: 'Hit ratio', description: 'Share of looks that loaded nothing.', unit: 'percentunit', span: 8 },
        prometheus({
          name: '{{cache}}',
          query: `sum by (cache) (${rateOf('app_cache_requests_total', `${here},result=~"hit|shared"`)}) / sum by (cache) (${rateOf('app_cache_requests_total')})`,
        }),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Looks into the cache', description: 'Per second, by what became of them.', unit: 'ops', span: 8 },
        prometheus({
          name: '{{cache}} {{result}}',
          query: `sum by (cache, result) (${rateOf('app_cache_requests_total')})`,
        }),
      ),
    )
    .withPanel(
      timeSeries(
        {
          title: 'Faults',
          description: 'Those that are on, and how often a second they strike.',
          unit: 'short',
          span: 8,
        },
        prometheus(
          { name: '{{fault}} is on', query: `sum by (fault) (app_fault_active{${here}})` },
          { name: '{{fault}} per second', query: `sum by (fault) (${rateOf('app_fault_effects_total')})` },
        ),
      ),
    );
}

function addProcess(builder: DashboardBuilder): void {
  builder
    .withRow(new RowBuilder('Process'))
    .withPanel(
      timeSeries(
        { title: 'Busy', description: 'Event loop, and processor time a second.', unit: 'percentunit' },
        prometheus(
          { name: 'event loop {{instance}}', query: `app_event_loop_utilization{${here}}` },
          { name: 'processor {{instance}}', query: rateOf('process_cpu_seconds_total') },
        ),
      ),
    )
    .withPanel(
      timeSeries(
        { title: 'Memory', description: 'Resident, and heap in use.', unit: 'bytes' },
        prometheus(
          { name: 'resident {{instance}}', query: `process_resident_memory_bytes{${here}}` },
          { name: 'heap {{instance}}', query: `nodejs_heap_size_used_bytes{${here}}` },
        ),
      ),
    );
}

function addLogs(builder: DashboardBuilder): DashboardBuilder {
  return builder.withRow(new RowBuilder('Logs')).withPanel(
    new LogsPanel()
      .title('Logs')
      .description('Enter a request id above, as the answer’s header x-request-id has it, to see that request alone.')
      .datasource(LOKI)
      .span(24)
      .height(10)
      .showTime(true)
      .wrapLogMessage(true)
      .targets([new LogQl().datasource(LOKI).expr('{service=~"app.*"} |= "$request"').refId('A')]),
  );
}
