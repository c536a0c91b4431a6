import {
  brokenNotification,
  endedNotification,
  endOf,
  Notifier,
  startedNotification,
  type Webhook,
} from '../notify/index.ts';
import { verdictSentence } from '../report/sentences.ts';
import type { RunOutcome } from '../run/run.ts';
import type { SoakEvent } from '../run/soak.ts';
import type { Io } from './io.ts';

/** How long the end of a soak waits for messages that are still to be sent. */
const LAST_WORDS_MS = 10_000;

/** Turns what takes place in a soak into messages. */
export class NotifyDesk {
  readonly #webhook: Webhook | null;
  readonly #io: Io;
  #notifier: Notifier | null = null;
  #begun: Extract<SoakEvent, { kind: 'started' }> | null = null;

  /** @param webhook null: nobody is told */
  constructor(webhook: Webhook | null, io: Io) {
    this.#webhook = webhook;
    this.#io = io;
  }

  take(event: SoakEvent): void {
    if (this.#webhook === null) return;
    if (event.kind === 'started') {
      this.#begun = event;
      this.#notifier = new Notifier(this.#webhook, event.folder);
      this.#notifier.tell(startedNotification(event.run, this.#io.now()));
    } else {
      const { id, because } = event.objective;
      this.#notifier?.tell(brokenNotification(event.run, this.#io.now(), id, because));
    }
  }

  async ended({ run, folder }: RunOutcome): Promise<void> {
    this.#notifier?.tellEnd(endedNotification(run, this.#io.now(), verdictSentence(run)), endOf(run));
    await this.#close(folder);
  }

  /** The run ended with an error: nothing was judged. */
  async failed(): Promise<void> {
    if (this.#begun === null) return;
    const { run, folder } = this.#begun;
    const text = `${run.scenario} against ${run.target} has ended without a result.`;
    const message = startedNotification(run, this.#io.now());
    this.#notifier?.tellEnd(
      { ...message, id: `${run.id}/ended`, event: 'ended', text },
      `${message.at} without a result`,
    );
    await this.#close(folder);
  }

  async #close(folder: string): Promise<void> {
    const unsent = await this.#notifier?.end(LAST_WORDS_MS);
    if (unsent === undefined || unsent.problem === null) return;
    this.#io.stderr.write(
      `${unsent.messages} notifications were not delivered (${unsent.problem}). Send them with: headroom notify ${folder}\n`,
    );
  }
}
