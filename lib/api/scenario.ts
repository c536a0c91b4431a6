import exec from 'k6/execution';
import { Rate } from 'k6/metrics';
import type { Quantile, SloScope } from '../../thresholds/slo.ts';
import { type Profile, steady } from '../workload/arrival.ts';
import { scenarioOptions } from '../workload/options.ts';
import { markPhase } from '../workload/phase.ts';
import { readSettings, type Settings } from '../workload/settings.ts';
import { type Auth, Refused } from './auth.ts';
import type { Endpoint } from './endpoint.ts';
import { choose, Unexpected, Visit } from './visit.ts';

/** What a kind of visitor does. */
export interface Journey {
  /** How often it is walked, in proportion to the weights of the others; 1 without it. */
  weight?: number;
  /** Mean of all its think times together, seconds; with `requestSeconds` it sizes the virtual users. */
  thinkSeconds?: number;
  /** What its requests take together where the target is well, seconds; 0.5 without it. */
  requestSeconds?: number;
  /** The steps; once through is one journey. */
  run(visit: Visit): void;
}

/** An objective for one of these endpoints or journeys. */
export type SloFor<EndpointName extends string, JourneyName extends string> =
  | (SloScope & {
      endpoint: EndpointName;
      metric: Quantile;
      /** Milliseconds. */
      max: number;
    })
  | (SloScope & {
      endpoint: EndpointName;
      metric: 'errorRate';
      /** 0 to 1. */
      max: number;
    })
  | (SloScope & {
      journey: JourneyName;
      metric: 'successRate';
      /** 0 to 1. */
      min: number;
    });

/** A test of a service. */
export interface ServiceScenario<EndpointName extends string, JourneyName extends string> {
  /** The random numbers hang on it. */
  name: string;
  /** Journeys started per second; `--rate` wins. */
  rate: number;
  /** Whole length, warm-up included: `10m`; `--duration` wins. */
  duration: string;
  /** First part, left out of the verdict: `30s`; nothing without it; `--warmup` wins. */
  warmup?: string;
  /** When journeys start; a steady rate without it. */
  arrivals?: (settings: Settings) => Profile;
  endpoints: Readonly<Record<EndpointName, Endpoint>>;
  journeys: Readonly<Record<JourneyName, Journey>>;
  /**
   * Weights of journeys, in place of their own; those that are left out are not walked. `in turn`: one after the other, each as
   * often, so that a short test leaves none out.
   */
  mix?: 'in turn' | Readonly<Partial<Record<JourneyName, number>>>;
  /** Who asks where an endpoint does not say. */
  auth?: Auth;
  slos: readonly SloFor<NoInfer<EndpointName>, NoInfer<JourneyName>>[];
}

/** What a scenario file exports. */
export interface ScenarioExports {
  /** k6's `setup`. */
  setup(): Settings;
  /** k6's `options`. */
  options: object | undefined;
  /** k6's default function: one journey. */
  iteration(settings: Settings): void;
}

const REQUEST_SECONDS = 0.5;
/** Unexpected answers that each virtual user tells in the log. */
const TOLD = 3;

/**
 * Defines what a kind of visitor does.
 *
 * @param journey its steps, weight and length
 * @example
 * const browse = defineJourney({
 *   weight: 3,
 *   thinkSeconds: 2,
 *   run(visit) {
 *     const { petIds } = visit.call(api.listPets);
 *     visit.think(2);
 *     if (petIds.length > 0) visit.call(api.showPet, { path: { petId: visit.pick(petIds) } });
 *   },
 * });
 */
export const defineJourney = (journey: Journey): Journey => journey;

