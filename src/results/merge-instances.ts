import { CellSum } from './cell-sum.ts';
import type { Buckets } from './histogram.ts';
import type { Packed } from './pack.ts';
import type { StoredWindows } from './read.ts';
import { type Series, SeriesRegistry } from './registry.ts';
import { type CellData, FIRST_PART, kept, type Part, type Sink, type Window } from './window.ts';

/** Of these each generator tells its own part: what all have at a time is the sum. */
const ADD_UP = new Set(['vus', 'vus_max']);

type Contents = Buckets | Packed;

/** Where the cells of a series go. */
interface Slot {
  sum: CellSum;
  addsUp: boolean;
}

/**
 * Adds up windows of several generators. Counts, sums, extremes and histograms are those of all samples together. Virtual
 * users of the generators are added; one that told none in this window, as its second is a little longer, has as many as
 * before.
 */
export class WindowSum {
  readonly #registry: SeriesRegistry;
  readonly #part: Readonly<Part>;
  readonly #slots = new Map<Series, Slot>();
  /** By generator: where each of its own series goes. */
  readonly #known: Map<Series, Slot>[];
  /** By generator: what it last told of a series that adds up. */
  readonly #latest: Map<Series, CellData<Contents>>[];
  /** Of the window that is open, as they came. */
  #open: Slot[] = [];
  #second = Number.POSITIVE_INFINITY;
  #end = Number.NEGATIVE_INFINITY;

  /** @param count number of generators */
  constructor(count: number, { registry = newRegistry(), part = FIRST_PART }: SumOptions = {}) {
    this.#registry = registry;
    this.#part = part;
    this.#known = Array.from({ length: count }, () => new Map());
    this.#latest = Array.from({ length: count }, () => new Map());
  }

  /** Adds a window of a generator, counted from 0. */
  add(generator: number, window: Window<Contents>): void {
    this.#second = Math.min(this.#second, window.second);
    this.#end = Math.max(this.#end, window.second + window.seconds);
    const known = this.#known[generator];
    for (const cell of window.cells) {
      let slot = known?.get(cell.series);
      if (slot === undefined) {
        slot = this.#slotOf(cell.series);
        known?.set(cell.series, slot);
      }
      if (slot.addsUp) this.#latest[generator]?.set(slot.sum.series, { ...cell });
      if (slot.sum.add(cell)) this.#open.push(slot);
    }
  }

  #slotOf({ metric, tags }: Series): Slot {
    const series = this.#registry.intern(metric, tags);
    const known = this.#slots.get(series);
    if (known !== undefined) return known;
    const slot = { sum: new CellSum(series), addsUp: ADD_UP.has(metric) };
    this.#slots.set(series, slot);
    return slot;
  }

  /** A generator has ended: it has no virtual users any more. */
  left(generator: number): void {
    this.#latest[generator]?.clear();
  }

  /** The window of all that was added since the last one. */
  close(): Window {
    const [second, end, slots] = [this.#second, this.#end, this.#open];
    this.#second = Number.POSITIVE_INFINITY;
    this.#end = Number.NEGATIVE_INFINITY;
    this.#open = [];
    return {
      second,
      seconds: end - second,
      part: this.#part,
      cells: slots.map(({ sum, addsUp }) => {
        const cell = sum.take();
        return addsUp ? this.#added(cell.series) : cell;
      }),
    };
  }

  #added(series: Series): CellData {
    const added: CellData = { series, count: 0, sum: 0, min: 0, max: 0, last: 0, buckets: null };
    for (const latest of this.#latest) {
      const cell = latest.get(series);
      if (cell === undefined) continue;
      // As if all had told it at the same moments.
      added.count = Math.max(added.count, cell.count);
      added.min += cell.min;
      added.max += cell.max;
      added.last += cell.last;
      added.sum += cell.sum / cell.count;
    }
    return { ...added, sum: added.sum * added.count };
  }
}

interface SumOptions {
  registry?: SeriesRegistry;
  part?: Readonly<Part>;
}

const newRegistry = (): SeriesRegistry => new SeriesRegistry(Number.POSITIVE_INFINITY);

/** Windows of one generator as they are read. */
class Stream {
  readonly #pieces: AsyncIterator<Iterable<Window<Contents>>>;
  #piece: Iterator<Window<Contents>> = [][Symbol.iterator]();
  /** That is next; null behind the last one. */
  head: Window<Contents> | null = null;

  constructor(windows: StoredWindows<Contents>) {
    this.#pieces = windows[Symbol.asyncIterator]();
  }

