export { BURN_RATES } from './burn-rates.ts';
export type { LeftOut } from './indicator.ts';
export { k6Thresholds, notInK6 } from './k6.ts';
export { openSloDocuments } from './openslo.ts';
export { prometheusRules } from './prometheus.ts';
