import { streamOf } from '../generators/random.ts';
import { REGION_COUNT } from '../generators/regions.ts';
import { parseDuration } from './duration.ts';

/** What shapes a run, from the environment: `headroom run` sets it from flags, `k6 run` takes it from the shell. */
export interface Settings {
  scenario: string;
  baseUrl: string;
  /** Journeys started per second. */
  rate: number;
  /** Whole length in seconds, warm-up included. */
  duration: number;
  /** Seconds of the arrivals that are left out: an earlier part of the run has sent them. */
  skip: number;
  /** Number of the first iteration, for the same reason. */
  firstIteration: number;
  /** Seconds at the start that are not judged. */
  warmup: number;
  /** The same seed sends the same requests. */
  seed: number;
  /** Stream of the random numbers of the scenario's journeys, see `keyOf`. */
  journeyStream: number;
  /** Hours by which all slots are moved on, so that runs with different names on one database want different ones. */
  firstSlotHour: number;
  /** Most virtual users; null: by Little's law. */
  vus: number | null;
  /** Virtual users that are there before the first journey starts; null: by Little's law. */
  preAllocatedVus: number | null;
  /** Run this many journeys, shared by `vus` virtual users, instead of a rate; null: by rate. */
  iterations: number | null;
  /** Users and sitters that the target was seeded with. */
  users: number;
  sitters: number;
  /** Multiplies think times; 0 leaves them out. */
  think: number;
  /** Whether visitors book; else they only look. */
  books: boolean;
  /** Of a soak: whether the rate stays or goes through days. */
  profile: 'steady' | 'diurnal';
  /** Run by k6 alone: it must then judge the objectives itself. */
  native: boolean;
}

/** What a scenario sets itself; the environment wins. */
export interface Defaults {
  rate: number;
  /** As text: '10m'. */
  duration: string;
  warmup: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Runs start their slots at different hours within 30 years. */
const RUN_HOURS = 2 ** 18;

/**
 * Reads the settings.
 *
 * @throws Error that names the variable and what it takes
 */
export const readSettings = (scenario: string, env: Environment, defaults: Defaults): Settings => {
  const refuse = (name: string, what: string, otherwise = ''): never => {
    throw new Error(`${name} takes ${what}, not "${env[name] || otherwise}"`);
  };
  const choice = (name: string, choices: readonly string[]): string => {
    const chosen = env[name] || choices[0] || '';
    return choices.includes(chosen) ? chosen : refuse(name, choices.join(' or '));
  };
  const number = (name: string, otherwise: number, fits: (value: number) => boolean, what: string): number => {
    const text = env[name];
    if (!text) return otherwise;
    const value = Number(text);
    return text.trim() !== '' && Number.isFinite(value) && fits(value) ? value : refuse(name, what);
  };
  const whole = (name: string, otherwise: number, least: number): number =>
    number(name, otherwise, (n) => Number.isSafeInteger(n) && n >= least, `a whole number of at least ${least}`);
  const seconds = (name: string, otherwise: string): number =>
    parseDuration(String(env[name] || otherwise)) ?? refuse(name, 'a duration such as 30s, 1m30s or 8h', otherwise);

  const baseUrl = env.BASE_URL || 'http://127.0.0.1:8080';
  if (!/^https?:\/\/[^\s/]+/.test(baseUrl)) refuse('BASE_URL', 'a URL such as http://127.0.0.1:8080');
  const run = env.RUN ?? '';
  if (!/^[\w.:-]{0,100}$/.test(run)) refuse('RUN', 'up to 100 letters, digits, dots, colons, hyphens and underscores');
  const iterations = env.ITERATIONS ? whole('ITERATIONS', 1, 1) : null;
  const duration = seconds('DURATION', defaults.duration);
  if (duration === 0) refuse('DURATION', 'a duration above 0');
  // A run shorter than the scenario's own keeps most of itself for the measurement.
  const warmup = env.WARMUP ? seconds('WARMUP', '') : Math.min(seconds('WARMUP', defaults.warmup), duration / 4);
  const skip = number('SKIP_SECONDS', 0, (n) => n >= 0 && n < duration, `a number below the duration of ${duration}s`);
  if (warmup >= duration) refuse('WARMUP', `less than the duration of ${duration}s`);
  return {
    scenario,
    journeyStream: streamOf(scenario),
    baseUrl: baseUrl.replace(/\/+$/, ''),
    rate: number('RATE', defaults.rate, (value) => value > 0, 'a number above 0'),
    duration,
    skip,
    firstIteration: whole('FIRST_ITERATION', 0, 0),
    // A fixed number of journeys is for comparing what they send: none is left out.
    warmup: iterations === null ? warmup : 0,
    seed: whole('SEED', 1, 0),
    firstSlotHour: run === '' ? 0 : streamOf(run) % RUN_HOURS,
    vus: env.VUS ? whole('VUS', 1, 1) : null,
    preAllocatedVus: env.PREALLOCATED_VUS ? whole('PREALLOCATED_VUS', 1, 1) : null,
    iterations,
    users: whole('USERS', 10_000, REGION_COUNT),
    sitters: whole('SITTERS', 2_000, REGION_COUNT),
    books: choice('MIX', ['booking', 'browse']) === 'booking',
    think: number('THINK', 1, (value) => value >= 0, 'a number of at least 0'),
    profile: choice('PROFILE', ['steady', 'diurnal']) === 'diurnal' ? 'diurnal' : 'steady',
    native: env.HEADROOM !== '1',
  };
};