  /** Goes on to the next window; whether that is not read yet and has to be waited for, by `wait`. */
  next(): boolean {
    const { done, value } = this.#piece.next();
    this.head = done === true ? null : value;
    return done === true;
  }

  async wait(): Promise<void> {
    do {
      const piece = await this.#pieces.next();
      if (piece.done === true) return;
      this.#piece = piece.value[Symbol.iterator]();
    } while (this.next());
  }

  async close(): Promise<void> {
    await this.#pieces.return?.(undefined);
  }
}

/**
 * Merges the windows of several generators in order of time, in memory for one piece of the windows of each. Windows that
 * overlap become one: where the archive of one generator is coarser than that of another, the longer window holds.
 *
 * @param stored windows of each generator, in order
 * @param saw is told of each of them, and of whose it is
 */
export async function* mergedWindows(
  stored: readonly StoredWindows<Contents>[],
  saw: (generator: number, window: Window<Contents>) => void = () => {},
): AsyncGenerator<Window> {
  const sum = new WindowSum(stored.length);
  const streams = stored.map((windows) => new Stream(windows));
  try {
    await Promise.all(streams.map((stream) => stream.wait()));
    for (;;) {
      const first = streams.reduce(
        (least, { head }) => Math.min(least, head?.second ?? least),
        Number.POSITIVE_INFINITY,
      );
      if (first === Number.POSITIVE_INFINITY) return;
      let end = first + 1;
      for (let grown = true; grown; ) {
        grown = false;
        for (const [i, stream] of streams.entries()) {
          for (let { head } = stream; head !== null && head.second < end; { head } = stream) {
            saw(i, head);
            sum.add(i, head);
            if (head.second + head.seconds > end) {
              end = head.second + head.seconds;
              grown = true;
            }
            if (stream.next()) await stream.wait();
          }
        }
      }
      yield sum.close();
      // Not before: its last window still has its virtual users.
      streams.forEach(({ head }, i) => {
        if (head === null) sum.left(i);
      });
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.close()));
  }
}

/** Seconds that the windows of one generator may be behind those of another. */
const MOST_BEHIND = 60;

/**
 * Merges the windows of generators that run: a window is handed on once every generator is past it or has ended. One that is a
 * minute behind is no longer waited for; what it still tells is counted in the second that is next.
 */
export class InstanceMerger {
  readonly #sinks: readonly Sink[];
  readonly #sum: WindowSum;
  readonly #waiting = new Map<number, [generator: number, window: Window][]>();
  /** By generator: the end of its last window; infinite once it has ended. */
  readonly #reached: number[];
  /** Seconds below this have been handed on. */
  #doneBelow = Number.NEGATIVE_INFINITY;

  constructor(count: number, sinks: readonly Sink[], part: Readonly<Part> = FIRST_PART) {
    this.#sinks = sinks;
    this.#sum = new WindowSum(count, { part });
    this.#reached = Array.from({ length: count }, () => Number.NEGATIVE_INFINITY);
  }

  /** Where the windows of a generator go, counted from 0. */
  sinkOf(generator: number): Sink {
    return { write: (window) => this.#take(generator, window), close: async () => {} };
  }

  /** A generator has ended: no window of it will come. */
  end(generator: number): void {
    this.#reached[generator] = Number.POSITIVE_INFINITY;
    this.#handOn();
  }

  #take(generator: number, window: Window): void {
    const second = Math.max(window.second, this.#doneBelow);
    const waiting = this.#waiting.get(second) ?? [];
    this.#waiting.set(second, waiting);
    waiting.push([generator, { ...kept(window), second }]);
    this.#reached[generator] = Math.max(this.#reached[generator] ?? 0, window.second + window.seconds);
    this.#handOn();
  }

  #handOn(): void {
    const newest = Math.max(...this.#waiting.keys());
    const until = Math.max(Math.min(...this.#reached), newest - MOST_BEHIND);
    const ready = [...this.#waiting.keys()].filter((second) => second < until).sort((a, b) => a - b);
    for (const second of ready) {
      for (const [generator, window] of this.#waiting.get(second) ?? []) this.#sum.add(generator, window);
      this.#waiting.delete(second);
      this.#doneBelow = second + 1;
      const window = this.#sum.close();
      for (const sink of this.#sinks) sink.write(window);
      // Its virtual users are gone with the last of its windows.
      this.#reached.forEach((reached, generator) => {
        if (reached === Number.POSITIVE_INFINITY && !this.#hasWaiting(generator)) this.#sum.left(generator);
      });
    }
  }

  #hasWaiting(generator: number): boolean {
    return [...this.#waiting.values()].some((waiting) => waiting.some(([of]) => of === generator));
  }
}
