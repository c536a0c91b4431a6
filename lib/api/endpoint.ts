import http from 'k6/http';
import type { Answer } from './answer.ts';
import type { Auth } from './auth.ts';

/** HTTP methods of endpoints. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** Query of a request: as text without the question mark, or by name; what is undefined is left out. */
export type Query = string | Readonly<Record<string, string | number | boolean | undefined>>;

/** What a request sends: an object as JSON, a text as it is, null for nothing. */
export type RequestBody = object | string | null;

/** What the parts of a request may be drawn from, so that the same seed sends the same requests. */
export interface Draws {
  /** Number of the iteration in the test, from 0. */
  readonly iteration: number;
  /** The next random number of the iteration, in [0, 1). */
  draw(): number;
}

/** Names in the braces of a path: `'/pets/{petId}'` has `petId`. */
export type PathParameter<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameter<Rest>
  : never;

/** Takes something out of an answer; undefined and null mean that it is not there, and the answer then counts as wrong. */
export type Extractor<Value = unknown> = (answer: Answer) => Value | undefined | null;

/** What a request to an endpoint is made of, and which answers are as expected. */
export interface EndpointDefinition {
  /** GET without it. */
  method?: Method;
  /** From the target's root, with parameters in braces: `/pets/{petId}`. */
  path: string;
  /** Sent with every request; `call` can give another one. */
  query?: Query | ((draws: Draws) => Query);
  /** Sent with every request; `call` can give another one. */
  body?: RequestBody | ((draws: Draws) => RequestBody);
  headers?: Readonly<Record<string, string>>;
  /** Statuses that are as expected; all from 200 to 299 without it. Others count as failed requests. */
  expect?: number | readonly number[];
  /** What must be true of an answer with an expected status, by name. */
  checks?: Readonly<Record<string, (answer: Answer) => boolean>>;
  /** What `call` returns, by name. */
  extract?: Readonly<Record<string, Extractor>>;
  /** Further tags of its samples; each combination of values is a series of its own, so no ids. */
  tags?: Readonly<Record<string, string>>;
  /** Seconds until the visitor gives up; 10 without it. */
  timeoutSeconds?: number;
  /** Who asks, in place of the scenario's; null for nobody. */
  auth?: Auth | null;
}

/** What `call` returns for an endpoint: the values of its extractors. */
export type ExtractedBy<Definition> = Definition extends { extract: infer Extractors }
  ? {
      [Key in keyof Extractors]: Extractors[Key] extends (answer: Answer) => infer Value ? NonNullable<Value> : never;
    }
  : Record<never, never>;

/** An endpoint that was defined; `defineEndpoints` makes it. */
export interface Endpoint<Path extends string = string, Values = unknown> {
  /** The `name` tag of its samples: what results and objectives know it by. */
  readonly name: string;
  readonly method: Method;
  readonly path: Path;
  readonly definition: EndpointDefinition;
  /** Whether the body of an answer is needed. */
  readonly reads: boolean;
  isExpected(status: number): boolean;
  /** For k6: which answers count as failed. */
  readonly responseCallback: ReturnType<typeof http.expectedStatuses>;
  /** Carries the type of what is extracted; there is no value. */
  readonly values?: Values;
}

/** Endpoints by name. */
export type Endpoints<Definitions extends Readonly<Record<string, EndpointDefinition>>> = {
  readonly [Name in keyof Definitions]: Endpoint<Definitions[Name]['path'], ExtractedBy<Definitions[Name]>>;
};

/**
 * Defines what can be asked of a service. Each endpoint goes by its key in results and objectives, however its URL changes.
 *
 * @param definitions by name
 * @throws Error that names the endpoint, for a path that does not begin with a slash or a status that is none
 * @example
 * const api = defineEndpoints({
 *   listPets: { path: '/pets', query: { limit: 20 }, extract: { petIds: list('', 'id') } },
 *   showPet: { path: '/pets/{petId}', expect: [200, 404] },
 *   addPet: {
 *     method: 'POST',
 *     path: '/pets',
 *     body: ({ draw }) => ({ name: `pet ${Math.floor(draw() * 1000)}` }),
 *     expect: 201,
 *     checks: { 'has an id': (answer) => answer.json('id') !== undefined },
 *   },
 * });
 */
export function defineEndpoints<const Definitions extends Readonly<Record<string, EndpointDefinition>>>(
  definitions: Definitions,
): Endpoints<Definitions> {
  const endpoints = Object.entries(definitions).map(([name, definition]) => [name, endpointOf(name, definition)]);
  return Object.fromEntries(endpoints);
}

function endpointOf(name: string, definition: EndpointDefinition): Endpoint {
  const { method = 'GET', path, expect, checks, extract } = definition;
  if (!/^\/(?!\/)\S*$/.test(path))
    throw new Error(`the path of endpoint "${name}" begins with one slash, not "${path}"`);
  const statuses = expect === undefined ? null : typeof expect === 'number' ? [expect] : [...expect];
  const wrong = statuses?.find((status) => !Number.isInteger(status) || status < 100 || status > 599);
  if (wrong !== undefined) throw new Error(`endpoint "${name}" expects ${wrong}, which is no HTTP status`);
  return {
    name,
    method,
    path,
    definition,
    reads: checks !== undefined || extract !== undefined,
    isExpected: (status) => (statuses === null ? status >= 200 && status < 300 : statuses.includes(status)),
    responseCallback:
      statuses === null ? http.expectedStatuses({ min: 200, max: 299 }) : http.expectedStatuses(...statuses),
  };
}
