import type { Cell } from './window.ts';

/** Metric name and tags that its samples share. The collector and all readers know a series by its number. */
export interface Series {
  readonly id: number;
  readonly metric: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether the values are a distribution worth a histogram, in milliseconds or the metric's own unit. */
  readonly distribution: boolean;
  /** The cell that took the last sample: rows of one second come together, so this spares a look-up. */
  cell: Cell | null;
  /** Its cells in the windows that are open. */
  readonly open: Cell[];
}

/** k6's own metrics that are counters, rates or gauges: their values are 0, 1 or amounts, never a distribution. */
const WITHOUT_DISTRIBUTION = new Set([
  'http_reqs',
  'http_req_failed',
  'iterations',
  'dropped_iterations',
  'checks',
  'data_sent',
  'data_received',
  'vus',
  'vus_max',
  // The target's own metrics, scraped beside k6's.
  'target',
]);

/** Name that endpoints share once there are too many series. */
export const OVERFLOW_NAME = '(other)';

/** Hands out one `Series` for each metric and set of tags, up to a limit; past it, endpoint names are folded together. */
export class SeriesRegistry {
  readonly #byIdentity = new Map<string, Series>();
  readonly #all: Series[] = [];
  readonly #limit: number;
  readonly #without: ReadonlySet<string>;
  /** True once series had to be folded: endpoint figures are then incomplete. */
  overflowed = false;

  /**
   * @param limit most series to keep apart; a run of 12 endpoints has some 300
   * @param without tags that tell no series from another
   */
  constructor(limit = 5_000, without: readonly string[] = []) {
    this.#limit = limit;
    this.#without = new Set(without);
  }

  get all(): readonly Series[] {
    return this.#all;
  }

  /** The series of a metric and tags; empty tags count as absent. */
  intern(metric: string, tags: Readonly<Record<string, string>>): Series {
    const present = Object.entries(tags)
      .filter(([tag, value]) => value !== '' && !this.#without.has(tag))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const identity = JSON.stringify([metric, present]);
    const known = this.#byIdentity.get(identity);
    if (known !== undefined) return known;
    if (this.#all.length >= this.#limit && tags.name !== OVERFLOW_NAME) {
      this.overflowed = true;
      const bounded: Record<string, string> = { name: OVERFLOW_NAME };
      for (const tag of ['scenario', 'status', 'expected_response']) bounded[tag] = tags[tag] ?? '';
      return this.intern(metric, bounded);
    }
    const series: Series = {
      id: this.#all.length,
      metric,
      tags: Object.fromEntries(present),
      distribution: !WITHOUT_DISTRIBUTION.has(metric),
      cell: null,
      open: [],
    };
    this.#all.push(series);
    this.#byIdentity.set(identity, series);
    return series;
  }
}
