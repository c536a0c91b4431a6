import {
  type DashboardBuilder,
  type DataTransformerConfig,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  SeriesMapping,
  XYSeriesConfigBuilder,
  XYShowMode,
  PanelBuilder as XyPanel,
} from '@grafana/grafana-foundation-sdk/xychart';
import { INFLUXDB } from './data-sources.ts';
import { InfluxQl } from './influxql.ts';
import { type PanelText, table } from './panels.ts';
import { averages, ofCandidate, ofEndpoint, ofRun, type Selection, total } from './selections.ts';
import { dashboard, runAnnotations } from './skeleton.ts';
import { endpointVariable, runVariable, scenarioVariable, stepVariable } from './variables.ts';

const RUNS = [
  ['baseline', ofRun],
  ['candidate', ofCandidate],
] as const;

/** Two runs laid over each other from their starts, whenever they ran. */
export function compareDashboard(): DashboardBuilder {
  const builder = dashboard('compare', 'Compare', 'Two runs laid over each other from their starts.', 'now-7d')
    .withVariable(scenarioVariable())
    .withVariable(runVariable('run', 'Baseline'))
    .withVariable(runVariable('candidate', 'Candidate'))
    .withVariable(endpointVariable('run'))
    .withVariable(stepVariable())
    .annotation(runAnnotations(`(${ofRun} OR ${ofCandidate})`));
  const quantiles = ['p50', 'p95', 'p99', 'p999'];
  builder
    .withPanel(
      table(
        {
          title: 'Latency by endpoint',
          description: `Quantiles of windows, weighted by their requests. ${CAUTION}`,
          unit: 'ms',
        },
        RUNS.map(([name, condition]) => {
          const fields = Object.fromEntries(quantiles.map((quantile) => [`${name} ${quantile}`, quantile]));
          return new InfluxQl(averages(fields, { ...durations(condition), by: ['endpoint'], step: null }));
        }),
        'endpoint',
      ),
    )
    .withPanel(
      table(
        { title: 'Requests by endpoint', description: 'In the time range.', unit: 'short' },
        RUNS.map(
          ([name, condition]) =>
            new InfluxQl(total('samples', { ...durations(condition), by: ['endpoint'], step: null }, name)),
        ),
        'endpoint',
      ),
    )
    .withRow(new RowBuilder('From the start of each run'));
  for (const quantile of ['p50', 'p95', 'p99']) {
    builder.withPanel(overlay({ title: quantile, description: CAUTION, unit: 'ms' }, quantile, 'http_req_duration'));
  }
  return builder.withPanel(
    overlay({ title: 'Failed requests', description: CAUTION, unit: 'percentunit' }, 'mean', 'http_req_failed'),
  );
}

const CAUTION = 'A picture does not tell whether a difference is more than chance.';

function durations(condition: string): Selection {
  return { measurement: 'http_req_duration', where: [condition, ofEndpoint] };
}

/** The number of each row stands for the time since the start: every row is a step. */
const NUMBERED: DataTransformerConfig = {
  id: 'calculateField',
  options: { mode: 'index', alias: 'step', index: { asPercentile: false }, replaceFields: false },
};

/** A field of both runs, weighted by samples, in steps from the start. */
function overlay(text: PanelText, field: string, measurement: string): XyPanel {
  const named = (name: string) => ({ matcher: { id: 'byName', options: name } });
  const ofOne = (name: string, condition: string): string =>
    averages({ [name]: field }, { measurement, where: [condition, ofEndpoint], step: '$step' });
  return new XyPanel()
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .datasource(INFLUXDB)
    .span(12)
    .height(9)
    .min(0)
    .show(XYShowMode.Lines)
    .mapping(SeriesMapping.Manual)
    .targets(RUNS.map(([name, condition]) => new InfluxQl(ofOne(name, condition)).table().refId(name)))
    .withTransformation(NUMBERED)
    .series(
      RUNS.map(([name], index) =>
        new XYSeriesConfigBuilder()
          .name({ fixed: name })
          .frame({ matcher: { id: 'byIndex', options: index } })
          .x(named('step'))
          .y(named(name)),
      ),
    );
}