/**
 * Defines a test: which journeys start when, and what is asked of the service. Iteration i draws the same random numbers for the
 * same seed, whichever virtual user or instance runs it. Journeys count in `journey_success`; their samples have the tag
 * `journey`, those of endpoints `name`.
 *
 * @returns what the scenario file must export
 * @throws Error for a setting that is wrong, or a mix without a journey
 * @example
 * const scenario = defineScenario({
 *   name: 'load',
 *   rate: 5,
 *   duration: '5m',
 *   warmup: '30s',
 *   endpoints: api,
 *   journeys: { browse },
 *   slos: [
 *     { endpoint: 'listPets', metric: 'p95', max: 300 },
 *     { journey: 'browse', metric: 'successRate', min: 0.99 },
 *   ],
 * });
 * export const setup = scenario.setup;
 * export const options = scenario.options;
 * export default scenario.iteration;
 */
export function defineScenario<EndpointName extends string, JourneyName extends string>(
  scenario: ServiceScenario<EndpointName, JourneyName>,
): ScenarioExports {
  const {
    name,
    rate,
    duration,
    warmup = '0s',
    arrivals = steady,
    endpoints,
    journeys,
    mix,
    auth = null,
    slos,
  } = scenario;
  const weights = weightsOf(journeys, mix);
  const success = new Rate('journey_success');
  let told = 0;

  const setup = (): Settings => readSettings(name, __ENV, { rate, duration, warmup });

  const walk = (visit: Visit, journey: Journey): boolean => {
    try {
      journey.run(visit);
      return true;
    } catch (error) {
      // A mistake of the journey itself is for its author to see.
      if (!(error instanceof Unexpected || error instanceof Refused)) throw error;
      // biome-ignore lint/suspicious/noConsole: it is how a script writes to k6's log
      if (told++ < TOLD) console.warn(`${error.endpoint}: ${error.message}`);
      return false;
    }
  };

  return {
    setup,
    options: scenarioOptions(setup, {
      arrivals,
      slos,
      journeySeconds: (think) => meanSeconds(journeys, weights, think),
      knows: { endpoints: Object.keys(endpoints), journeys: Object.keys(weights) },
    }),
    iteration(settings) {
      markPhase(settings);
      const visit = new Visit(settings, settings.firstIteration + exec.scenario.iterationInTest, auth);
      const chosen = mix === 'in turn' ? turnOf(weights, visit.iteration) : choose(weights, visit.draw());
      exec.vu.metrics.tags.journey = chosen;
      let ok = false;
      try {
        ok = walk(visit, journeys[chosen]);
      } finally {
        success.add(ok);
      }
    },
  };
}

function weightsOf<Name extends string>(
  journeys: Readonly<Record<Name, Journey>>,
  mix: ServiceScenario<string, Name>['mix'],
): Record<Name, number> {
  const names = Object.keys(journeys) as Name[];
  if (mix === 'in turn') return Object.fromEntries(names.map((name) => [name, 1])) as Record<Name, number>;
  const unknown = Object.keys(mix ?? {}).find((name) => !(name in journeys));
  if (unknown !== undefined)
    throw new Error(`the mix has "${unknown}", which is none of the journeys ${names.join(', ')}`);
  const entries = names
    .map((name): [Name, number] => [name, mix === undefined ? (journeys[name].weight ?? 1) : (mix[name] ?? 0)])
    .filter(([, weight]) => weight > 0);
  if (entries.length === 0) throw new Error('no journey has a weight above 0');
  return Object.fromEntries(entries) as Record<Name, number>;
}

function turnOf<Name extends string>(weights: Readonly<Record<Name, number>>, iteration: number): Name {
  const names = Object.keys(weights) as Name[];
  return names[iteration % names.length] as Name;
}

function meanSeconds<Name extends string>(
  journeys: Readonly<Record<Name, Journey>>,
  weights: Readonly<Record<Name, number>>,
  think: number,
): number {
  let sum = 0;
  let total = 0;
  for (const name of Object.keys(weights) as Name[]) {
    const { thinkSeconds = 0, requestSeconds = REQUEST_SECONDS } = journeys[name];
    sum += weights[name] * (thinkSeconds * think + requestSeconds);
    total += weights[name];
  }
  return sum / total;
}
