import { b64encode } from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { Answer } from './answer.ts';
import type { RequestBody } from './endpoint.ts';

/** Says who asks. Each virtual user has its own. */
export interface Auth {
  /** Headers that go with a request, asking for what they need first where that is due. */
  headers(baseUrl: string): Readonly<Record<string, string>>;
  /** An answer was 401: what is held is given up, and the next request asks for a new one. */
  refused(): void;
}

const TIMEOUT = '10s';
/** Of their life, how much tokens are used for at least; up to this much more, so that virtual users do not renew theirs all at once. */
const USED = 0.8;
const SPREAD = 0.1;
/** Life of a token whose server does not say, seconds. */
const UNKNOWN_LIFE = 300;

/**
 * A secret from the environment, where no list of processes, archive or report shows it.
 *
 * @param variable its name
 * @throws Error when it is not set
 * @example
 * const signIn = login({ path: '/login', body: () => ({ user: 'load', password: secret('LOAD_PASSWORD') }) });
 */
export function secret(variable: string): string {
  const value = __ENV[variable];
  if (!value) throw new Error(`the environment variable ${variable} is not set: the scenario takes a secret from it`);
  return value;
}

/** Headers that stay what they are. */
const fixed = (headers: Readonly<Record<string, string>>): Auth => ({ headers: () => headers, refused() {} });

/**
 * A token that does not change, sent as `Authorization: Bearer …` (RFC 6750).
 *
 * @param variable environment variable that holds the token
 * @throws Error when it is not set
 * @example
 * const auth = bearer('API_TOKEN');
 */
export const bearer = (variable: string): Auth => fixed({ Authorization: `Bearer ${secret(variable)}` });

/**
 * A key in a header of the service's own.
 *
 * @param name of the header
 * @param variable environment variable that holds the key
 * @throws Error when it is not set
 * @example
 * const auth = apiKey('X-API-Key', 'API_KEY');
 */
export const apiKey = (name: string, variable: string): Auth => fixed({ [name]: secret(variable) });

/**
 * User and password with every request (RFC 7617).
 *
 * @param userVariable environment variable that holds the user
 * @param passwordVariable environment variable that holds the password
 * @throws Error when one is not set
 * @example
 * const auth = basic('API_USER', 'API_PASSWORD');
 */
export const basic = (userVariable: string, passwordVariable: string): Auth =>
  fixed({ Authorization: `Basic ${b64encode(`${secret(userVariable)}:${secret(passwordVariable)}`)}` });

/**
 * A cookie that does not change.
 *
 * @param name of the cookie
 * @param variable environment variable that holds its value
 * @throws Error when it is not set
 * @example
 * const auth = cookie('session', 'SESSION_COOKIE');
 */
export const cookie = (name: string, variable: string): Auth => fixed({ Cookie: `${name}=${secret(variable)}` });

/** How to sign in for a cookie. */
export interface LoginOptions {
  /** Of the target, from its root. */
  path: string;
  /** An object is sent as JSON; a text is sent as a form. */
  body: () => RequestBody;
  /** Seconds after which to sign in again; 1,800 without it. */
  renewSeconds?: number;
  /** Name of the requests in results; `login` without it. */
  name?: string;
}

/**
 * A session by cookies: each virtual user signs in once, sends the cookies that the answer set, and signs in again after a while
 * and after a 401. Cookies that later answers set belong to the iteration.
 *
 * @returns what fails the journey when the target refuses, or sets no cookie
 * @example
 * const auth = login({ path: '/login', body: () => ({ user: 'load', password: secret('LOAD_PASSWORD') }) });
 */
export function login({ path, body, renewSeconds = 1800, name = 'login' }: LoginOptions): Auth {
  return renewed(name, (baseUrl) => {
    const sent = body();
    const form = typeof sent === 'string';
    const answer = post(name, `${baseUrl}${path}`, form ? sent : JSON.stringify(sent), {
      'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
    });
    const accepted = answer.status >= 200 && answer.status < 400 && answer.cookies !== '';
    return accepted ? { headers: { Cookie: answer.cookies }, seconds: renewSeconds } : answer;
  });
}

