import { Histogram } from '../results/histogram.ts';
import { PopularityCounter } from './popularity.ts';
import { ArrivalCounter } from './profile.ts';
import { QuerySample } from './queries.ts';
import type { LoggedRequest } from './request.ts';
import { isStatic, Router, withoutQuery } from './routes.ts';
import type { Sessions, Workload, WorkloadEndpoint } from './schema.ts';
import { LONGEST_SESSION, SessionCounter, type SessionFigures, transitionOf } from './sessions.ts';

export interface CountSettings {
  /** Seconds without a request after which a client's session is over. */
  sessionGapSeconds: number;
  /** Endpoints that are told apart; the others are one. */
  maxRoutes: number;
  /** Whether requests for style sheets, images and the like count. */
  staticFiles: boolean;
  /** Patterns of routes: `GET /sitters/{id}`. */
  routes: readonly string[];
  /** Endpoints to leave out: `GET /health`, or `GET /internal/*` for all that begin so. */
  exclude: readonly string[];
  /** False: single requests are modelled whatever the log says of clients. */
  sessions: boolean;
}

export const DEFAULT_COUNT_SETTINGS: CountSettings = {
  sessionGapSeconds: 1800,
  maxRoutes: 50,
  staticFiles: true,
  routes: [],
  exclude: [],
  sessions: true,
};

/** Requests from which it is learnt how routes look. */
const LEARNT_FROM = 20_000;
/** Routes that are counted before the most frequent are chosen, as a multiple of those. */
const CANDIDATES = 10;
/** Most that `maxRoutes` may be, so that transitions between candidates can be told apart. */
export const MOST_ROUTES = 400;
/** Ids and queries that are kept by name of an endpoint with a large share of the requests, and of another. */
const KEPT = { large: 2_000, small: 200 } as const;
const LARGE_SHARE = 0.05;
/** Lines further than this from the first one have a broken time. */
const LONGEST_LOG_MS = 2 * 366 * 86_400_000;
const FEWEST_SESSIONS = 20;
const LONGEST_ID = 200;

interface Endpoint {
  index: number;
  name: string;
  method: string;
  route: string;
  count: number;
  statuses: Map<string, number>;
  latency: Histogram;
  popularity: PopularityCounter | null;
  queries: QuerySample;
}

/** Takes the requests of a log one by one, in memory that does not grow with it, and says what workload they make. */
export class WorkloadCounter {
  readonly #settings: CountSettings;
  readonly #router: Router;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #arrivals = new ArrivalCounter();
  readonly #sessions: SessionCounter;
  readonly #statuses = new Map<string, number>();
  readonly #most: number;
  readonly #leftOut = { staticFiles: 0, excluded: 0 };
  #waiting: LoggedRequest[] | null = [];
  #origin = Number.NaN;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #offsetMinutes = 0;
  #count = 0;

  constructor(settings: CountSettings) {
    this.#settings = settings;
    this.#router = new Router(settings.routes);
    this.#sessions = new SessionCounter(settings.sessionGapSeconds);
    this.#most = Math.min(settings.maxRoutes, MOST_ROUTES) * CANDIDATES;
  }

