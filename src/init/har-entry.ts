import { z } from 'zod';
import { isPrivate } from '../workload/queries.ts';
import { isStatic } from '../workload/routes.ts';
import type { ModelAuth } from './model.ts';
import { decoded, jsonIn, type Secrets } from './secrets.ts';

const header = z.looseObject({ name: z.string(), value: z.string() });
/** HAR 1.2, as far as it is read: http://www.softwareishard.com/blog/har-12-spec/. */
export const harSchema = z.looseObject({
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
          bodySize: z.number().nullish(),
          postData: z
            .looseObject({
              mimeType: z.string().nullish(),
              text: z.string().nullish(),
              encoding: z.string().nullish(),
              params: z.array(z.looseObject({ name: z.string(), value: z.string().nullish() })).nullish(),
            })
            .nullish(),
        }),
        response: z.looseObject({
          status: z.number(),
          headers: z.array(header).default([]),
          content: z
            .looseObject({
              mimeType: z.string().nullish(),
              text: z.string().nullish(),
              encoding: z.string().nullish(),
            })
            .nullish(),
        }),
      }),
    ),
  }),
});
export type Entry = z.infer<typeof harSchema>['log']['entries'][number];

const STATIC_TYPES = [
  ...['image', 'font', 'stylesheet', 'script', 'media', 'manifest', 'texttrack'],
  ...['websocket', 'eventsource', 'preflight', 'ping', 'beacon', 'cspviolationreport'],
];
const STATIC_MIME =
  /^(?:image|font|audio|video)\/|^text\/(?:css|event-stream)|javascript|^application\/(?:font|x-font|wasm|manifest|vnd\.ms-font)/;

/** Whether a request is the browser's own affair: for a page's assets, or a connection that stays open. */
export function isAsset({ _resourceType, response }: Entry, url: URL): boolean {
  return (
    isStatic(url.pathname) ||
    STATIC_TYPES.includes((_resourceType ?? '').toLowerCase()) ||
    STATIC_MIME.test(response.content?.mimeType ?? '')
  );
}

type Headers = readonly z.infer<typeof header>[];

const valuesOf = (headers: Headers, name: string): string[] =>
  headers.filter((each) => each.name.toLowerCase() === name).map(({ value }) => value);

const headerOf = (headers: Headers, name: string): string | undefined => valuesOf(headers, name)[0];

/** What a request sends: nothing, JSON, a form; or something that cannot be sent again, and why. */
export type RecordedBody =
  | { kind: 'none' }
  | { kind: 'sent'; value: unknown; type: string }
  | { kind: 'not'; why: string };

