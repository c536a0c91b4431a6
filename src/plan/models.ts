/** The models of a plan as parts of its document: scalability law and queueing network, beside what was measured. */
import { keyOf, Random, streamOf } from '../../lib/generators/random.ts';
import {
  fitUsl,
  type LoadPoint,
  littleError,
  parameterInterval,
  peakInterval,
  peakOf,
  predictThroughput,
} from '../capacity/index.ts';
import type { Capacity, CapacityTrial } from '../capacity-run/index.ts';
import { HeadroomError } from '../errors.ts';
import { type Calibration, weighted } from './calibration.ts';
import { calibrate, type QuantileLine, quantileLine, SETTLED, wholeTrials } from './network.ts';
import { networkAt, requestsPerJourney, responseTime, saturationOf, utilisation, waitOf } from './predict.ts';
import type { Plan, PlanTrial } from './schema.ts';

/** Points of a curve in a picture. */
const POINTS = 60;
/** How far past the highest load a fit is drawn. */
const EXTRAPOLATE = 1.5;

/** A model, or the sentence that says why there is none. */
type OrMissing<T> = { model: T; missing: null } | { model: null; missing: string };

function orMissing<T>(make: () => T): OrMissing<T> {
  try {
    return { model: make(), missing: null };
  } catch (error) {
    if (error instanceof HeadroomError) return { model: null, missing: `${error.message} ${error.remedy}` };
    throw error;
  }
}

/** Throughput over concurrency. */
export function uslOf({ trials, id }: Capacity): OrMissing<NonNullable<Plan['usl']>> {
  const whole = wholeTrials(trials).filter(({ concurrency }) => concurrency > 0);
  const points: LoadPoint[] = whole.map(({ concurrency, throughput }) => ({ load: concurrency, throughput }));
  return orMissing(() => {
    const fit = fitUsl(points);
    const random = new Random(keyOf(streamOf(id), streamOf('usl'), 0));
    const peak = fit.peakIdentified ? peakOf(fit) : null;
    const bounds = peak === null ? null : peakInterval(fit, () => random.next()).load;
    const most = EXTRAPOLATE * fit.tested.high;
    return {
      alpha: fit.alpha,
      beta: fit.beta,
      gamma: fit.gamma,
      intervals: {
        alpha: parameterInterval(fit, 'alpha'),
        beta: parameterInterval(fit, 'beta'),
        gamma: parameterInterval(fit, 'gamma'),
      },
      residualError: fit.residualError,
      peakIdentified: fit.peakIdentified,
      peak:
        peak === null || bounds === null
          ? null
          : {
              concurrency: peak.load,
              throughput: peak.throughput,
              low: bounds.low,
              high: Number.isFinite(bounds.high) ? bounds.high : null,
            },
      tested: fit.tested,
      curve: Array.from({ length: POINTS + 1 }, (_, i) => {
        const concurrency = (most * i) / POINTS;
        const { throughput, low, high } = predictThroughput(fit, concurrency);
        return { concurrency, throughput, low, high, extrapolated: concurrency > fit.tested.high };
      }),
      residuals: whole.map(({ runId, concurrency }, i) => ({ runId, concurrency, residual: fit.residuals[i] ?? 0 })),
    };
  });
}

/** The network, with what it needs to be asked further. */
export interface FittedNetwork {
  calibration: Calibration;
  line: QuantileLine | null;
  part: NonNullable<Plan['network']>;
}

export interface BindingQuantile {
  endpoint: string;
  metric: 'p50' | 'p95' | 'p99';
}

/** The quantile that the binding objective is about, where trials keep it; null for shares of errors and other quantiles. */
export function bindingQuantile(slo: string | null): BindingQuantile | null {
  const [, endpoint, metric] = /^(.+)\.(p50|p95|p99)$/.exec(slo ?? '') ?? [];
  return endpoint !== undefined && (metric === 'p50' || metric === 'p95' || metric === 'p99')
    ? { endpoint, metric }
    : null;
}

const quantileIn = ({ endpoints }: CapacityTrial, binding: BindingQuantile | null): number | null =>
  binding === null ? null : (endpoints.find(({ name }) => name === binding.endpoint)?.[binding.metric] ?? null);

