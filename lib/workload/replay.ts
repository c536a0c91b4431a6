import { sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import type { Slo } from '../../thresholds/slo.ts';
import { type Draw, keyOf, uniform } from '../generators/random.ts';
import type { Profile } from './arrival.ts';
import { pathOf, rankOf, replayedShare, walkOf } from './chain.ts';
import { scenarioOptions } from './options.ts';
import { markPhase } from './phase.ts';
import { readSettings, type Settings } from './settings.ts';

/** Points (number of ids, share of the requests that these get), the most popular ids first. */
export type Curve = readonly (readonly [ids: number, share: number])[];

/** An endpoint of a workload, as `headroom workload from-log` writes it. */
export interface ReplayEndpoint {
  name: string;
  method: string;
  /** With placeholders: `/sitters/{id}`. */
  route: string;
  /** Share of all requests. */
  share: number;
  /** What the placeholders stand for, by popularity. */
  ids?: { curve: Curve; values: string };
  /** Query strings, each as likely as the others. */
  queries?: string;
}

/** A workload that was found in a log. */
export interface ReplayWorkload {
  /** Name of the scenario; the random numbers hang on it. */
  name: string;
  /** What arrives, per second, in equal parts of the time: sessions, or requests where clients could not be told apart. */
  arrivals: readonly number[];
  /** How long those took in the log, or are to take, as text. */
  duration: string;
  /** Multiplies the arrivals; `SCALE` in the environment wins. */
  scale: number;
  endpoints: readonly ReplayEndpoint[];
  /** Mean response time in the log, seconds; it only sizes the virtual users. */
  requestSeconds: number;
  /** What sessions do; left out where arrivals are requests. */
  sessions?: {
    /** How often a session starts with each endpoint, then with one that is not told apart. */
    starts: readonly number[];
    /** What comes after each: the endpoints, another one, the end. */
    next: readonly (readonly number[])[];
    /** Equally likely think times. */
    thinkSeconds: readonly number[];
    meanRequests: number;
  };
}

/** What a request sends: an object as JSON, a text as it is, `null` for no body, or a function that makes one of these. */
export type Body = object | string | null | ((draw: Draw, iteration: number) => object | string | null);

/** Bodies by endpoint; one without a body here is left out, unless it is GET or HEAD. */
export type Bodies<Name extends string = string> = Readonly<Partial<Record<Name, Body>>>;

/** What a scenario exports: `setup`, `options`, and its iteration as the default. */
export interface Replay {
  setup(): Settings;
  options: Options | undefined;
  /** The iteration: a session, or one request. */
  iteration(settings: Settings): void;
}

/** A visitor waits no longer for an answer. */
const TIMEOUT = '10s';
const MEASURE = { warmup: '30s' };

/**
 * A scenario that sends what a log shows: the same mix of endpoints, arrivals over time, think times and popularity of ids.
 * What an iteration asks for hangs on the seed and its number alone. With `RATE` it is a steady rate of sessions or requests.
 */
export function replay(workload: ReplayWorkload, bodies: Bodies = {}, slos: readonly Slo[] = []): Replay {
  const { endpoints, sessions } = workload;
  const sent = endpoints.map(
    ({ name, method, route, ids }) =>
      (method === 'GET' || method === 'HEAD' || bodies[name] !== undefined) &&
      (ids !== undefined || !route.includes('{')),
  );
  const walk = walkOf(endpoints, sent, sessions);
  // Shared by all virtual users: as plain lists each would have its own.
  const shared = (kind: string, values: readonly (string | undefined)[]): (readonly string[] | undefined)[] =>
    values.map((text, i) => (text === undefined ? undefined : new SharedArray(`${kind} ${i}`, () => text.split('\n'))));
  const ids = shared(
    'ids',
    endpoints.map((endpoint) => endpoint.ids?.values),
  );
  const queries = shared(
    'queries',
    endpoints.map((endpoint) => endpoint.queries),
  );

  const arrivals = (settings: Settings): Profile => {
    const steady = Boolean(__ENV.RATE);
    const { rate, duration } = settings;
    if (steady)
      return [
        { at: 0, rate },
        { at: duration, rate },
      ];
    const scale = Number(__ENV.SCALE || workload.scale);
    if (!(scale > 0)) throw new Error(`SCALE takes a number above 0, not "${__ENV.SCALE}"`);
    // Arrivals that would send nothing are left out; a session is walked whole, with pauses where nothing is sent.
    const factor = scale * (sessions === undefined ? replayedShare(endpoints, sent) : 1);
    const step = duration / workload.arrivals.length;
    return workload.arrivals.flatMap((each, i) => [
      { at: i * step, rate: each * factor },
      { at: (i + 1) * step, rate: each * factor },
    ]);
  };
  const setup = (): Settings =>
    readSettings(workload.name, __ENV, { rate: 1, duration: workload.duration, ...MEASURE });

  const send = (index: number, draw: Draw, iteration: number, baseUrl: string): void => {
    const endpoint = endpoints[index];
    if (endpoint === undefined || sent[index] !== true) return;
    const { name, method, route } = endpoint;
    const given = bodies[name] ?? null;
    const body = typeof given === 'function' ? given(draw, iteration) : given;
    const values = endpoint.ids === undefined ? '' : (ids[index]?.[rankOf(endpoint.ids.curve, draw())] ?? '');
    const list = queries[index];
    const query = list?.[Math.floor(draw() * list.length)] ?? '';
    http.request(
      method,
      `${baseUrl}${pathOf(route, values)}${query === '' ? '' : `?${query}`}`,
      body === null || typeof body === 'string' ? body : JSON.stringify(body),
      {
        tags: { name },
        headers: { 'X-Load-Test': 'headroom', ...(body === null ? {} : { 'Content-Type': 'application/json' }) },
        responseType: 'none',
        timeout: TIMEOUT,
        // The log has a line for each step of a redirect.
        redirects: 0,
      },
    );
  };

  const iteration = (settings: Settings): void => {
    markPhase(settings);
    const { baseUrl, seed, journeyStream, think, firstIteration } = settings;
    const number = firstIteration + exec.scenario.iterationInTest;
    const key = keyOf(seed, journeyStream, number);
    let drawn = 0;
    const draw = (): number => uniform(key, drawn++);
    const times = sessions?.thinkSeconds ?? [];
    let place = walk.first(draw());
    while (place !== null) {
      send(place, draw, number, baseUrl);
      place = walk.next(place, draw());
      // After the last request there is nobody left to wait.
      if (place !== null && think > 0) sleep(think * (times[Math.floor(draw() * times.length)] ?? 0));
    }
  };

  return {
    setup,
    options: scenarioOptions(setup, { arrivals, slos, journeySeconds: (think) => secondsOf(workload, think) }),
    iteration,
  };
}

/** Mean length of an iteration. */
function secondsOf({ sessions, requestSeconds }: ReplayWorkload, think: number): number {
  if (sessions === undefined) return requestSeconds;
  const { thinkSeconds, meanRequests } = sessions;
  const mean = thinkSeconds.reduce((sum, each) => sum + each, 0) / Math.max(1, thinkSeconds.length);
  return meanRequests * requestSeconds + Math.max(0, meanRequests - 1) * mean * think;
}
