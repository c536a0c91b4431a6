import { HeadroomError } from '../errors.ts';
import type { Io } from './io.ts';

/** Asks on stderr, and reads answers from stdin, a line each. */
export class Questions {
  readonly #io: Io;
  readonly #stdin: Io['stdin'];
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(io: Io) {
    this.#io = io;
    this.#stdin = io.stdin;
    this.#chunks = this.#stdin[Symbol.asyncIterator]();
  }

  /**
   * Asks until the answer will do.
   *
   * @param complaint what is wrong with an answer; null where nothing is
   * @throws HeadroomError USAGE where the input ends before; what the signal was aborted with
   */
  async ask(question: string, complaint: (answer: string) => string | null = () => null): Promise<string> {
    for (;;) {
      this.#io.stderr.write(question);
      const answer = (await this.#line()).trim();
      const wrong = complaint(answer);
      if (wrong === null) return answer;
      this.#io.stderr.write(`${wrong}\n`);
    }
  }

  async #line(): Promise<string> {
    while (!this.#rest.includes('\n')) {
      const chunk = await this.#next();
      if (chunk.done) {
        throw new HeadroomError(
          'USAGE',
          'The input ended before all was answered: nothing was written.',
          'Answer the questions, or give --yes to be asked nothing.',
        );
      }
      this.#rest += this.#decoder.decode(chunk.value, { stream: true });
    }
    const [line = '', ...more] = this.#rest.split('\n');
    this.#rest = more.join('\n');
    return line;
  }

  /** The next piece of what is typed; whoever presses Ctrl-C has nothing more to say. */
  async #next(): Promise<IteratorResult<Uint8Array>> {
    const { signal } = this.#io;
    signal.throwIfAborted();
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason);
    });
    signal.addEventListener('abort', abort, { once: true });
    const next = this.#chunks.next();
    try {
      return await Promise.race([next, aborted]);
    } catch (error) {
      // A terminal that is still listened to would keep the process from ending.
      next.catch(() => {});
      this.#stdin.destroy?.();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    if (!this.#io.signal.aborted) await this.#chunks.return?.();
  }
}
