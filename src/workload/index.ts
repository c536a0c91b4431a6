export type { DurationUnit } from './common-format.ts';
export { type CountSettings, MOST_ROUTES, WorkloadCounter } from './count.ts';
export { FIELDS, type Field } from './json-format.ts';
export {
  type LogProgress,
  type LogSettings,
  type ReadLogOptions,
  workloadFromFile,
  workloadFromStream,
} from './read.ts';
export { planScenario, renderScenario, type ScenarioChoices, type ScenarioPlan } from './scenario.ts';
export { type Workload, type WorkloadEndpoint, workloadJson, workloadSchema } from './schema.ts';
export { workloadText } from './text.ts';
