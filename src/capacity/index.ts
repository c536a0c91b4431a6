/** Models, search and forecast of capacity: pure, from measurements that others made. */

export {
  type DemandEvent,
  type DemandModel,
  demandFromFits,
  demandFromGrowth,
  fitDemand,
  withEvents,
} from './demand.ts';
export { dateOf, FORECAST_DEFAULTS, type Forecast, forecast } from './forecast.ts';
export { headroom, probabilityThatHolds } from './headroom.ts';
export type { HoltFit } from './holt-fit.ts';
export { isotonicFit } from './isotonic.ts';
export {
  LITTLE_LIMIT,
  littleError,
  type Rates,
  type Resource,
  solveOpen,
} from './open-network.ts';
export { isRising } from './rising.ts';
export { EFFORTS, nextStep, type SearchSettings, type SearchStep, type Trial } from './search.ts';
export { type BusyTime, serviceDemands } from './service-demand.ts';
export { steadyState } from './steady-state.ts';
export { peakOf } from './usl.ts';
export {
  cliffAt,
  fitUsl,
  type Interval,
  type LoadPoint,
  parameterInterval,
  predictThroughput,
} from './usl-fit.ts';
export { peakInterval } from './usl-peak.ts';
export { applyChange, type Change } from './what-if.ts';
