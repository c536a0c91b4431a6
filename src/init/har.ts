import { SAFE_METHODS } from '../workload/request.ts';
import { type Routed, Router } from '../workload/routes.ts';
import {
  authIn,
  bodyOf,
  type Entry,
  foreignCookies,
  harSchema,
  headersOf,
  isAsset,
  learnSecrets,
  ownHeadersOf,
  type RecordedBody,
  saysWho,
} from './har-entry.ts';
import { METHODS, type ModelChoices, type ModelEndpoint, type ModelStep, type ServiceModel, UNSAFE } from './model.ts';
import { comment, endpointName, Names, safePath } from './names.ts';
import { isRecord } from './references.ts';
import { decoded, Secrets } from './secrets.ts';

/** Longer pauses are those of somebody who went away. */
const LONGEST_THINK = 10;
/** Requests of a recording that a journey has at most. */
const MOST_STEPS = 100;

/** Whether a document is an HTTP archive. */
export const isHar = (document: unknown): document is Readonly<Record<string, unknown>> =>
  isRecord(document) && isRecord(document.log) && Array.isArray(document.log.entries);

/** A request of the recording, and when it was sent, milliseconds. */
interface Recorded {
  entry: Entry;
  url: URL;
  at: number;
}

/** Stands for a part of a path that nobody else may know; it is taken for an id. */
const HIDDEN = '0';

/**
 * Reads a recording. The journey is what was recorded, in its order and with its pauses; only requests to one origin are in it.
 * Secrets are left out.
 *
 * @throws Error with what is not as HAR has it
 */
export function modelOfHar(document: Readonly<Record<string, unknown>>, choices: ModelChoices): ServiceModel {
  const parsed = harSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const recorded = recordedIn(parsed.data.log.entries);
  const origin = originOf(
    recorded.map(({ url }) => url.origin),
    choices.target?.origin,
  );
  const own = recorded.filter(({ url }) => url.origin === origin);
  const others = new Set(recorded.map(({ url }) => url.origin).filter((each) => each !== origin));
  const secrets = new Secrets();
  for (const { entry, url } of recorded) learnSecrets(secrets, entry, url);
  const entries = own.map(({ entry }) => entry);
  const { endpoints, steps, leftOut } = journeyOf(own, secrets, choices);
  const auth = authIn(entries);
  const guarded = new Set(own.flatMap(({ entry }, i) => (saysWho(entry) ? [endpoints.of(i)] : [])));
  return {
    title: comment(origin === undefined ? 'a recording' : new URL(origin).host),
    target: origin ?? null,
    endpoints: endpoints.all.map((endpoint) =>
      auth === null || guarded.has(endpoint) ? endpoint : { ...endpoint, open: true },
    ),
    journeys: steps.length === 0 ? [] : [{ key: 'recorded', about: 'What was recorded', weight: 1, steps }],
    pools: [],
    auth,
    leftOut: uniqueBy([
      ...(recorded.length === 0 ? [{ name: 'requests', why: NO_REQUEST }] : []),
      ...[...others].map((name) => ({ name, why: 'it is another origin than that of most requests' })),
      ...leftOut,
      ...[...secrets.masked].map((name) => ({ name: `values of ${name}`, why: MASKED })),
      ...namedOnce(entries.flatMap(ownHeadersOf), 'header', HEADER),
      ...namedOnce(foreignCookies(entries), 'cookie', COOKIE),
    ]),
  };
}

const NO_REQUEST = 'the recording has none over HTTP that is not for an asset';
const MASKED = 'they may be secrets: give others in the journey';
const HEADER = 'it may be a secret: give it with `headers` of the endpoint, or by apiKey() if the service needs it';
const COOKIE = 'it was there before the recording: sign in with login() if the service needs it';

const namedOnce = (names: readonly string[], what: string, why: string): ServiceModel['leftOut'] =>
  [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].map((name) => ({
    name: `${what} ${comment(name)}`,
    why,
  }));

/** Requests that a visitor's client sends on purpose, in their order. */
function recordedIn(entries: readonly Entry[]): Recorded[] {
  return entries
    .filter(({ request: { url } }) => URL.canParse(url) && /^https?:/.test(url))
    .map((entry) => ({ entry, url: new URL(entry.request.url), at: Date.parse(entry.startedDateTime) }))
    .filter(({ entry, url }) => !isAsset(entry, url))
    .sort((a, b) => a.at - b.at || 0);
}

