import { check, group, sleep } from 'k6';
import http from 'k6/http';
import { keyOf, uniform } from '../generators/random.ts';
import { drawn } from '../workload/chain.ts';
import type { Settings } from '../workload/settings.ts';
import { Answer } from './answer.ts';
import type { Auth } from './auth.ts';
import type { Draws, Endpoint, PathParameter, Query, RequestBody } from './endpoint.ts';
import type { Pool } from './pool.ts';

/** What a request adds to its endpoint's definition. */
export interface RequestParts {
  query?: Query;
  body?: RequestBody;
  headers?: Readonly<Record<string, string>>;
}

/** `RequestParts`, with `path` where the endpoint's path has parameters: they are encoded and put in. */
export type Request<Path extends string> = [PathParameter<Path>] extends [never]
  ? [request?: RequestParts]
  : [request: RequestParts & { path: Readonly<Record<PathParameter<Path>, string | number>> }];

/** How a request ended: as expected with what was extracted, or not, and why. */
export type Attempt<Values> =
  | { ok: true; answer: Answer; values: Values }
  | { ok: false; answer: Answer; why: string; values: null };

/** An answer that was not as expected; it ends the journey. */
export class Unexpected extends Error {
  readonly endpoint: string;

  constructor(endpoint: string, why: string) {
    super(why);
    this.endpoint = endpoint;
  }
}

const TIMEOUT_SECONDS = 10;

/**
 * One walk through a journey: what a visitor does, and what they draw by.
 *
 * @example
 * const api = defineEndpoints({ showPet: { path: '/pets/{petId}' } });
 * const look = (visit: Visit, petId: string) => visit.attempt(api.showPet, { path: { petId } }).ok;
 */
export class Visit implements Draws {
  readonly iteration: number;
  readonly #settings: Settings;
  readonly #auth: Auth | null;
  readonly #key: number;
  #drawn = 0;

  /** @param auth who asks where an endpoint does not say */
  constructor(settings: Settings, iteration: number, auth: Auth | null) {
    this.iteration = iteration;
    this.#settings = settings;
    this.#auth = auth;
    this.#key = keyOf(settings.seed, settings.journeyStream, iteration);
  }

  /** The target, without a trailing slash. */
  get baseUrl(): string {
    return this.#settings.baseUrl;
  }

  /** The next random number of the iteration, in [0, 1): the same for the same seed, whichever virtual user runs it. */
  draw(): number {
    return uniform(this.#key, this.#drawn++);
  }

  /**
   * Sends a request that must succeed: an answer that is not as expected ends the journey, which then counts as failed.
   *
   * @returns what the endpoint extracts
   */
  call<Path extends string, Values>(endpoint: Endpoint<Path, Values>, ...request: Request<Path>): Values {
    const attempt = this.attempt(endpoint, ...request);
    if (!attempt.ok) throw new Unexpected(endpoint.name, attempt.why);
    return attempt.values;
  }

  /** Sends a request whose answer the journey itself judges: it goes on whatever comes. */
  attempt<Path extends string, Values>(endpoint: Endpoint<Path, Values>, ...request: Request<Path>): Attempt<Values> {
    // Where no compiler has looked at the journey; k6 tells its line.
    if (endpoint === undefined) throw new Error('the journey asks for an endpoint that is not defined');
    const answer = this.#send(endpoint, request[0] ?? {});
    const why = complaint(endpoint, answer);
    if (why !== null) return { ok: false, answer, why, values: null };
    const values: Record<string, unknown> = {};
    for (const [name, extractor] of Object.entries(endpoint.definition.extract ?? {})) {
      const value = extractor(answer);
      if (value === undefined || value === null) {
        return { ok: false, answer, why: `nothing to extract as "${name}"`, values: null };
      }
      values[name] = value;
    }
    // What the compiler cannot follow: the values are those of the extractors, which `Values` was inferred from.
    return { ok: true, answer, values: values as Values };
  }

  /**
   * Waits as a person does: exponentially distributed, as in the TPC benchmarks with think times, and multiplied by `--think`.
   *
   * @param meanSeconds mean of the wait
   */
  think(meanSeconds: number): void {
    const seconds = this.#settings.think * meanSeconds * -Math.log(1 - this.draw());
    if (seconds > 0) sleep(seconds);
  }

  /**
   * One of a list or pool, each as likely as the others.
   *
   * @throws RangeError when there is none
   */
  pick<Row>(from: readonly Row[] | Pool<Row>): Row {
    const place = Math.floor(this.draw() * from.length);
    const row = from.length > 0 ? from.at(place) : undefined;
    if (row === undefined) throw new RangeError('there is nothing to pick from');
    return row;
  }

  /** The row of a pool that belongs to this iteration: each takes the next one, and after the last the first again. */
  turn<Row>(from: Pool<Row>): Row {
    return from.at(this.iteration);
  }

  /**
   * Draws one of several ways to go on.
   *
   * @param weights how likely each is, in proportion to the sum of all
   * @returns its name
   * @throws RangeError when no weight is above 0
   */
  choose<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    return choose(weights, this.draw());
  }

