export { BURN_RATES, type BurnRate } from './burn-rates.ts';
export type { LeftOut } from './indicator.ts';
export { k6Thresholds, notInK6 } from './k6.ts';
export { type OpenSloDocument, openSloDocuments } from './openslo.ts';
export { prometheusRules, type RuleFile } from './prometheus.ts';
