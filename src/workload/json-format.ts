import { type DurationUnit, parseLogTime, UNIT_MS } from './common-format.ts';
import { isMethod, type LoggedRequest, type ParsedLine, parseRequestLine, pathOf } from './request.ts';

/** What is looked for in a JSON line. */
export const FIELDS = [
  'time',
  'request',
  'method',
  'url',
  'route',
  'status',
  'duration',
  'session',
  'address',
  'userAgent',
] as const;
export type Field = (typeof FIELDS)[number];

/**
 * Names that are tried for each, in this order; a dot leads into an object. Those of response times have a unit. A field
 * that is called `duration` alone is in seconds in one server and in milliseconds in another, and is not guessed.
 */
export const FIELD_GUESSES: Readonly<Record<Exclude<Field, 'duration'>, readonly string[]>> = {
  time: ['time', '@timestamp', 'timestamp', 'ts', 'time_iso8601', 'time_local', 'msec', 'StartUTC', 'date'],
  request: ['request', 'request_line'],
  method: [
    'method',
    'request_method',
    'req.method',
    'request.method',
    'http.request.method',
    'http_method',
    'RequestMethod',
    'verb',
  ],
  url: [
    'url',
    'request_uri',
    'req.url',
    'request.uri',
    'request.url',
    'uri',
    'url.original',
    'http.target',
    'RequestPath',
    'path',
  ],
  route: ['route', 'http.route', 'req.route'],
  status: [
    'status',
    'statusCode',
    'status_code',
    'res.statusCode',
    'http.response.status_code',
    'response.status',
    'DownstreamStatus',
  ],
  session: ['session', 'sessionId', 'session_id', 'sid', 'user', 'userId', 'user_id', 'remote_user'],
  address: [
    'remote_addr',
    'client',
    'clientIp',
    'client_ip',
    'remoteAddress',
    'req.remoteAddress',
    'request.remote_ip',
    'remote_ip',
    'ip',
    'ClientHost',
    'source.ip',
    'http_x_forwarded_for',
  ],
  userAgent: [
    'user_agent',
    'userAgent',
    'http_user_agent',
    'req.headers.user-agent',
    'request.headers.User-Agent',
    'agent',
    'user_agent.original',
  ],
};
export const DURATION_GUESSES: readonly (readonly [name: string, unit: DurationUnit])[] = [
  ['durationMs', 'ms'],
  ['duration_ms', 'ms'],
  ['responseTime', 'ms'],
  ['response_time_ms', 'ms'],
  ['latency_ms', 'ms'],
  ['elapsedMs', 'ms'],
  ['request_time', 's'],
  ['event.duration', 'ns'],
  ['Duration', 'ns'],
];

interface Place {
  name: string;
  /** The way through objects, when the name has dots. */
  path: readonly string[];
  unit: DurationUnit;
}

/** Reads requests from JSON lines: pino's, those of nginx, Caddy and Traefik, and others by their field names. */
export class JsonFormat {
  readonly #places: Readonly<Record<Field, readonly Place[]>>;
  /** Where a field was found last: lines of one log are alike. */
  readonly #found: Partial<Record<Field, Place>> = {};

