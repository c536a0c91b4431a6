import { StringDecoder } from 'node:string_decoder';

/** Longer lines are no requests; they are cut so that a file without line ends does not fill memory. */
const LONGEST = 65_536;

/** Cuts a stream of bytes into lines. A line that is too long is handed on cut. */
export class Lines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';
  #skipping = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Uint8Array): void {
    const text = this.#rest + this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length <= LONGEST) return;
    if (!this.#skipping) this.#onLine(this.#rest.slice(0, LONGEST));
    this.#skipping = true;
    this.#rest = '';
  }

  /** The stream has ended: what is left is the last line. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    if (rest !== '') this.#line(rest);
  }

  #line(line: string): void {
    // The end of a line whose beginning was handed on already.
    if (this.#skipping) this.#skipping = false;
    else this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
