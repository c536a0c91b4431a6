import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { ThresholdsConfigBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder as PromQl } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { INFLUXDB, PROMETHEUS } from './data-sources.ts';
import { InfluxQl } from './influxql.ts';

/** Units as Grafana names them. */
export type Unit = 'ms' | 's' | 'percentunit' | 'reqps' | 'ops' | 'short' | 'bytes' | 'Bps' | 'none';

/** What every panel has. Widths are in twenty-fourths of the page. */
export interface PanelText {
  title: string;
  /** What the panel answers, and how its figures came about. */
  description: string;
  unit: Unit;
  span?: number;
  height?: number;
}

/** One query and what its series are called. */
export interface Line {
  name: string;
  query: string;
}

/** What a panel asks, and whom. */
export interface Queries {
  datasource: DataSourceRef;
  targets: cog.Builder<cog.Dataquery>[];
}

const REFS = 'ABCDEFGH';

/** Queries in InfluxQL, lettered as Grafana does. */
export function influx(...lines: readonly Line[]): Queries {
  return {
    datasource: INFLUXDB,
    targets: lines.map(({ name, query }, index) => new InfluxQl(query).alias(name).refId(REFS.charAt(index))),
  };
}

/** Queries in PromQL; `{{shard}}` in a name stands for a label. */
export function prometheus(...lines: readonly Line[]): Queries {
  return {
    datasource: PROMETHEUS,
    targets: lines.map(({ name, query }, index) =>
      new PromQl().datasource(PROMETHEUS).expr(query).legendFormat(name).range().refId(REFS.charAt(index)),
    ),
  };
}

/** Lines over time, with the bounds of objectives drawn when there are any. */
export function timeSeries(
  text: PanelText,
  { datasource, targets }: Queries,
  bounds?: ThresholdsConfigBuilder,
): TimeSeriesPanel {
  const panel = new TimeSeriesPanel()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .span(text.span ?? 12)
    .height(text.height ?? 8)
    .min(0)
    .fillOpacity(8)
    .datasource(datasource)
    .targets(targets)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['mean', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  // Headroom writes a point each second. Prometheus has its own rhythm.
  if (datasource === INFLUXDB) panel.interval('1s');
  if (bounds === undefined) return panel;
  return panel
    .thresholds(bounds)
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** One value, large. */
export function stat(text: PanelText, { datasource, targets }: Queries, bounds?: ThresholdsConfigBuilder): StatPanel {
  const panel = new StatPanel()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .span(text.span ?? 4)
    .height(text.height ?? 4)
    .graphMode(BigValueGraphMode.None)
    .colorMode(bounds === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    // Texts as well as numbers.
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/^(?!Time$).*/').values(false))
    .datasource(datasource)
    .targets(targets);
  return bounds === undefined ? panel : panel.thresholds(bounds);
}

/** Rows; several queries are joined by a column that they share. */
export function table(text: PanelText, queries: readonly InfluxQl[], joinBy?: string): TablePanel {
  const panel = new TablePanel()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .span(text.span ?? 24)
    .height(text.height ?? 7)
    .datasource(INFLUXDB)
    .targets(queries.map((query, index) => query.table().refId(REFS.charAt(index))));
  if (joinBy !== undefined) {
    panel
      .withTransformation({ id: 'joinByField', options: { byField: joinBy, mode: 'outer' } })
      // InfluxDB puts a time on every row, also where a row stands for the whole range.
      .withTransformation({ id: 'filterFieldsByName', options: { exclude: { pattern: '^Time( \\d+)?$' } } });
  }
  return panel;
}
