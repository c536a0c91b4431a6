import {
  CustomVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { INFLUXDB, PROMETHEUS } from './data-sources.ts';
import { ofRun, ofScenario, tagValues } from './selections.ts';

/** What a visitor starts with where several can be chosen. */
const ALL = { selected: true, text: ['All'], value: ['$__all'] };

/** Scenarios that points were written for. */
export function scenarioVariable(): QueryVariableBuilder {
  return influxVariable('scenario', 'Scenario', tagValues('http_reqs', 'scenario'))
    .multi(true)
    .includeAll(true)
    .current(ALL);
}

/** Runs of the chosen scenarios, the latest first: a run's identifier begins with its time. */
export function runVariable(name: string, label: string): QueryVariableBuilder {
  return influxVariable(name, label, tagValues('http_reqs', 'run', ofScenario)).sort(VariableSort.AlphabeticalDesc);
}

/** Endpoints: of the chosen run, or of the chosen scenarios. */
export function endpointVariable(of: 'run' | 'scenario'): QueryVariableBuilder {
  const where = of === 'run' ? ofRun : ofScenario;
  return influxVariable('endpoint', 'Endpoint', tagValues('http_req_duration', 'endpoint', where))
    .multi(true)
    .includeAll(true)
    .current(ALL);
}

/** Instances of the target that Prometheus scrapes. */
export function instanceVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('instance')
    .label('Instance')
    .datasource(PROMETHEUS)
    .query({ query: 'label_values(app_requests_total, instance)', refId: 'instance' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .current(ALL);
}

/** Width of the steps in which runs are laid over each other. */
export function stepVariable(): CustomVariableBuilder {
  return new CustomVariableBuilder('step').label('Step').values('5s,1s,10s,30s,1m,5m');
}

function influxVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(INFLUXDB)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
