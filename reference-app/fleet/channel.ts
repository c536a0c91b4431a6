/** A process at the other end of an IPC channel. */
export interface Wire {
  send?(message: Message, done: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: Message) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/** Questions and answers travel as the text of JSON. */
type Message =
  | { readonly ask: number; readonly what: string; readonly question: string }
  | { readonly answered: number; readonly answer: string }
  | { readonly answered: number; readonly failed: string };

/** What a process can be asked: each question by its name, with what comes with it and what is answered. */
export type Questions = Record<string, { readonly question: unknown; readonly answer: unknown }>;

/** How a process answers what it can be asked. */
export type Answers<Mine extends Questions> = {
  readonly [Name in keyof Mine]: (question: Mine[Name]['question']) => Promise<Mine[Name]['answer']>;
};

/** The other process is gone: it will not answer any more. */
export class ProcessGoneError extends Error {
  override readonly name = 'ProcessGoneError';
}

/** Asks the process at the other end of a wire, and answers what it asks. */
export class Channel<Theirs extends Questions, Mine extends Questions> {
  readonly #wire: Wire;
  readonly #waiting = new Map<number, { answer(text: string): void; fail(error: Error): void }>();
  #asked = 0;
  #gone = false;

  constructor(wire: Wire, answers: Answers<Mine>) {
    this.#wire = wire;
    wire.on('message', (message) => {
      if ('ask' in message) void this.#answer(message, answers);
      else if ('answered' in message) {
        const waiting = this.#waiting.get(message.answered);
        this.#waiting.delete(message.answered);
        if ('failed' in message) waiting?.fail(new Error(message.failed));
        else waiting?.answer(message.answer);
      }
    });
    wire.once('disconnect', () => this.lost());
  }

  /** @throws ProcessGoneError when the other process ends first, Error with its words when it fails */
  ask<Name extends keyof Theirs & string>(
    what: Name,
    question: Theirs[Name]['question'],
  ): Promise<Theirs[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return reject(new ProcessGoneError('the process is gone'));
      const number = this.#asked++;
      this.#waiting.set(number, {
        answer: (text) => {
          const answer: Theirs[Name]['answer'] = JSON.parse(text);
          resolve(answer);
        },
        fail: reject,
      });
      this.#send({ ask: number, what, question: JSON.stringify(question) });
    });
  }

  async #answer<Name extends keyof Mine & string>(
    { ask, what, question }: { ask: number; what: Name | string; question: string },
    answers: Answers<Mine>,
  ): Promise<void> {
    try {
      const answer = answers[what];
      if (answer === undefined) throw new TypeError(`nobody answers ${what}`);
      this.#send({ answered: ask, answer: JSON.stringify(await answer(JSON.parse(question))) });
    } catch (error) {
      this.#send({ answered: ask, failed: error instanceof Error ? error.message : String(error) });
    }
  }

  #send(message: Message): void {
    if (this.#gone) return;
    this.#wire.send?.(message, (error) => {
      if (error !== null) this.lost();
    });
  }

  /** The other process has ended: what it was asked fails. */
  lost(): void {
    this.#gone = true;
    for (const { fail } of this.#waiting.values()) fail(new ProcessGoneError('the process is gone'));
    this.#waiting.clear();
  }
}