/** The body of a request without secrets. */
export function bodyOf({ request }: Entry, secrets: Secrets): RecordedBody {
  const { postData } = request;
  const type = postData?.mimeType || (headerOf(request.headers, 'content-type') ?? '');
  if (/^multipart\//i.test(type)) return { kind: 'not', why: 'it sends files or a form in parts' };
  const text = textOf(postData);
  if (text === '') {
    const sent = Number(headerOf(request.headers, 'content-length') ?? request.bodySize ?? 0) > 0;
    return sent ? { kind: 'not', why: 'what it sends was not recorded' } : { kind: 'none' };
  }
  const document = jsonIn(text);
  if (document !== undefined) return { kind: 'sent', value: secrets.value(document), type: type || JSON_TYPE };
  const form = type === '' ? /^[^\s{}[\]<>]+=/.test(text) : type.startsWith(FORM_TYPE);
  if (form) return { kind: 'sent', value: secrets.form(text), type: type || FORM_TYPE };
  return { kind: 'not', why: 'what it sends is neither JSON nor a form' };
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

function textOf(postData: Entry['request']['postData']): string {
  const { text, encoding, params } = postData ?? {};
  if (text) return encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text;
  return (params ?? [])
    .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value ?? '')}`)
    .join('&');
}

/** Headers that decide what a service answers and are nobody's secret. */
export function headersOf({ request }: Entry, body: RecordedBody): Record<string, string> {
  const accept = headerOf(request.headers, 'accept');
  const by = headerOf(request.headers, 'x-requested-with');
  return {
    ...(accept !== undefined && /^application\/[\w.+-]+/.test(accept) ? { Accept: accept } : {}),
    ...(by === undefined ? {} : { 'X-Requested-With': by }),
    ...(body.kind === 'sent' && body.type !== JSON_TYPE ? { 'Content-Type': body.type } : {}),
  };
}

/** Names of headers that are the service's own, and so may be needed. */
export const ownHeadersOf = ({ request }: Entry): string[] =>
  request.headers
    .map(({ name }) => name)
    .filter(
      (name) => /^x-/i.test(name) && !/^x-(?:requested-with|forwarded-.*|real-ip|client-data|devtools-.*)$/i.test(name),
    );

/** Whether a request says who asks. */
export const saysWho = ({ request }: Entry): boolean => headerOf(request.headers, 'authorization') !== undefined;

/** How the requests say who asks: by the first way that can be had from environment variables. */
export function authIn(entries: readonly Entry[]): ModelAuth | null {
  const values = entries.flatMap(({ request }) => valuesOf(request.headers, 'authorization'));
  if (values.some((each) => /^bearer /i.test(each))) return { kind: 'bearer', variable: 'API_TOKEN' };
  if (values.some((each) => /^basic /i.test(each))) {
    return { kind: 'basic', userVariable: 'API_USER', passwordVariable: 'API_PASSWORD' };
  }
  return null;
}

/** Learns the secrets of a request and its answer. */
export function learnSecrets(secrets: Secrets, { request, response }: Entry, url: URL): void {
  for (const value of valuesOf(request.headers, 'authorization')) {
    const credentials = value.replace(/^\S+ +/, '');
    secrets.learn(credentials);
    if (!/^basic /i.test(value)) continue;
    for (const part of Buffer.from(credentials, 'base64').toString('utf8').split(':')) secrets.learn(part);
  }
  for (const { name, value } of request.headers) if (/^x-/i.test(name) && isPrivate(name)) secrets.learn(value);
  for (const { value } of cookiesOf(request.headers, response.headers)) secrets.learn(value, LONG_COOKIE);
  if (url.password !== '') secrets.learn(decoded(url.password), 1);
  secrets.learnForm(url.search.slice(1));
  const sent = textOf(request.postData);
  const document = jsonIn(sent);
  if (document === undefined) secrets.learnForm(sent);
  else secrets.learnValue(document);
  const { text, encoding } = response.content ?? {};
  if (text) secrets.learnAnswer(encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text);
}

/** Shorter cookies are settings: `theme=dark`. */
const LONG_COOKIE = 12;

/** Cookies of a request and of what its answer sets. */
function cookiesOf(sent: Headers, set: Headers): { name: string; value: string }[] {
  return [...sentCookies(sent), ...setCookies(set)].map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return { name: name.trim(), value: decoded(value.join('=').trim()) };
  });
}

const sentCookies = (headers: Headers): string[] => valuesOf(headers, 'cookie').flatMap((each) => each.split(';'));

/** A recording has a header for each, or one with a line for each. */
const setCookies = (headers: Headers): string[] =>
  valuesOf(headers, 'set-cookie')
    .flatMap((each) => each.split('\n'))
    .map((each) => each.split(';')[0] ?? '');

/** Names of cookies that were there before the recording: no answer in it sets them. */
export function foreignCookies(entries: readonly Entry[]): string[] {
  const set = new Set<string>();
  const foreign = new Set<string>();
  for (const { request, response } of entries) {
    for (const { name } of cookiesOf(request.headers, [])) if (!set.has(name)) foreign.add(name);
    for (const { name } of cookiesOf([], response.headers)) set.add(name);
  }
  return [...foreign];
}