/** The network of a search whose trials tell what the target's resources did. */
export function networkOf(capacity: Capacity, binding: BindingQuantile | null): OrMissing<FittedNetwork> {
  const whole = wholeTrials(capacity.trials);
  if (!whole.some(({ resources }) => resources.some(({ kind }) => kind !== 'host-cpu'))) {
    return {
      model: null,
      missing: 'The target shows no metrics that Headroom knows at /metrics, so nothing can be said of its resources.',
    };
  }
  return orMissing(() => {
    const calibration = calibrate(capacity);
    const line = quantileLine(calibration, whole, (trial) => quantileIn(trial, binding));
    const network = networkAt(calibration, calibration.base, meanRate(whole));
    const perJourney = requestsPerJourney(calibration.mix);
    const tested = Math.max(...whole.map(({ throughput }) => throughput));
    const end = Math.min(0.995 * saturationOf(network, calibration).rate, EXTRAPOLATE * tested);
    const errors = whole.flatMap((trial) => errorsOf(trial, calibration));
    return {
      calibration,
      line,
      part: {
        resources: [calibration.loop, calibration.pool, calibration.machine].flatMap((station) =>
          station === null
            ? []
            : {
                name: station.resource.name,
                servers: station.resource.servers,
                demands: millisecondsOf(
                  station.classes === 'counted'
                    ? station.resource.demands
                    : together(station.resource.demands, calibration),
                ),
                classes: station.classes,
                background: station.background,
                explained: station.explained,
                saturation: station.resource.servers / weighted(station.resource.demands, calibration.mix),
              },
        ),
        mix: { ...calibration.mix },
        delay: 1000 * calibration.delay,
        variability: calibration.variability,
        quantile: line === null || binding === null ? null : { ...binding, ...line },
        errors: {
          meanResponse: rootMeanSquare(errors.flatMap(({ response }) => response ?? [])),
          utilisation: rootMeanSquare(errors.map((each) => each.utilisation)),
        },
        curve: Array.from({ length: POINTS }, (_, i) => {
          const throughput = (end * (i + 1)) / POINTS;
          const at = networkAt(calibration, calibration.base, throughput / perJourney);
          const wait = 1000 * waitOf(at, calibration, throughput);
          return {
            throughput,
            meanResponse: 1000 * responseTime(at, calibration, throughput),
            quantile: line === null ? null : line.idle + line.slope * wait,
            extrapolated: throughput > tested,
          };
        }),
      },
    };
  });
}

/** A count of users that varies as Poisson's is known to 5 % from so many. */
const FEWEST_USERS = 400;

/** Little's law of journeys: busy users by k6's own count against rate × length; null where too few were counted. */
function littleErrorOf({ busyUsers, busyUsersReadings, achieved, journeyLength }: CapacityTrial): number | null {
  if (busyUsers === null || journeyLength === null || busyUsers * busyUsersReadings < FEWEST_USERS) return null;
  return littleError(busyUsers, achieved, journeyLength / 1000);
}

const meanRate = (trials: readonly CapacityTrial[]): number =>
  trials.reduce((sum, { achieved }) => sum + achieved, 0) / trials.length;

const together = (demands: Readonly<Record<string, number>>, { mix }: Calibration): Record<string, number> => ({
  all: weighted(demands, mix),
});

const millisecondsOf = (demands: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(demands).map(([name, seconds]) => [name, 1000 * seconds]));

const rootMeanSquare = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** Modelled ÷ measured − 1 of one trial below saturation. */
function errorsOf(trial: CapacityTrial, calibration: Calibration): { response: number | null; utilisation: number }[] {
  const network = networkAt(calibration, calibration.base, trial.achieved);
  const modelled = utilisation(network, calibration, trial.throughput);
  const measured = busiestOf(trial);
  if (modelled >= 1 || measured === null || measured <= 0) return [];
  const response =
    trial.meanResponse === null || modelled > SETTLED
      ? null
      : (1000 * responseTime(network, calibration, trial.throughput)) / trial.meanResponse - 1;
  return [{ response, utilisation: modelled / measured - 1 }];
}

/** Utilisation of the busiest resource of the target itself. */
function busiestOf({ resources }: CapacityTrial): number | null {
  const known = resources.flatMap(({ kind, utilisation: busy }) => (kind === 'host-cpu' || busy === null ? [] : busy));
  return known.length === 0 ? null : Math.max(...known);
}

/** The trials beside what the network says of them. */
export function planTrials(
  { trials }: Capacity,
  fitted: FittedNetwork | null,
  binding: BindingQuantile | null,
): PlanTrial[] {
  return trials.map((trial) => ({
    runId: trial.runId,
    journeyRate: trial.rate,
    throughput: trial.throughput,
    verdict: trial.verdict,
    reasons: trial.reasons,
    steady: trial.steady,
    meanResponse: trial.meanResponse,
    concurrency: trial.concurrency,
    littleError: littleErrorOf(trial),
    quantile: quantileIn(trial, binding),
    utilisation: busiestOf(trial),
    modelled: fitted === null || trial.throughput === 0 ? null : modelledOf(trial, fitted),
  }));
}

function modelledOf(trial: CapacityTrial, { calibration, line }: FittedNetwork): PlanTrial['modelled'] {
  const network = networkAt(calibration, calibration.base, trial.achieved);
  const busy = utilisation(network, calibration, trial.throughput);
  const meanResponse = 1000 * responseTime(network, calibration, trial.throughput);
  if (!(busy < 1) || !Number.isFinite(meanResponse)) return null;
  const wait = 1000 * waitOf(network, calibration, trial.throughput);
  return { meanResponse, quantile: line === null ? null : line.idle + line.slope * wait, utilisation: busy };
}
