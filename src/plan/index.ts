/** What is left of a target's capacity, until when, and what would buy more. */

export { checkWhatIf } from './configuration.ts';
export { hpaSettings, hpaYaml } from './hpa.ts';
export { planMarkdown } from './markdown.ts';
export { planPage } from './page.ts';
export { type PlanInput, type PlannedDemand, planOf } from './plan.ts';
export { plannedDemand } from './planned-demand.ts';
export { replicaLoads } from './replica-load.ts';
export { type Outlook, type Plan, planSchema, type WhatIf } from './schema.ts';
export { planText } from './text.ts';