function originOf(origins: readonly string[], wanted: string | undefined): string | undefined {
  if (wanted !== undefined && origins.includes(wanted)) return wanted;
  const counts = new Map<string, number>();
  for (const each of origins) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The endpoints of a recording, by the requests that they were made for. */
class Endpoints {
  readonly #router = new Router();
  readonly #names = new Names();
  readonly #byName = new Map<string, ModelEndpoint>();
  readonly #statuses = new Map<ModelEndpoint, Set<number>>();
  readonly #byRequest = new Map<number, ModelEndpoint>();

  readonly #paths: readonly { shown: string; secret: boolean }[];

  constructor(own: readonly Recorded[], secrets: Secrets) {
    this.#paths = own.map(({ url }) => shownPath(url, secrets));
    for (const [i, { entry }] of own.entries()) this.#router.learn(entry.request.method, this.#paths[i]?.shown ?? '/');
    this.#router.settle();
  }

  get all(): ModelEndpoint[] {
    return [...this.#byName.values()];
  }

  of(request: number): ModelEndpoint | undefined {
    return this.#byRequest.get(request);
  }

  /** Where a request goes, and whether its path may hold a secret, which is not in what is returned. */
  route(request: number, method: string): { routed: Routed; secret: boolean } {
    const { shown, secret } = this.#paths[request] ?? { shown: '/', secret: false };
    return { routed: this.#router.route(method, shown, null), secret };
  }

  /** The endpoint of a request; what it needs beside its path is that of the first one. */
  add(request: number, routed: Routed, headers: Record<string, string>): ModelEndpoint {
    const known = this.#byName.get(routed.name);
    const endpoint = known ?? this.#made(routed, headers);
    this.#byRequest.set(request, endpoint);
    return endpoint;
  }

  /** An answer that was recorded is as expected: all of them, where one is a redirect. */
  answered(endpoint: ModelEndpoint, status: number): void {
    const statuses = this.#statuses.get(endpoint) ?? new Set();
    this.#statuses.set(endpoint, statuses.add(status === 304 ? 200 : status));
    if ([...statuses].some((each) => each >= 300)) endpoint.expect = [...statuses].sort((a, b) => a - b);
  }

  #made(routed: Routed, headers: Record<string, string>): ModelEndpoint {
    const { path } = safePath(routed.route);
    const made: ModelEndpoint = {
      key: this.#names.unique(endpointName(routed.method, path)),
      method: routed.method,
      path,
      about: routed.name,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
    };
    this.#byName.set(routed.name, made);
    return made;
  }
}

function journeyOf(
  own: readonly Recorded[],
  secrets: Secrets,
  { includeUnsafe }: ModelChoices,
): { endpoints: Endpoints; steps: ModelStep[]; leftOut: ServiceModel['leftOut'] } {
  const endpoints = new Endpoints(own, secrets);
  const steps: ModelStep[] = [];
  const leftOut: ServiceModel['leftOut'] = [];
  for (const [i, { entry, url, at }] of own.entries()) {
    const { method } = entry.request;
    const { routed, secret } = endpoints.route(i, method);
    const unanswered = unansweredBy(entry);
    if (unanswered !== null) {
      leftOut.push({ name: `${method} ${comment(routed.route)}`, why: unanswered });
      continue;
    }
    const body: RecordedBody = bodyOf(entry, secrets);
    const endpoint = endpoints.add(i, routed, headersOf(entry, body));
    const refused = obstacleOf(entry, body, includeUnsafe) ?? (secret ? SECRET_PATH : null);
    if (refused !== null) {
      leftOut.push({ name: `${method} ${endpoint.path}`, why: refused });
      continue;
    }
    if (steps.length === MOST_STEPS) {
      leftOut.push({
        name: `what was recorded after ${MOST_STEPS} requests`,
        why: 'a journey of more is hard to read',
      });
      break;
    }
    endpoints.answered(endpoint, entry.response.status);
    const next = own[i + 1]?.at ?? Number.NaN;
    const pause = (next - at - (entry.time ?? 0)) / 1000;
    steps.push({
      endpoint: endpoint.key,
      parameters: parametersOf(endpoint.path, routed.values),
      thinkSeconds: pause > 0.05 ? Math.min(LONGEST_THINK, Number(pause.toFixed(2))) : 0,
      ...(url.search === '' ? {} : { query: secrets.form(url.search.slice(1)) }),
      ...(body.kind === 'sent' ? { body: body.value } : {}),
    });
  }
  return { endpoints, steps, leftOut };
}

/** Why a request is not even defined: it cannot be, or nobody knows what it is good for. */
function unansweredBy({ request, response: { status } }: Entry): string | null {
  if (!METHODS.includes(request.method)) return 'it is no method that is sent';
  if (status < 200) return 'no answer was recorded';
  return status >= 400 ? `the recorded answer was ${status}` : null;
}

/** Why a request is not sent; null when it is. */
function obstacleOf({ request }: Entry, body: RecordedBody, includeUnsafe: boolean): string | null {
  if (!SAFE_METHODS.includes(request.method) && !includeUnsafe) return UNSAFE;
  return body.kind === 'not' ? `${body.why}: call it in a journey of yours` : null;
}

const SECRET_PATH = 'its path may hold a secret: call it in a journey of yours';

/** A path as it may be written down. */
function shownPath({ pathname }: URL, secrets: Secrets): { shown: string; secret: boolean } {
  const parts = pathname.split('/');
  const hidden = parts.map((part, i) => secrets.holdsPart(decoded(part), parts[i - 1] ?? ''));
  return { shown: parts.map((part, i) => (hidden[i] ? HIDDEN : part)).join('/'), secret: hidden.includes(true) };
}

function parametersOf(path: string, values: string | null): ModelStep['parameters'] {
  const parts = values?.split('/') ?? [];
  return Object.fromEntries(
    [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = ''], i) => [name, { constant: decoded(parts[i] ?? '') }]),
  );
}

const uniqueBy = (entries: ServiceModel['leftOut']): ServiceModel['leftOut'] => [
  ...new Map(entries.map((entry) => [`${entry.name} ${entry.why}`, entry])).values(),
];
