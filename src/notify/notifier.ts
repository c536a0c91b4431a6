import { bodyOf, type Notification, type NotifyFormat } from './message.ts';
import { Outbox, type OutboxMessage } from './outbox.ts';

/** Where to post; the URL is a secret, and stands in no message of ours. */
export interface Webhook {
  url: URL;
  format: NotifyFormat;
}

const TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/** How posting went; the problem names neither the URL nor what the server said. */
type Posted = { ok: true } | { ok: false; problem: string };

/** What is left when all was tried. */
export interface Unsent {
  messages: number;
  problem: string | null;
}

/**
 * Sends the messages of an outbox, one after another, beside a run: it never waits for them and never fails by them. A
 * message that was acknowledged is not sent again, also not by another process that opens the outbox after a crash. One whose
 * answer was lost is sent again, with the same id in the header `Headroom-Event-Id` (and `Idempotency-Key`): no sender can know
 * whether such a message arrived, so it is for the receiver to pass over an id that it has seen.
 */
export class Notifier {
  readonly #webhook: Webhook;
  readonly #outbox: Outbox;
  readonly #timeoutMs: number;
  readonly #firstPauseMs: number;
  readonly #ending = new AbortController();
  #problem: string | null = null;
  #running: Promise<void> | null = null;

  /** @param folder of the run */
  constructor(webhook: Webhook, folder: string, pace: { timeoutMs?: number; firstPauseMs?: number } = {}) {
    this.#webhook = webhook;
    this.#outbox = new Outbox(folder);
    this.#timeoutMs = pace.timeoutMs ?? TIMEOUT_MS;
    this.#firstPauseMs = pace.firstPauseMs ?? FIRST_PAUSE_MS;
  }

  /** Writes a message down and begins to send it. An event that was told before is passed over. */
  tell(notification: Notification, end?: string): void {
    const { id, at } = notification;
    const body = bodyOf(notification, this.#webhook.format);
    try {
      this.#outbox.add({ id, at, body, ...(end === undefined ? {} : { end }) });
    } catch {
      // A full disk must not end the run.
      this.#problem = 'the outbox could not be written';
      return;
    }
    this.flush();
  }

  /**
   * The same for the end of a run, which comes again when the run goes on: when its id was told before, it gets a number.
   *
   * @param end which one, as `endOf` says: one that was told is passed over
   */
  tellEnd(notification: Notification, end: string): void {
    if (this.#outbox.hasEnd(end)) return;
    const { id } = notification;
    let number = 1;
    const numbered = (): string => (number === 1 ? id : `${id}/${number}`);
    while (this.#outbox.has(numbered())) number++;
    this.tell({ ...notification, id: numbered() }, end);
  }

  /** Messages that wait. */
  get waiting(): number {
    return this.#outbox.pending().length;
  }

  /** Begins to send what waits. */
  flush(): void {
    this.#running ??= this.#send().finally(() => {
      this.#running = null;
    });
  }

  /** Sends what waits, for so long at most, and tells what is left. */
  async end(withinMs: number): Promise<Unsent> {
    const timer = setTimeout(() => this.#ending.abort(), withinMs);
    do {
      this.flush();
      await this.#running;
    } while (this.#outbox.pending().length > 0 && !this.#ending.signal.aborted);
    clearTimeout(timer);
    const messages = this.#outbox.pending().length;
    return { messages, problem: messages > 0 || this.#problem?.startsWith('the outbox') ? this.#problem : null };
  }

  async #send(): Promise<void> {
    let pauseMs = this.#firstPauseMs;
    for (let [next] = this.#outbox.pending(); next !== undefined; [next] = this.#outbox.pending()) {
      if (this.#ending.signal.aborted) return;
      const posted = await this.#post(next);
      if (posted.ok) {
        pauseMs = this.#firstPauseMs;
        try {
          this.#outbox.acknowledge(next.id, new Date().toISOString());
        } catch {
          // It is kept in memory, so this process does not send it again; another one might.
          this.#problem = 'the outbox could not be written';
        }
      } else {
        this.#problem = posted.problem;
        await this.#pause(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      }
    }
  }

  async #post({ id, body }: OutboxMessage): Promise<Posted> {
    try {
      const response = await fetch(this.#webhook.url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'headroom-event-id': id, 'idempotency-key': id },
        redirect: 'manual',
        signal: AbortSignal.any([this.#ending.signal, AbortSignal.timeout(this.#timeoutMs)]),
      });
      await response.body?.cancel().catch(() => {});
      return response.ok ? { ok: true } : { ok: false, problem: `the receiver answered ${response.status}` };
    } catch (error) {
      // The end of the run cuts the last attempt short: what went wrong before says more.
      const before = this.#ending.signal.aborted ? this.#problem : null;
      return { ok: false, problem: before ?? problemOf(error) };
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      // Waiting alone keeps no process alive.
      const timer = setTimeout(done, milliseconds).unref();
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** Codes only: messages of network errors may hold the address. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the receiver could not be reached';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'the receiver did not answer in time';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `the receiver could not be reached${code}`;
}
