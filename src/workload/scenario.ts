import type { ReplayEndpoint, ReplayWorkload } from '../../lib/workload/replay.ts';
import { HeadroomError } from '../errors.ts';
import { isoSeconds } from './profile.ts';
import { SAFE_METHODS } from './request.ts';
import { isPlaceholder } from './routes.ts';
import type { Workload, WorkloadEndpoint } from './schema.ts';

/** Which part of a workload to play, how fast, and under which name. */
export interface ScenarioChoices {
  /** Name of the scenario. */
  name: string;
  /** Part of the log that is played, milliseconds since 1970; the whole log without, or its busiest hour where it is longer. */
  window?: { from: number; to: number };
  /** Seconds in which that part is played; as long as it took without. */
  durationSeconds?: number;
  /** Multiplies the arrivals. */
  scale: number;
  /** Sent with requests that are neither GET nor HEAD; these are left out without it. */
  unsafeBody?: unknown;
}

/** What a scenario plays, and what it leaves out. */
export interface ScenarioPlan {
  workload: ReplayWorkload;
  window: { from: string; seconds: number };
  /** Endpoints that need a body which nobody gave. */
  needBody: WorkloadEndpoint[];
  /** Endpoints with placeholders whose values the log does not have. */
  withoutIds: WorkloadEndpoint[];
}

/** Parts that a profile has at most: k6 goes from one to the next. */
const MOST_STEPS = 120;
const HOUR = 3600;
/** What a request takes where the log does not say. */
const REQUEST_SECONDS = 0.05;
const SIGNIFICANT = 6;

/**
 * Chooses what a scenario plays.
 *
 * @throws HeadroomError SETTING_INVALID when the window holds no requests
 */
export function planScenario(workload: Workload, choices: ScenarioChoices): ScenarioPlan {
  const { endpoints, sessions, profile } = workload;
  const asSessions = sessions.model === 'sessions';
  const window = windowOf(workload, choices.window);
  const counts = asSessions ? profile.sessions : profile.requests;
  const arrivals = stepsOf(counts.slice(window.first, window.last), profile.bucketSeconds);
  if (!arrivals.some((rate) => rate > 0)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `Nothing arrives between ${window.from} and ${isoSeconds(Date.parse(window.from) / 1000 + window.seconds)}.`,
      `Choose a --window between ${workload.source.from} and ${workload.source.to}.`,
    );
  }
  return {
    workload: {
      name: choices.name,
      arrivals,
      duration: durationText(choices.durationSeconds ?? window.seconds),
      scale: choices.scale,
      endpoints: endpoints.map(replayed),
      requestSeconds: requestSecondsOf(endpoints),
      ...(asSessions
        ? {
            sessions: {
              starts: sessions.starts,
              next: sessions.next,
              thinkSeconds: sessions.thinkSeconds.map(rounded),
              meanRequests: rounded(sessions.requests?.mean ?? 1),
            },
          }
        : {}),
    },
    window: { from: window.from, seconds: window.seconds },
    needBody: endpoints.filter(({ method }) => !SAFE_METHODS.includes(method)),
    withoutIds: endpoints.filter(
      ({ route, popularity }) => popularity === null && route.split('/').some(isPlaceholder),
    ),
  };
}

/** Buckets of the profile that are played. */
function windowOf(
  { profile }: Workload,
  wanted: { from: number; to: number } | undefined,
): { first: number; last: number; from: string; seconds: number } {
  const { bucketSeconds, requests, peakHour } = profile;
  const start = Date.parse(profile.from) / 1000;
  const all = requests.length * bucketSeconds;
  const peak = (Date.parse(peakHour.from) / 1000 - start) / bucketSeconds;
  const [first, last] =
    wanted === undefined
      ? all <= HOUR
        ? [0, requests.length]
        : [peak, peak + peakHour.seconds / bucketSeconds]
      : [
          Math.floor((wanted.from / 1000 - start) / bucketSeconds),
          Math.ceil((wanted.to / 1000 - start) / bucketSeconds),
        ];
  const bounded = { first: Math.max(0, Math.round(first)), last: Math.min(requests.length, Math.round(last)) };
  return {
    ...bounded,
    from: isoSeconds(start + bounded.first * bucketSeconds),
    seconds: Math.max(0, bounded.last - bounded.first) * bucketSeconds,
  };
}