  /** @returns false when the time of the request is years away from that of the first one: the line is broken */
  add(request: LoggedRequest): boolean {
    if (Number.isNaN(this.#origin)) {
      this.#origin = request.at;
      this.#offsetMinutes = request.offsetMinutes;
    }
    if (Math.abs(request.at - this.#origin) > LONGEST_LOG_MS) return false;
    if (this.#waiting === null) {
      this.#take(request);
      return true;
    }
    if (request.url !== null) this.#router.learn(request.method, withoutQuery(request.url));
    this.#waiting.push(request);
    if (this.#waiting.length >= LEARNT_FROM) this.#settle();
    return true;
  }

  /** Requests that counted so far. */
  get count(): number {
    return this.#count + (this.#waiting?.length ?? 0);
  }

  /**
   * What was found; null when nothing counted.
   *
   * @param source what the log was like as a file
   */
  result(source: Omit<Workload['source'], 'from' | 'to'>): Workload | null {
    this.#settle();
    if (this.#count === 0) return null;
    const ranked = [...this.#endpoints.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
    const kept = ranked.slice(0, this.#settings.maxRoutes);
    const other = this.#count - kept.reduce((sum, { count }) => sum + count, 0);
    const seconds = Math.max(1, (this.#last - this.#first) / 1000);
    const { sessionGapSeconds, maxRoutes, staticFiles, routes, exclude } = this.#settings;
    return {
      schema: 'headroom.workload/1',
      source: { ...source, from: new Date(this.#first).toISOString(), to: new Date(this.#last).toISOString() },
      settings: { sessionGapSeconds, maxRoutes, staticFiles, routes: [...routes], exclude: [...exclude] },
      leftOut: { ...this.#leftOut },
      requests: {
        count: this.#count,
        rate: this.#count / seconds,
        statuses: Object.fromEntries([...this.#statuses].sort()),
        clientErrorShare: (this.#statuses.get('4xx') ?? 0) / this.#count,
        serverErrorShare: (this.#statuses.get('5xx') ?? 0) / this.#count,
      },
      endpoints: kept.map((endpoint) => endpointOf(endpoint, this.#count)),
      other: { count: other, share: other / this.#count },
      profile: this.#arrivals.result(this.#offsetMinutes),
      sessions: sessionsOf(this.#sessions.figures(), this.#count, kept, this.#settings.sessions),
    };
  }

  #settle(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#router.settle();
    this.#waiting = null;
    for (const request of waiting) this.#take(request);
  }

  #take({ at, method, url, route, status, durationMs, client }: LoggedRequest): void {
    const path = url === null ? null : withoutQuery(url);
    if (!this.#settings.staticFiles && path !== null && isStatic(path)) {
      this.#leftOut.staticFiles++;
      return;
    }
    const routed = this.#router.route(method, path, route);
    if (this.#settings.exclude.some((pattern) => matches(pattern, routed.name))) {
      this.#leftOut.excluded++;
      return;
    }
    this.#count++;
    this.#first = Math.min(this.#first, at);
    this.#last = Math.max(this.#last, at);
    this.#arrivals.request(at / 1000);
    const statusClass = status === null ? 'unknown' : `${Math.floor(status / 100)}xx`;
    bump(this.#statuses, statusClass);
    let endpoint = this.#endpoints.get(routed.name);
    if (endpoint === undefined && this.#endpoints.size < this.#most) {
      endpoint = {
        index: this.#endpoints.size,
        name: routed.name,
        method,
        route: routed.route,
        count: 0,
        statuses: new Map(),
        latency: new Histogram(),
        popularity: null,
        queries: new QuerySample(),
      };
      this.#endpoints.set(routed.name, endpoint);
    }
    if (client !== null && this.#sessions.add(client, at, endpoint?.index ?? this.#most, durationMs)) {
      this.#arrivals.start(at / 1000);
    }
    if (endpoint === undefined) return;
    endpoint.count++;
    bump(endpoint.statuses, statusClass);
    if (durationMs !== null) endpoint.latency.recordMs(durationMs);
    if (routed.values !== null && routed.values.length <= LONGEST_ID) {
      endpoint.popularity ??= new PopularityCounter();
      endpoint.popularity.add(routed.values);
    }
    if (url !== null) endpoint.queries.add(queryOf(url));
  }
}

const bump = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

function queryOf(url: string): string {
  const start = url.indexOf('?');
  const end = url.indexOf('#', start);
  return start < 0 ? '' : url.slice(start + 1, end < 0 ? undefined : end);
}

function endpointOf(endpoint: Endpoint, total: number): WorkloadEndpoint {
  const { name, method, route, count, statuses, latency, popularity, queries } = endpoint;
  const share = count / total;
  const keep = share >= LARGE_SHARE ? KEPT.large : KEPT.small;
  const at = (q: number): number => latency.quantileMs(q) ?? 0;
  return {
    name,
    method,
    route,
    count,
    share,
    statuses: Object.fromEntries([...statuses].sort()),
    latency: latency.count === 0 ? null : { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) },
    popularity: popularity?.result(keep) ?? null,
    queries: queries.result(keep),
  };
}

function sessionsOf(figures: SessionFigures, total: number, kept: readonly Endpoint[], wanted: boolean): Sessions {
  const knownShare = figures.known / total;
  const longShare = figures.known === 0 ? 0 : figures.inLongSessions / figures.known;
  const at = (q: number): number => Math.round(figures.requests.quantileMs(q) ?? 0);
  const reason = !wanted
    ? 'Sessions were not wanted.'
    : knownShare < 0.5
      ? 'The log does not say who sent the requests.'
      : longShare >= 0.5
        ? `Clients cannot be told apart: most requests are in sessions of more than ${LONGEST_SESSION}, as behind a proxy or from a load generator.`
        : figures.count < FEWEST_SESSIONS
          ? `There are ${figures.count} sessions, too few to say how sessions are.`
          : null;
  const { thinkSeconds } = figures;
  const common = {
    knownShare,
    count: figures.count,
    requests:
      figures.count === 0 ? null : { mean: figures.known / figures.count, p50: at(0.5), p90: at(0.9), p99: at(0.99) },
    longShare,
    meanThinkSeconds:
      thinkSeconds.length === 0 ? null : thinkSeconds.reduce((sum, each) => sum + each, 0) / thinkSeconds.length,
    thinkSeconds: [...thinkSeconds],
  };
  if (reason !== null) return { model: 'requests', reason, ...common, starts: [], next: [] };
  const places = new Map(kept.map(({ index }, place) => [index, place]));
  const another = kept.length;
  const placeOf = (index: number): number => places.get(index) ?? another;
  const starts = new Array<number>(kept.length + 1).fill(0);
  const next = Array.from({ length: kept.length + 1 }, () => new Array<number>(kept.length + 2).fill(0));
  const add = (row: number[] | undefined, place: number, count: number): void => {
    if (row !== undefined) row[place] = (row[place] ?? 0) + count;
  };
  for (const [index, count] of figures.starts) add(starts, placeOf(index), count);
  for (const [index, count] of figures.ends) add(next[placeOf(index)], another + 1, count);
  for (const [key, count] of figures.transitions) {
    const [before, after] = transitionOf(key);
    add(next[placeOf(before)], placeOf(after), count);
  }
  return {
    model: 'sessions',
    reason: 'Clients are told apart by session, user, or address and user agent.',
    ...common,
    starts,
    next,
  };
}
