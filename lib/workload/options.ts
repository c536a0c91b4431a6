import type { Options, Scenario } from 'k6/options';
import type { Slo } from '../../thresholds/slo.ts';
import { type Profile, remainder } from './arrival.ts';
import { nativeThresholds } from './native-thresholds.ts';
import type { Settings } from './settings.ts';

export interface ScenarioDefinition {
  /** When journeys start. */
  arrivals(settings: Settings): Profile;
  slos: readonly Slo[];
  /** Mean length of a journey in seconds: sizes the virtual users. */
  journeySeconds(think: number): number;
  /** Names that objectives may have, where the scenario knows them all. */
  knows?: { endpoints: readonly string[]; journeys: readonly string[] };
}

/** Journeys may still be on their way when the last one has started. */
const GRACEFUL_STOP = '30s';
/** How many virtual users there are at first and at most, as multiples of those that are busy where the target is well. */
const AT_FIRST = 1.3;
const AT_MOST = 3;
/** The number of busy ones varies as Poisson's: ten more are enough also where they are few. */
const SPARE = 10;
const VUS_FOR_ITERATIONS = 10;

/**
 * k6's options for an open model: journeys start by the clock, and there are virtual users by Little's law
 * (N = arrival rate × time in the system; J. D. C. Little, 1961), with room for a target that slows down.
 */
export const scenarioOptions = (read: () => Settings, definition: ScenarioDefinition): Options | undefined => {
  // k6 reads the options of the first instance of a script; in those of virtual users they would only take up memory.
  if (globalThis.__VU > 0) return undefined;
  const settings = read();
  const { slos } = definition;
  const profile = definition.arrivals(settings);
  const journeySeconds = definition.journeySeconds(settings.think);
  const { scenario, vus, preAllocatedVus, iterations, duration, skip, warmup, native } = settings;

  const arrivals = (): Scenario => {
    const busy = Math.max(...profile.map(({ rate }) => rate)) * journeySeconds;
    const maxVUs = vus ?? Math.ceil(AT_MOST * busy) + SPARE;
    const common = {
      // k6 takes whole numbers of iterations: counted in 1,000 seconds, any rate is exact to a thousandth.
      timeUnit: '1000s',
      preAllocatedVUs: Math.min(maxVUs, preAllocatedVus ?? Math.ceil(AT_FIRST * busy) + SPARE),
      maxVUs,
      gracefulStop: GRACEFUL_STOP,
    };
    const left = remainder(profile, skip);
    const startRate = Math.round((left[0]?.rate ?? 0) * 1000);
    const stages = left.slice(1).map(({ at, rate }, i) => ({
      target: Math.round(rate * 1000),
      duration: `${Math.round((at - (left[i]?.at ?? 0)) * 1000)}ms`,
    }));
    return stages.every(({ target }) => target === startRate)
      ? { executor: 'constant-arrival-rate', rate: startRate, duration: `${duration - skip}s`, ...common }
      : { executor: 'ramping-arrival-rate', startRate, stages, ...common };
  };
  const fixed = (count: number): Scenario => ({
    executor: 'shared-iterations',
    iterations: count,
    vus: Math.min(vus ?? VUS_FOR_ITERATIONS, count),
    maxDuration: '24h',
    gracefulStop: GRACEFUL_STOP,
  });

  return {
    scenarios: { [scenario]: iterations === null ? arrivals() : fixed(iterations) },
    // Beside Headroom, which judges, they would make k6 keep every value.
    thresholds: native ? nativeThresholds(slos, warmup > 0 ? ',phase:steady' : '') : {},
    userAgent: 'headroom (k6)',
    // Reaches Headroom through `k6 inspect`.
    ext: { headroom: { warmup: `${warmup}s`, journeySeconds, slos, ...definition.knows } },
  };
};
