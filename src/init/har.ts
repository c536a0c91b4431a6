import { z } from 'zod';
import { isPrivate } from '../workload/queries.ts';
import { SAFE_METHODS } from '../workload/request.ts';
import { isStatic, type Routed, Router } from '../workload/routes.ts';
import {
  type ModelAuth,
  type ModelChoices,
  type ModelEndpoint,
  type ModelStep,
  type ServiceModel,
  UNSAFE,
} from './model.ts';
import { comment, endpointName, Names, safePath } from './names.ts';
import { isRecord } from './references.ts';

const header = z.looseObject({ name: z.string(), value: z.string() });
/** HAR 1.2, as far as it is read: http://www.softwareishard.com/blog/har-12-spec/. */
const harSchema = z.looseObject({
  log: z.looseObject({
    creator: z.looseObject({ name: z.string() }).optional(),
    entries: z.array(
      z.looseObject({
        startedDateTime: z.string(),
        time: z.number().nullish(),
        _resourceType: z.string().optional(),
        request: z.looseObject({
          method: z.string(),
          url: z.string(),
          headers: z.array(header).default([]),
          postData: z.looseObject({ mimeType: z.string().optional(), text: z.string().optional() }).nullish(),
        }),
        response: z.looseObject({
          status: z.number(),
          content: z.looseObject({ mimeType: z.string().optional() }).optional(),
        }),
      }),
    ),
  }),
});
type Entry = z.infer<typeof harSchema>['log']['entries'][number];

/** Longer pauses are those of somebody who went away. */
const LONGEST_THINK = 10;
/** Requests of a recording that a journey has at most. */
const MOST_STEPS = 100;
const STATIC_TYPES = ['image', 'font', 'stylesheet', 'script', 'media', 'manifest', 'websocket', 'preflight', 'ping'];

/** Whether a document is an HTTP archive. */
export const isHar = (document: unknown): document is Readonly<Record<string, unknown>> =>
  isRecord(document) && isRecord(document.log) && Array.isArray(document.log.entries);

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
  const { log } = parsed.data;
  const recorded = log.entries
    .filter(
      ({ request }) =>
        URL.canParse(request.url) && /^https?:/.test(request.url) && /^[A-Z]{3,10}$/.test(request.method),
    )
    .map((entry) => ({ entry, url: new URL(entry.request.url), at: Date.parse(entry.startedDateTime) }))
    .filter(({ entry, url }) => !isAsset(entry, url))
    .sort((a, b) => a.at - b.at);
  const origin = originOf(
    recorded.map(({ url }) => url.origin),
    choices.target?.origin,
  );
  const own = recorded.filter(({ url }) => url.origin === origin);
  const leftOut: ServiceModel['leftOut'] = [];
  const others = new Set(recorded.map(({ url }) => url.origin).filter((each) => each !== origin));
  for (const each of others) leftOut.push({ name: each, why: 'it is another origin than that of most requests' });

  const router = new Router();
  for (const { entry, url } of own) router.learn(entry.request.method, url.pathname);
  router.settle();

  const names = new Names();
  const endpoints = new Map<string, ModelEndpoint>();
  const steps: ModelStep[] = [];
  const masked = new Set<string>();
  for (const [i, { entry, url, at }] of own.entries()) {
    const { method } = entry.request;
    const routed = router.route(method, url.pathname, null);
    const refused = obstacleOf(entry, choices.includeUnsafe);
    if (refused !== null) {
      leftOut.push({ name: `${method} ${routed.route}`, why: refused });
      continue;
    }
    if (steps.length === MOST_STEPS) {
      leftOut.push({
        name: `what was recorded after ${MOST_STEPS} requests`,
        why: 'a journey of more is hard to read',
      });
      break;
    }
    const endpoint = endpointFor(routed, endpoints, names);
    const redirect = entry.response.status >= 300 && entry.response.status !== 304;
    if (redirect) endpoint.expect = [...new Set([...(endpoint.expect ?? []), entry.response.status])];
    const next = own[i + 1]?.at ?? Number.NaN;
    const pause = (next - at - (entry.time ?? 0)) / 1000;
    steps.push({
      endpoint: endpoint.key,
      parameters: parametersOf(endpoint.path, routed.values),
      thinkSeconds: pause > 0.05 ? Math.min(LONGEST_THINK, Number(pause.toFixed(2))) : 0,
      ...(url.search === '' ? {} : { query: maskedForm(url.search.slice(1), masked) }),
      ...bodyOf(entry, masked),
    });
  }
  for (const name of masked)
    leftOut.push({ name: `values of ${name}`, why: 'they may be secrets: give others in the journey' });
  if (own.some(({ entry }) => headerOf(entry, 'cookie') !== undefined)) {
    leftOut.push({ name: 'cookies', why: 'they are secrets: sign in with login() if the service needs them' });
  }
  return {
    title: comment(log.creator?.name ?? 'a recording'),
    target: origin ?? null,
    endpoints: [...endpoints.values()],
    journeys: steps.length === 0 ? [] : [{ key: 'recorded', about: 'What was recorded', weight: 1, steps }],
    pools: [],
    auth: authIn(own.map(({ entry }) => entry)),
    leftOut: uniqueBy(leftOut),
  };
}

