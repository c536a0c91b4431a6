/** One request, as a line of an access log tells it. */
export interface LoggedRequest {
  /** Milliseconds since 1970, UTC. */
  at: number;
  /** Minutes by which the log's own clock is ahead of UTC. */
  offsetMinutes: number;
  method: string;
  /** Path with query; null where the log has the route alone. */
  url: string | null;
  /** The route as the service names it (`/sitters/:id`); null where the log does not say. */
  route: string | null;
  status: number | null;
  durationMs: number | null;
  /** Whoever sent it: a session or user, or address and user agent; null where the log does not say. */
  client: string | null;
}

/** What a line holds: a request, something else that is well-formed, or neither. */
export type ParsedLine = LoggedRequest | 'unreadable' | 'not a request';

/** Methods that change nothing (RFC 9110, section 9.2.1) and ask for something: what a replay sends by itself. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];

const METHOD = /^[A-Z]{3,10}$/;

/** Method and path of a request line such as `GET /sitters?page=2 HTTP/1.1`; null when it is none. */
export function parseRequestLine(text: string): { method: string; url: string } | null {
  const first = text.indexOf(' ');
  if (first < 0) return null;
  const second = text.indexOf(' ', first + 1);
  const method = text.slice(0, first);
  const url = pathOf(second < 0 ? text.slice(first + 1) : text.slice(first + 1, second));
  return url === null || !METHOD.test(method) ? null : { method, url };
}

/** Path and query of a request target, without the origin that a proxy's has; null for `*` and the like. */
export function pathOf(target: string): string | null {
  if (target.charCodeAt(0) === 0x2f) return target;
  const [, path = ''] = /^https?:\/\/[^/?#]*([^#]*)/i.exec(target) ?? [undefined, null];
  return path === null ? null : path.startsWith('/') ? path : `/${path}`;
}

export const isMethod = (text: string): boolean => METHOD.test(text);
