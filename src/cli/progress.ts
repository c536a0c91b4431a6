import type { LiveStatus } from '../run/live.ts';
import type { Io } from './io.ts';

/** Seconds between lines where nobody watches. */
const PLAIN_INTERVAL = 10;
const BAR_WIDTH = 24;

/** Shows a run while it goes: a block that is drawn anew on a terminal, a plain line every ten seconds elsewhere. */
export class ProgressView {
  readonly #io: Io;
  readonly #live: boolean;
  #linesDrawn = 0;
  #lastPlain = Number.NEGATIVE_INFINITY;

  constructor(io: Io) {
    this.#io = io;
    this.#live = isInteractive(io);
  }

  /** A sentence of its own, kept on the screen. */
  note(line: string): void {
    this.#erase();
    this.#io.stderr.write(`${line}\n`);
  }

  /** @param above lines that a terminal shows over the block */
  update(status: LiveStatus, above: readonly string[] = []): void {
    if (!this.#live) {
      if (status.elapsedSeconds - this.#lastPlain < PLAIN_INTERVAL) return;
      this.#lastPlain = status.elapsedSeconds;
      this.#io.stderr.write(`${plainLine(status)}\n`);
      return;
    }
    this.#erase();
    const columns = this.#io.stderr.columns ?? 80;
    const lines = [...above, ...blockLines(status)].map((line) => line.slice(0, columns - 1));
    this.#io.stderr.write(lines.map((line) => `${line}\n`).join(''));
    this.#linesDrawn = lines.length;
  }

  /** A run has ended: takes the live block off the screen. Another one may follow. */
  end(): void {
    this.#erase();
    this.#lastPlain = Number.NEGATIVE_INFINITY;
  }

  #erase(): void {
    // ECMA-48: cursor up by that many lines, then erase to the end of the screen.
    if (this.#linesDrawn > 0) this.#io.stderr.write(`\u001b[${this.#linesDrawn}A\u001b[0J`);
    this.#linesDrawn = 0;
  }
}

/** Whether a person watches: a terminal, and neither CI nor TERM=dumb. */
function isInteractive(io: Io): boolean {
  return io.stderr.isTTY === true && !io.env.CI && io.env.TERM !== 'dumb';
}

/** Whether colour is welcome; https://no-color.org: any non-empty NO_COLOR turns it off. */
export function wantsColour(io: Io): boolean {
  return isInteractive(io) && !io.env.NO_COLOR;
}

function blockLines(status: LiveStatus): string[] {
  const { elapsedSeconds, totalSeconds } = status;
  const share = totalSeconds === null ? 0 : Math.min(1, elapsedSeconds / totalSeconds);
  const bar = '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
  const time =
    totalSeconds === null ? clock(elapsedSeconds) : `${bar} ${clock(elapsedSeconds)} / ${clock(totalSeconds)}`;
  return [
    `  ${time}`,
    `  journeys/s  ${rates(status)}   requests/s ${status.requestRate.toFixed(0)}   errors ${percent(status.errorRate)}   dropped ${status.droppedIterations}`,
    `  p95 ms      ${status.p95.map(({ endpoint, ms }) => `${endpoint} ${ms.toFixed(0)}`).join('   ') || '–'}`,
    `  VUs         ${status.vus}${status.maxVus === null ? '' : ` of ${status.maxVus}`}   generator CPU ${percent(status.cpuShare)}`,
  ];
}

function plainLine(status: LiveStatus): string {
  const total = status.totalSeconds === null ? '' : `/${clock(status.totalSeconds)}`;
  const p95 = status.p95.map(({ endpoint, ms }) => `${endpoint} ${ms.toFixed(0)} ms`).join(', ');
  return [
    `${clock(status.elapsedSeconds)}${total}`,
    `journeys/s ${rates(status)}`,
    `requests/s ${status.requestRate.toFixed(0)}`,
    `errors ${percent(status.errorRate)}`,
    `dropped ${status.droppedIterations}`,
    `VUs ${status.vus}`,
    `generator CPU ${percent(status.cpuShare)}`,
    ...(p95 === '' ? [] : [`p95 ${p95}`]),
  ].join(' · ');
}

function rates({ iterationRate, plannedRate }: LiveStatus): string {
  return plannedRate === null ? iterationRate.toFixed(0) : `${iterationRate.toFixed(0)} of ${plannedRate.toFixed(0)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = String(Math.floor((whole % 3600) / 60)).padStart(hours > 0 ? 2 : 1, '0');
  return `${hours > 0 ? `${hours}:` : ''}${minutes}:${String(whole % 60).padStart(2, '0')}`;
}
