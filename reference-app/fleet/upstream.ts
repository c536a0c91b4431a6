import { Agent, errors, request } from 'undici';
import { Problem } from '../http/problems.ts';
import type { ContextName } from '../switches.ts';

export interface UpstreamRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer | null;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Tries before a context counts as down. */
const ATTEMPTS = 3;
const RETRY_AFTER_SECONDS = 1;
/** The process that is asked has the time-outs; this ends a wait for one that hangs. */
const PATIENCE_MS = 120_000;

/** The processes of one context, asked in turn. */
export class Upstream {
  readonly #name: string;
  readonly #urls: () => readonly string[];
  readonly #agent = new Agent({ headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
  #turn = 0;

  /** @param urls of the processes that run now */
  constructor(name: string, urls: () => readonly string[]) {
    this.#name = name;
    this.#urls = urls;
  }

  /**
   * Asks the next process. One that cannot be reached is passed over; so is one that dies over a request that changes
   * nothing.
   * @throws Problem `overloaded` when none answers
   */
  async ask({ method, path, headers, body }: UpstreamRequest): Promise<UpstreamAnswer> {
    let cause: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const urls = this.#urls();
      const url = urls[this.#turn++ % urls.length];
      if (url === undefined) break;
      try {
        const answer = await request(url + path, { method: methodOf(method), headers, body, dispatcher: this.#agent });
        return {
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.from(await answer.body.arrayBuffer()),
        };
      } catch (error) {
        cause = error;
        if (method === 'POST' && !neverArrived(error)) break;
      }
    }
    throw new Problem('overloaded', `the ${this.#name} service does not answer`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause,
    });
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

/** One for each context. */
export function upstreamsTo(urls: (context: ContextName) => readonly string[]): Record<ContextName, Upstream> {
  const to = (context: ContextName) => new Upstream(context, () => urls(context));
  return {
    users: to('users'),
    pets: to('pets'),
    search: to('search'),
    bookings: to('bookings'),
    payments: to('payments'),
    notifications: to('notifications'),
  };
}

const methodOf = (method: string): 'GET' | 'HEAD' | 'POST' =>
  method === 'POST' ? 'POST' : method === 'HEAD' ? 'HEAD' : 'GET';

const neverArrived = (error: unknown): boolean =>
  error instanceof errors.ConnectTimeoutError ||
  (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED');
