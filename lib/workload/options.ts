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
  /** Mean length of a journey in seconds with think times as they are: sizes the virtual users. */
  journeySeconds: number;
}

/** Journeys of a long run may still be on their way at its end. */
const GRACEFUL_STOP = '30s';

/**
 * k6's options for an open model: journeys start by the clock, and virtual users are there by Little's law
 * (N = arrival rate × time in system), with room for a target that slows down.
 */
export function scenarioOptions({ name, settings, profile, slos, journeySeconds }: ScenarioDefinition): Options {
  const executor =
    settings.iterations === null
      ? arrivals(settings, profile, journeySeconds)
      : fixed(settings.iterations, settings.vus ?? 10);
  return {
    scenarios: { [name]: executor },
    thresholds: nativeThresholds(slos, settings.warmup > 0),
    userAgent: 'headroom (k6)',
    // Reaches Headroom through `k6 inspect`.
    ext: { headroom: { warmup: `${settings.warmup}s`, slos } },
  };
}

function fixed(iterations: number, vus: number): Scenario {
  return { executor: 'shared-iterations', iterations, vus, maxDuration: '24h', gracefulStop: GRACEFUL_STOP };
}

function arrivals(settings: Settings, profile: Profile, journeySeconds: number): Scenario {
  const peak = Math.max(...profile.map(({ rate }) => rate));
  const needed = peak * journeySeconds;
  const maxVUs = settings.vus ?? Math.ceil(3 * needed) + 10;
  const vus = { preAllocatedVUs: Math.min(maxVUs, Math.ceil(1.3 * needed) + 5), maxVUs };
  const seconds = unitSeconds(profile);
  const perUnit = (rate: number): number => Math.round(rate * seconds);
  const common = { timeUnit: `${seconds}s`, gracefulStop: GRACEFUL_STOP, ...vus };
  const first = profile[0]?.rate ?? settings.rate;
  if (profile.every(({ rate }) => rate === first)) {
    return { executor: 'constant-arrival-rate', rate: perUnit(first), duration: `${settings.duration}s`, ...common };
  }
  const stages = profile
    .slice(1)
    .map(({ at, rate }, i) => ({ target: perUnit(rate), duration: `${roundMs(at - (profile[i]?.at ?? 0))}s` }));
  return { executor: 'ramping-arrival-rate', startRate: perUnit(first), stages, ...common };
}

/** k6 takes whole numbers of iterations: per second where that is exact enough, else per 10, 100 or 1,000 seconds. */
function unitSeconds(profile: Profile): number {
  const exact = (seconds: number): boolean =>
    profile.every(({ rate }) => Math.abs(Math.round(rate * seconds) - rate * seconds) <= 0.001 * rate * seconds);
  return [1, 10, 100].find(exact) ?? 1000;
}

function roundMs(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
