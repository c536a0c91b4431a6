/** Models, search and forecast of capacity: pure, from measurements that others made. */

export { solveClosed } from './closed-network.ts';
export { criticalRate } from './critical-rate.ts';
export { crossing } from './crossing.ts';
export {
  type DemandEvent,
  type DemandModel,
  demandFromFits,
  demandFromGrowth,
  demandFromHistory,
  fitDemand,
  withEvents,
} from './demand.ts';
export { erlangC, responseQuantile, stretch } from './erlang.ts';
export { dateOf, FORECAST_DEFAULTS, type Forecast, forecast, type Percentiles } from './forecast.ts';
export { type Headroom, headroom, probabilityThatHolds } from './headroom.ts';
export type { HoltFit } from './holt-fit.ts';
export { isotonicFit } from './isotonic.ts';
export { solveClasses } from './mean-value-analysis.ts';
export {
  LITTLE_LIMIT,
  littleError,
  quantileRatio,
  type Rates,
  type Resource,
  rateAtResponse,
  saturation,
  solveOpen,
} from './open-network.ts';
export { isRising } from './rising.ts';
export { EFFORTS, nextStep, type SearchSettings, type SearchStep, type Trial } from './search.ts';
export { type BusyTime, type ServiceDemands, serviceDemands } from './service-demand.ts';
export { type SteadyState, steadyState } from './steady-state.ts';
export { latencyAtThroughput, limitOf, peakOf, throughputAt, throughputAtLatency, type Usl } from './usl.ts';
export {
  cliffAt,
  fitUsl,
  type Interval,
  type LoadPoint,
  parameterInterval,
  predictThroughput,
  type UslFit,
} from './usl-fit.ts';
export { peakInterval } from './usl-peak.ts';
export { applyChange, type Change, type ChangePrediction, predictChanges } from './what-if.ts';
