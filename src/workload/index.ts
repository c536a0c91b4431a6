export type { DurationUnit } from './common-format.ts';
export { MOST_ROUTES } from './count.ts';
export { FIELDS, type Field } from './json-format.ts';
export {
  type LogProgress,
  type LogSettings,
  type ReadLogOptions,
  workloadFromFile,
  workloadFromStream,
} from './read.ts';
export { planScenario, renderScenario, type ScenarioChoices } from './scenario.ts';
export { type Workload, workloadJson, workloadSchema } from './schema.ts';
export { workloadText } from './text.ts';
