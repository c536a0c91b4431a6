import type { Outage } from '../results/schema.ts';
import type { Sink, Window } from '../results/window.ts';

/** Share of failed requests from which a second belongs to an outage, and below which one ends it. */
const FAILING = 0.95;
const ANSWERING = 0.5;
/** Shorter ones are restarts of a connection, not an outage of the target. */
const SHORTEST_SECONDS = 3;
/** Requests that a silence must have swallowed before it is one: at low rates seconds pass without any. */
const MISSED_REQUESTS = 10;
/** How much a second counts in the mean rate: about the last minute. */
const RATE_WEIGHT = 1 / 60;

/** An outage that may go on. */
interface OpenOutage {
  from: number;
  /** End of the last second of it. */
  until: number;
  requests: number;
  failed: number;
}

/**
 * Finds the stretches in which the target did not answer: nearly all requests failed, or none ended although many should
 * have. Works on windows of a second, as they come while a run goes; the windows of an archive may be too long for it.
 */
export class OutageWatch implements Sink {
  readonly #found: OpenOutage[] = [];
  #first: number | null = null;
  #part = 0;
  #open: OpenOutage | null = null;
  /** Since when no request has ended. */
  #silentFrom: number | null = null;
  #next: number | null = null;
  /** Requests per second of the time in which the target answered. */
  #rate: number | null = null;

  write(window: Window): void {
    const { second, seconds, part } = window;
    this.#first ??= second;
    if (part.number !== this.#part) {
      this.#part = part.number;
      this.#end();
      this.#silentFrom = null;
    } else if (this.#next !== null && second > this.#next) this.#silentFrom ??= this.#next;
    this.#next = second + seconds;
    let requests = 0;
    let failed = 0;
    for (const { series, sum } of window.cells) {
      if (series.metric === 'http_reqs') requests += sum;
      else if (series.metric === 'http_req_failed') failed += sum;
    }
    if (requests === 0) this.#silentFrom ??= second;
    else this.#judge(window, requests, failed);
  }

  async close(): Promise<void> {}

  /** Outages so far, in seconds since the run began; one that goes on ends now. */
  get outages(): Outage[] {
    const first = this.#first ?? 0;
    return [...this.#found, ...(this.#open === null ? [] : [this.#open])]
      .filter(({ from, until }) => until - from >= SHORTEST_SECONDS)
      .map(({ from, until, requests, failed }) => ({
        fromSeconds: from - first,
        untilSeconds: until - first,
        requests,
        failed,
      }));
  }

  #judge({ second, seconds }: Window, requests: number, failed: number): void {
    const silentFrom = this.#silentFrom ?? second;
    this.#silentFrom = null;
    const share = failed / requests;
    if (share >= FAILING) {
      const missed = (second - silentFrom) * (this.#rate ?? 0);
      this.#open ??= { from: missed >= MISSED_REQUESTS ? silentFrom : second, until: second, requests: 0, failed: 0 };
      this.#open.until = second + seconds;
      this.#open.requests += requests;
      this.#open.failed += failed;
      return;
    }
    if (share >= ANSWERING) return;
    this.#end();
    const length = second + seconds - silentFrom;
    const rate = requests / length;
    this.#rate = this.#rate === null ? rate : this.#rate + (rate - this.#rate) * Math.min(1, RATE_WEIGHT * length);
  }

  #end(): void {
    if (this.#open !== null) this.#found.push(this.#open);
    this.#open = null;
  }
}

/** Outages of two looks at one run, those that overlap as one: what was seen while it went, and what its archive still shows. */
export function joinOutages(a: readonly Outage[], b: readonly Outage[]): Outage[] {
  const joined: Outage[] = [];
  for (const outage of [...a, ...b].sort((x, y) => x.fromSeconds - y.fromSeconds)) {
    const last = joined.at(-1);
    if (last === undefined || outage.fromSeconds > last.untilSeconds) {
      joined.push({ ...outage });
      continue;
    }
    last.untilSeconds = Math.max(last.untilSeconds, outage.untilSeconds);
    last.requests = Math.max(last.requests, outage.requests);
    last.failed = Math.max(last.failed, outage.failed);
  }
  return joined;
}