function isAsset({ _resourceType, response }: Entry, url: URL): boolean {
  const type = response.content?.mimeType ?? '';
  return (
    isStatic(url.pathname) ||
    STATIC_TYPES.includes(_resourceType ?? '') ||
    /^(?:image|font|audio|video)\/|^text\/css|javascript/.test(type)
  );
}

function originOf(origins: readonly string[], wanted: string | undefined): string | undefined {
  if (wanted !== undefined && origins.includes(wanted)) return wanted;
  const counts = new Map<string, number>();
  for (const each of origins) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Why a request is not sent; null when it is. */
function obstacleOf({ request, response }: Entry, includeUnsafe: boolean): string | null {
  if (!SAFE_METHODS.includes(request.method) && !includeUnsafe) return UNSAFE;
  if (response.status === 0) return 'no answer was recorded';
  return response.status >= 400 ? `the recorded answer was ${response.status}` : null;
}

function endpointFor(routed: Routed, endpoints: Map<string, ModelEndpoint>, names: Names): ModelEndpoint {
  const known = endpoints.get(routed.name);
  if (known !== undefined) return known;
  const { path } = safePath(routed.route);
  const key = names.unique(endpointName(routed.method, path));
  const made: ModelEndpoint = { key, method: routed.method, path, about: routed.name };
  endpoints.set(routed.name, made);
  return made;
}

function parametersOf(path: string, values: string | null): ModelStep['parameters'] {
  const parts = values?.split('/') ?? [];
  return Object.fromEntries(
    [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = ''], i) => [name, { constant: decoded(parts[i] ?? '') }]),
  );
}

/** A part of a path as it was meant. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A query or form with the values taken out that may be secrets. */
function maskedForm(text: string, masked: Set<string>): string {
  return text
    .split('&')
    .map((part) => {
      const name = part.split('=', 1)[0] ?? '';
      if (!isPrivate(name) || part.length <= name.length + 1) return part;
      masked.add(decoded(name));
      return `${name}=masked`;
    })
    .join('&');
}

function bodyOf({ request }: Entry, masked: Set<string>): { body?: unknown } {
  const text = request.postData?.text;
  if (text === undefined || text === '') return {};
  try {
    const document: unknown = JSON.parse(text);
    if (isRecord(document) || Array.isArray(document)) return { body: maskedValue(document, masked) };
  } catch {
    // A form, or a text of its own.
  }
  return { body: /^[^\s{}[\]]+=/.test(text) ? maskedForm(text, masked) : text };
}

function maskedValue(value: unknown, masked: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => maskedValue(each, masked));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (!isPrivate(name) || typeof each === 'object') return [name, maskedValue(each, masked)];
      masked.add(name);
      return [name, 'masked'];
    }),
  );
}

const headerOf = ({ request }: Entry, name: string): string | undefined =>
  request.headers.find((each) => each.name.toLowerCase() === name)?.value;

function authIn(entries: readonly Entry[]): ModelAuth | null {
  const values = entries.flatMap((entry) => headerOf(entry, 'authorization') ?? []);
  if (values.some((each) => /^bearer /i.test(each))) return { kind: 'bearer', variable: 'API_TOKEN' };
  if (values.some((each) => /^basic /i.test(each))) {
    return { kind: 'basic', userVariable: 'API_USER', passwordVariable: 'API_PASSWORD' };
  }
  return null;
}

const uniqueBy = (entries: ServiceModel['leftOut']): ServiceModel['leftOut'] => [
  ...new Map(entries.map((entry) => [`${entry.name} ${entry.why}`, entry])).values(),
];