/** Arrivals per second in equal parts, as many as the buckets and `MOST_STEPS` allow. A bucket is split among parts by its share of them. */
export function stepsOf(counts: readonly number[], bucketSeconds: number): number[] {
  const steps = Math.min(MOST_STEPS, counts.length);
  const width = counts.length / steps;
  return Array.from({ length: steps }, (_, step) => {
    const [from, to] = [step * width, (step + 1) * width];
    let sum = 0;
    for (let i = Math.floor(from); i < Math.min(counts.length, Math.ceil(to - 1e-9)); i++) {
      sum += (counts[i] ?? 0) * (Math.min(to, i + 1) - Math.max(from, i));
    }
    return rounded(sum / (width * bucketSeconds));
  });
}

function replayed({ name, method, route, share, popularity, queries }: WorkloadEndpoint): ReplayEndpoint {
  return {
    name,
    method,
    route,
    share: rounded(share),
    ...(popularity === null
      ? {}
      : {
          ids: {
            curve: popularity.curve.map(([ids, part]): [number, number] => [ids, rounded(part)]),
            values: popularity.ids.join('\n'),
          },
        }),
    ...(queries === null ? {} : { queries: queries.values.join('\n') }),
  };
}

function requestSecondsOf(endpoints: readonly WorkloadEndpoint[]): number {
  const known = endpoints.filter(({ latency }) => latency !== null);
  const total = known.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return REQUEST_SECONDS;
  // The p90 stands for the mean: virtual users must be enough also when answers are slow.
  const sum = known.reduce((all, { count, latency }) => all + count * (latency?.p90 ?? 0), 0);
  return rounded(Math.max(sum / total / 1000, 0.001));
}

const rounded = (value: number): number => Number(value.toPrecision(SIGNIFICANT));

const durationText = (seconds: number): string => `${rounded(seconds)}s`;

/** The scenario as a TypeScript file for `headroom run`. */
export function renderScenario(workload: Workload, choices: ScenarioChoices): string {
  const plan = planScenario(workload, choices);
  const { source, requests, sessions } = workload;
  const unsafe = plan.needBody.map(({ name }) => name);
  const body = choices.unsafeBody === undefined ? null : JSON.stringify(choices.unsafeBody);
  const { endpoints, ...rest } = plan.workload;
  const lines = [
    '/**',
    ` * Made by \`headroom workload from-log\` from ${comment(source.name)}: ${requests.count} requests from ${source.from} to ${source.to}.`,
    ` * ${comment(sessions.reason)} An iteration is ${sessions.model === 'sessions' ? 'a session' : 'one request'}.`,
    ' *',
    ' *     headroom run <this file> --target http://127.0.0.1:8080',
    ' */',
    "import { type Body, replay } from 'headroom-k6/replay';",
    '',
    ...(unsafe.length === 0
      ? ['const bodies = {};']
      : [
          '/** Endpoints that change something. */',
          `type Unsafe =${unsafe.map((name) => `\n  | ${literal(name)}`).join('')};`,
          '',
          '/**',
          ' * GIVE BODIES HERE. An endpoint without one is left out. A body is an object (sent as JSON), a text, null for none, or a',
          ' * function of random numbers and the number of the iteration that makes one: (draw, iteration) => ({ n: draw() }).',
          ' */',
          'const bodies: Partial<Record<Unsafe, Body>> = {',
          ...unsafe.map((name) => `  ${body === null ? '// ' : ''}${literal(name)}: ${body ?? '{ }'},`),
          '};',
        ]),
    '',
    "/** Objectives by endpoint: { endpoint: 'GET /', metric: 'p95', max: 200 }. `--slo` wins. */",
    'const objectives: Parameters<typeof replay>[2] = [];',
    '',
    'const scenario = replay(',
    '  {',
    ...Object.entries(rest).map(([key, value]) => `    ${key}: ${JSON.stringify(value)},`),
    '    endpoints: [',
    ...endpoints.flatMap((endpoint) => [
      '      {',
      ...Object.entries(endpoint).map(([key, value]) => `        ${key}: ${JSON.stringify(value)},`),
      '      },',
    ]),
    '    ],',
    '  },',
    '  bodies,',
    '  objectives,',
    ');',
    '',
    'export const setup = scenario.setup;',
    'export const options = scenario.options;',
    'export default scenario.iteration;',
    '',
  ];
  return lines.join('\n');
}

/** JSON is JavaScript as it stands since ECMAScript 2019. */
const literal = (text: string): string => JSON.stringify(text);

const comment = (text: string): string => text.replaceAll('*/', '* /').replaceAll(/[\r\n]/g, ' ');