  /** Names a stretch of the journey: its samples have k6's tag `group`, `::name`. */
  group<Value>(name: string, stretch: () => Value): Value {
    return group(name, stretch);
  }

  #send(endpoint: Endpoint, parts: RequestParts & { path?: Readonly<Record<string, string | number>> }): Answer {
    const { name, method, path, definition, reads, responseCallback } = endpoint;
    const { query: ownQuery, body: ownBody, headers, tags, timeoutSeconds = TIMEOUT_SECONDS, auth } = definition;
    const query = parts.query ?? (typeof ownQuery === 'function' ? ownQuery(this) : ownQuery) ?? '';
    const body = parts.body ?? (typeof ownBody === 'function' ? ownBody(this) : ownBody) ?? null;
    const asker = auth === undefined ? this.#auth : auth;
    const json = body !== null && typeof body !== 'string';
    const response = http.request(
      method,
      `${this.baseUrl}${filled(path, parts.path ?? {})}${queryText(query)}`,
      json ? JSON.stringify(body) : body,
      {
        tags: { ...tags, name },
        headers: {
          // Tells the target that nobody waits for this answer.
          'X-Load-Test': 'headroom',
          ...(json ? { 'Content-Type': 'application/json' } : {}),
          ...asker?.headers(this.baseUrl),
          ...headers,
          ...parts.headers,
        },
        responseType: reads ? 'text' : 'none',
        timeout: timeoutSeconds * 1000,
        responseCallback,
        // A redirect that is expected is an answer; else it is followed, as a browser does.
        ...([301, 302, 303, 307, 308].some(endpoint.isExpected) ? { redirects: 0 } : {}),
      },
    );
    if (response.status === 401) asker?.refused();
    return new Answer(response);
  }
}

/** One of several names, by weight; `u` is uniform in [0, 1). */
export function choose<Name extends string>(weights: Readonly<Record<Name, number>>, u: number): Name {
  const names = Object.keys(weights) as Name[];
  const name =
    names[
      drawn(
        names.map((each) => weights[each]),
        u,
      ) ?? -1
    ];
  if (name === undefined) throw new RangeError('no weight is above 0');
  return name;
}

/** Why an answer is not as expected; null when it is. */
function complaint({ name, definition, isExpected }: Endpoint, answer: Answer): string | null {
  if (!isExpected(answer.status)) return answer.error === '' ? `status ${answer.status}` : answer.error;
  for (const [title, holds] of Object.entries(definition.checks ?? {})) {
    if (!check(answer, { [title]: holds }, { name })) return `check "${title}"`;
  }
  return null;
}

/** A path with its parameters put in. */
function filled(path: string, parameters: Readonly<Record<string, string | number>>): string {
  return path.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined || value === '') throw new Error(`${path} needs a value for ${name}`);
    return encodeURIComponent(value);
  });
}

function queryText(query: Query): string {
  const text =
    typeof query === 'string'
      ? query
      : Object.entries(query)
          .flatMap(([key, value]) =>
            value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
          )
          .join('&');
  return text === '' ? '' : `?${text}`;
}