  /**
   * @param fields names that are given instead of guessed
   * @param unit of the response time; that of its name without
   */
  constructor(fields: Readonly<Partial<Record<Field, string>>>, unit: DurationUnit | null) {
    const place = (name: string, own: DurationUnit = 'ms'): Place => ({
      name,
      path: name.split('.'),
      unit: unit ?? own,
    });
    const placesOf = (field: Field): Place[] => {
      const given = fields[field];
      if (given !== undefined) {
        return [place(given, DURATION_GUESSES.find(([name]) => name === given)?.[1])];
      }
      if (field === 'duration') return DURATION_GUESSES.map(([name, own]) => place(name, own));
      return FIELD_GUESSES[field].map((name) => place(name));
    };
    this.#places = {
      time: placesOf('time'),
      request: placesOf('request'),
      method: placesOf('method'),
      url: placesOf('url'),
      route: placesOf('route'),
      status: placesOf('status'),
      duration: placesOf('duration'),
      session: placesOf('session'),
      address: placesOf('address'),
      userAgent: placesOf('userAgent'),
    };
  }

  parse(line: string): ParsedLine {
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      return 'unreadable';
    }
    if (!isRecord(record)) return 'unreadable';
    const what = this.#whatOf(record);
    if (what === null) return 'not a request';
    const time = timeOf(this.#read(record, 'time')?.value);
    if (time === null) return 'unreadable';
    const status = Number(this.#read(record, 'status')?.value);
    const duration = this.#read(record, 'duration');
    const durationMs = Number(duration?.value) * UNIT_MS[duration?.place.unit ?? 'ms'];
    return {
      ...time,
      ...what,
      status: status >= 100 && status < 600 ? status : null,
      durationMs: duration !== null && duration.value !== '' && durationMs >= 0 ? durationMs : null,
      client: this.#clientOf(record),
    };
  }

  #whatOf(record: Readonly<Record<string, unknown>>): Pick<LoggedRequest, 'method' | 'url' | 'route'> | null {
    const line = this.#read(record, 'request')?.value;
    const asked = typeof line === 'string' ? parseRequestLine(line) : null;
    const named = this.#read(record, 'route')?.value;
    const [, routeMethod, routePath] = /^(?:([A-Z]+) )?(\/\S*)$/.exec(typeof named === 'string' ? named : '') ?? [];
    const method = asked?.method ?? this.#read(record, 'method')?.value ?? routeMethod;
    const target = asked?.url ?? this.#read(record, 'url')?.value;
    const url = typeof target === 'string' ? pathOf(target) : null;
    const route = routePath ?? null;
    if (typeof method !== 'string' || !isMethod(method) || (url === null && route === null)) return null;
    return { method, url, route };
  }

  #clientOf(record: Readonly<Record<string, unknown>>): string | null {
    const session = this.#read(record, 'session')?.value;
    if ((typeof session === 'string' && session !== '' && session !== '-') || typeof session === 'number') {
      return `user ${session}`;
    }
    const address = this.#read(record, 'address')?.value;
    if (typeof address !== 'string' || address === '') return null;
    const agent = this.#read(record, 'userAgent')?.value;
    // Behind proxies the first address is the client's.
    return `${address.split(',', 1)[0]} ${typeof agent === 'string' ? agent : Array.isArray(agent) ? agent[0] : ''}`;
  }

  #read(record: Readonly<Record<string, unknown>>, field: Field): { value: unknown; place: Place } | null {
    const last = this.#found[field];
    if (last !== undefined) {
      const value = valueAt(record, last);
      if (value !== undefined) return { value, place: last };
    }
    for (const place of this.#places[field]) {
      const value = valueAt(record, place);
      // An object of that name (`request: {…}`) is no value.
      if (value === undefined || isRecord(value)) continue;
      this.#found[field] = place;
      return { value, place };
    }
    return null;
  }
}

function valueAt(record: Readonly<Record<string, unknown>>, { name, path }: Place): unknown {
  const direct = record[name];
  if (direct !== undefined || path.length === 1) return direct ?? undefined;
  let value: unknown = record;
  for (const part of path) {
    if (!isRecord(value)) return undefined;
    value = value[part];
  }
  return value ?? undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Numbers since 1970 in the unit that makes them a time of this century; ISO 8601, UTC where it names no zone; or as in access logs. */
function timeOf(value: unknown): { at: number; offsetMinutes: number } | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : null;
  if (number !== null) {
    const at = number > 1e17 ? number / 1e6 : number > 1e14 ? number / 1e3 : number > 1e11 ? number : number * 1e3;
    return at > 0 ? { at, offsetMinutes: 0 } : null;
  }
  if (typeof value !== 'string') return null;
  if (/^\d{4}-\d\d-\d\d[T ]/.test(value)) {
    const [, sign, hours, minutes] = /([+-])(\d\d):?(\d\d)$/.exec(value.slice(11)) ?? [];
    const zoned = sign !== undefined || value.endsWith('Z');
    const at = Date.parse(`${value.slice(0, 10)}T${value.slice(11)}${zoned ? '' : 'Z'}`);
    const offsetMinutes = (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
    return Number.isNaN(at) ? null : { at, offsetMinutes };
  }
  const time = parseLogTime(value);
  return Number.isNaN(time.at) ? null : { ...time };
}
