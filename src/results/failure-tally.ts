import type { Failure } from './series.ts';
import type { CellData, Window } from './window.ts';

/** Kinds of failures that are told apart; a target that answers with anything else than HTTP may have no end of them. */
const MOST_KINDS = 500;

/** Counts what failed in the same way, and notes when it was first and last seen. Bounded, whatever the length of the run. */
export class FailureTally {
  readonly #kinds = new Map<string, Failure>();

  add({ cells, second, seconds }: Window): void {
    for (const cell of cells) {
      const count = failedIn(cell);
      if (count <= 0) continue;
      const { name, check, status, error_code } = cell.series.tags;
      const isCheck = cell.series.metric === 'checks';
      const key = isCheck ? `check ${check} ${name}` : `request ${status} ${error_code} ${name}`;
      const known = this.#kinds.get(key);
      const last = second + seconds - 1;
      if (known !== undefined) {
        known.count += count;
        known.firstSeconds = Math.min(known.firstSeconds, second);
        known.lastSeconds = Math.max(known.lastSeconds, last);
      } else if (this.#kinds.size < MOST_KINDS) {
        this.#kinds.set(key, {
          endpoint: name ?? null,
          check: isCheck ? (check ?? '') : null,
          status: isCheck ? null : wholeOr(status, 0),
          errorCode: wholeOr(error_code, null),
          count,
          firstSeconds: second,
          lastSeconds: last,
        });
      }
    }
  }

  /** @param start first second of the run, since the epoch */
  failures(start: number): Failure[] {
    return [...this.#kinds.values()]
      .map((each) => ({
        ...each,
        firstSeconds: each.firstSeconds - start,
        lastSeconds: each.lastSeconds - start,
      }))
      .sort((a, b) => b.count - a.count || a.firstSeconds - b.firstSeconds);
  }
}

/** A sample of `http_req_failed` is 1 for a failed request, one of `checks` 0 for a failed check. */
function failedIn({ series, count, sum }: CellData): number {
  if (series.metric === 'http_req_failed') return Math.round(sum);
  return series.metric === 'checks' ? Math.round(count - sum) : 0;
}

function wholeOr<T>(text: string | undefined, without: T): number | T {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : without;
}
