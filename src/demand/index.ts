/** The demand that a plan is made for: stated, or from a history of CSV or Prometheus, with events on top. */

export { type DatedEvent, parseEvent } from './event.ts';

export { parseGrowth, type StatedGrowth } from './growth.ts';
export { type History, historyOf } from './history.ts';
export { type HistoryFileOptions, readHistoryFile } from './history-file.ts';
export { type Demand, type DemandAssumptions, type DemandBasis, demandModelOf, NO_GROWTH } from './model.ts';
export { DEFAULT_QUERY, historyFromPrometheus, type PrometheusQuery } from './prometheus.ts';
export { parseRate } from './rate.ts';
export { sentencesOf } from './sentences.ts';
