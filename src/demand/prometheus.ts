import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { PeakCollector } from './daily-peaks.ts';
import { type History, historyOf } from './history.ts';
import { localTimeOf } from './zone.ts';

/** Requests per second of the reference app, over all routes and instances. */
export const DEFAULT_QUERY = 'sum(rate(app_requests_total[5m]))';

/** Which series of which Prometheus is the history of demand. */
export interface PrometheusQuery {
  /** Of the server, such as http://127.0.0.1:9090; may have a path, no user, password or parameters. */
  url: string;
  /** PromQL of one series: demand per second. */
  query?: string;
  /** Days to look back. */
  days?: number;
  /** Seconds between values, at least 60. */
  stepSeconds?: number;
  /** Where days begin, by IANA name. */
  timeZone?: string;
  now: Date;
  /** PROMETHEUS_TOKEN is sent as bearer token. */
  env: Readonly<Record<string, string | undefined>>;
  /** How long a chunk may take. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

const DEFAULT_DAYS = 90;
const MOST_DAYS = 3650;
const DEFAULT_STEP_SECONDS = 300;
/** Prometheus refuses more than 11,000 points for each series. */
const MOST_POINTS = 10_000;
const TIMEOUT_MS = 30_000;
const LONGEST_COMPLAINT = 300;

const matrixSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) }),
    ),
  }),
});
const refusalSchema = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

/**
 * Reads a history of demand from Prometheus (`/api/v1/query_range`), in chunks that stay below its limit of points.
 *
 * @throws HeadroomError PROMETHEUS_FAILED when it does not answer or fails; QUERY_REFUSED when it does not take the query
 * or the query gives anything but one series; DEMAND_INVALID, HISTORY_TOO_SHORT
 */
export async function historyFromPrometheus(options: PrometheusQuery): Promise<History> {
  const { query = DEFAULT_QUERY, days = DEFAULT_DAYS, stepSeconds = DEFAULT_STEP_SECONDS, timeZone = 'UTC' } = options;
  const server = serverOf(options.url);
  if (!(days >= 1 && days <= MOST_DAYS) || !(stepSeconds >= 60 && stepSeconds <= 3600)) {
    throw new HeadroomError(
      'DEMAND_INVALID',
      `${days} days in steps of ${stepSeconds} s cannot be asked of Prometheus.`,
      `Give 1 to ${MOST_DAYS} days, and a step of 60 to 3600 s.`,
    );
  }
  const localTime = localTimeOf(timeZone);
  const collector = new PeakCollector();
  // Times that are multiples of the step: the same chunks whenever they are asked for.
  const end = Math.floor(options.now.getTime() / 1000 / stepSeconds) * stepSeconds;
  const begin = end - Math.floor((days * 86_400) / stepSeconds) * stepSeconds;
  const chunk = (MOST_POINTS - 1) * stepSeconds;
  for (let start = begin; start <= end; start += chunk + stepSeconds) {
    const values = await queryRange(server, query, [start, Math.min(end, start + chunk), stepSeconds], options);
    for (const [seconds, text] of values) {
      const rate = Number(text);
      // A quotient of nothing by nothing, before a service was there, is no measurement.
      if (text === 'NaN') continue;
      if (!(rate >= 0 && Number.isFinite(rate))) {
        throw refused(query, `gives ${text} at ${new Date(seconds * 1000).toISOString()}, which is no demand`);
      }
      collector.add(localTime(seconds * 1000), rate);
    }
  }
  return historyOf(collector.result(), `${server.origin}${server.pathname} (${query})`.replace('/ (', ' ('), timeZone);
}

function serverOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HeadroomError(
      'DEMAND_INVALID',
      'The address of Prometheus is no http or https URL.',
      'Give one such as http://127.0.0.1:9090.',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new HeadroomError(
      'DEMAND_INVALID',
      'The address of Prometheus must not carry a user, a password or parameters: flags are seen in the list of processes.',
      'Set PROMETHEUS_TOKEN, and give the address alone.',
    );
  }
  return url;
}

/** Times and values of the only series; none when there is no data in the range. */
async function queryRange(
  server: URL,
  query: string,
  [start, end, step]: readonly [start: number, end: number, step: number],
  { env, timeoutMs = TIMEOUT_MS, signal }: PrometheusQuery,
): Promise<readonly [number, string][]> {
  const url = new URL(`${server.pathname.replace(/\/+$/, '')}/api/v1/query_range`, server);
  const token = env.PROMETHEUS_TOKEN;
  const timeout = AbortSignal.timeout(timeoutMs);
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: token ? { authorization: `Bearer ${token}` } : {},
      body: new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${step}` }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    status = response.status;
    body = parsed(await response.text());
  } catch (error) {
    if (signal?.aborted) throw error;
    throw failed(
      server,
      timeout.aborted ? `does not answer within ${timeoutMs / 1000} s` : `does not answer (${reasonOf(error)})`,
      error,
    );
  }
  const refusal = refusalSchema.safeParse(body).data;
  if (refusal !== undefined && (status === 400 || status === 422)) {
    // 422 is also what a query that runs too long ends with.
    if (refusal.errorType === 'timeout' || refusal.errorType === 'canceled')
      throw failed(server, `gave up: ${refusal.error}`);
    throw refused(query, `is not taken by Prometheus: ${shortened(refusal.error)}`);
  }
  if (status === 401 || status === 403)
    throw failed(server, `answers ${status}: it wants to know who asks`, undefined, 'Set PROMETHEUS_TOKEN.');
  if (status !== 200)
    throw failed(server, `answers ${status}${refusal === undefined ? '' : `: ${shortened(refusal.error)}`}`);
  const answer = matrixSchema.safeParse(body).data;
  if (answer === undefined) throw failed(server, 'answers with something else than Prometheus does');
  const [series, another] = answer.data.result;
  if (another !== undefined) throw refused(query, `gives ${answer.data.result.length} series instead of one`);
  return series?.values ?? [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const shortened = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, LONGEST_COMPLAINT);

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}

function failed(
  server: URL,
  what: string,
  cause?: unknown,
  remedy = 'Correct the address, or see what ails the server.',
): HeadroomError {
  const message = `Prometheus at ${server.origin} ${what}.`.replace(/\.\.$/, '.');
  return new HeadroomError('PROMETHEUS_FAILED', message, remedy, cause === undefined ? {} : { cause });
}

const refused = (query: string, why: string): HeadroomError =>
  new HeadroomError(
    'QUERY_REFUSED',
    `The query ${query} ${why}.`,
    `Give one of a single series, such as ${DEFAULT_QUERY}.`,
  );