/** How to get tokens by client credentials. */
export interface OAuth2Options {
  /** Where tokens are given out: a URL, or a path of the target. */
  tokenUrl: string;
  /** Environment variable that holds the client's id. */
  clientId: string;
  /** Environment variable that holds the client's secret. */
  clientSecret: string;
  scope?: string;
  audience?: string;
  /** Whether id and secret go into the header, as RFC 6749 prefers, or into the body; `header` without it. */
  credentialsIn?: 'header' | 'body';
  /** Name of the requests in results; `token` without it. */
  name?: string;
}

/**
 * Tokens by OAuth 2 client credentials (RFC 6749, section 4.4): each virtual user asks for one before its first request, renews it
 * before it ends, and asks for another after a 401.
 *
 * @returns what fails the journey when no token is given out
 * @throws Error when an environment variable is not set
 * @example
 * const auth = oauth2({ tokenUrl: '/oauth/token', clientId: 'CLIENT_ID', clientSecret: 'CLIENT_SECRET', scope: 'read' });
 */
export function oauth2(options: OAuth2Options): Auth {
  const { tokenUrl, scope, audience, credentialsIn = 'header', name = 'token' } = options;
  const id = secret(options.clientId);
  const password = secret(options.clientSecret);
  const inBody = credentialsIn === 'body';
  const form = Object.entries({
    grant_type: 'client_credentials',
    scope,
    audience,
    ...(inBody ? { client_id: id, client_secret: password } : {}),
  })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]))
    .join('&');
  // Both are form-encoded before they are joined: RFC 6749, section 2.3.1.
  const pair = b64encode(`${encodeURIComponent(id)}:${encodeURIComponent(password)}`);
  return renewed(name, (baseUrl) => {
    const url = tokenUrl.startsWith('/') ? `${baseUrl}${tokenUrl}` : tokenUrl;
    const answer = post(name, url, form, {
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      ...(inBody ? {} : { Authorization: `Basic ${pair}` }),
    });
    const token = answer.json('access_token');
    if (answer.status !== 200 || typeof token !== 'string') return answer;
    const seconds = Number(answer.json('expires_in') ?? UNKNOWN_LIFE);
    return { headers: { Authorization: `Bearer ${token}` }, seconds };
  });
}

/** What was asked for, and for how long it may be used; or the answer that refused it. */
type Asked = { headers: Readonly<Record<string, string>>; seconds: number } | Answer;

function renewed(name: string, ask: (baseUrl: string) => Asked): Auth {
  let held: Readonly<Record<string, string>> | null = null;
  let until = 0;
  return {
    headers(baseUrl) {
      if (held !== null && Date.now() < until) return held;
      const asked = ask(baseUrl);
      if (asked instanceof Answer) {
        held = null;
        throw new Refused(name, asked.error || `status ${asked.status}`);
      }
      // The golden ratio spreads the virtual users' numbers evenly.
      const share = USED + SPREAD * ((exec.vu.idInTest * 0.618_034) % 1);
      held = asked.headers;
      until = Date.now() + asked.seconds * 1000 * share;
      return held;
    },
    refused() {
      held = null;
    },
  };
}

/** Nobody could be signed in. */
export class Refused extends Error {
  readonly endpoint: string;

  constructor(endpoint: string, why: string) {
    super(why);
    this.endpoint = endpoint;
  }
}

function post(name: string, url: string, body: string, headers: Record<string, string>): Answer {
  return new Answer(
    http.post(url, body, {
      tags: { name },
      headers: { 'X-Load-Test': 'headroom', ...headers },
      responseType: 'text',
      timeout: TIMEOUT,
      redirects: 0,
      // Its cookies go into a header of ours, not twice.
      jar: new http.CookieJar(),
      responseCallback: http.expectedStatuses({ min: 200, max: 399 }),
    }),
  );
}
