import type { Options, Scenario } from 'k6/options';
import type { Slo } from '../../thresholds/slo.ts';
import type { Profile } from './arrival.ts';
import { nativeThresholds } from './native-thresholds.ts';
import type { Settings } from './settings.ts';

export interface ScenarioDefinition {
  name: string;
  settings: Settings;
  profile: Profile;
  slos: readonly Slo[];
  /** Mean length of a journey in seconds, think times as they are set: sizes the virtual users. */
  journeySeconds: number;
}

/**
 * k6's options for an open model: journeys start by the clock, and there are virtual users by Little's law
 * (N = arrival rate × time in the system; J. D. C. Little, 1961), with room for a target that slows down.
 */
export const scenarioOptions = (definition: ScenarioDefinition): Options => {
  // k6 reads the options of the first instance of a script; in those of virtual users they would only take up memory.
  if (globalThis.__VU > 0) return {};
  const { name, settings, slos, profile, journeySeconds } = definition;
  const { warmup, native } = settings;
  return {
    scenarios: { [name]: settings.iterations === null ? arrivals(settings, profile, journeySeconds) : fixed(settings) },
    // Beside Headroom, which judges, they would make k6 keep every value.
    thresholds: native ? nativeThresholds(slos, warmup > 0 ? ',phase:steady' : '') : {},
    userAgent: 'headroom (k6)',
    // Reaches Headroom through `k6 inspect`.
    ext: { headroom: { warmup: `${warmup}s`, journeySeconds, slos } },
  };
};

/** Journeys may still be on their way when the last one has started. */
const GRACEFUL_STOP = '30s';

/** How many virtual users there are at first and at most, as multiples of those that are busy where the target is well. */
const AT_FIRST = 1.3;
const AT_MOST = 3;
/** Few virtual users vary more: their number is Poisson's, and ten more are never too few. */
const SPARE = 10;

function arrivals({ vus, duration }: Settings, profile: Profile, journeySeconds: number): Scenario {
  const busy = Math.max(...profile.map(({ rate }) => rate)) * journeySeconds;
  const maxVUs = vus ?? Math.ceil(AT_MOST * busy) + SPARE;
  // k6 takes whole numbers of iterations: counted in 1,000 seconds, any rate is exact to a thousandth.
  const inThousandSeconds = (rate: number): number => Math.round(rate * 1000);
  const common = {
    timeUnit: '1000s',
    preAllocatedVUs: Math.min(maxVUs, Math.ceil(AT_FIRST * busy) + SPARE),
    maxVUs,
    gracefulStop: GRACEFUL_STOP,
  };
  const startRate = inThousandSeconds(profile[0]?.rate ?? 0);
  const stages = profile.slice(1).map(({ at, rate }, i) => ({
    target: inThousandSeconds(rate),
    duration: `${Math.round((at - (profile[i]?.at ?? 0)) * 1000)}ms`,
  }));
  if (stages.every(({ target }) => target === startRate)) {
    return { executor: 'constant-arrival-rate', rate: startRate, duration: `${duration}s`, ...common };
  }
  return { executor: 'ramping-arrival-rate', startRate, stages, ...common };
}

function fixed({ iterations, vus }: Settings): Scenario {
  return {
    executor: 'shared-iterations',
    iterations: iterations ?? 1,
    vus: Math.min(vus ?? SPARE, iterations ?? 1),
    maxDuration: '24h',
    gracefulStop: GRACEFUL_STOP,
  };
}
