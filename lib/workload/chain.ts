/** Which endpoints a visitor goes through: by index, drawn from uniform numbers. */
export interface Walk {
  /** Where it starts; null when there is nowhere to go. */
  first(u: number): number | null;
  /** Where it goes on to; null at the end. */
  next(place: number, u: number): number | null;
}

/** What sessions do, as counts: docs/reference/workload.md. */
export interface SessionCounts {
  starts: readonly number[];
  next: readonly (readonly number[])[];
}

/** Shares of the requests that are sent at all. */
export function replayedShare(endpoints: readonly { share: number }[], sent: readonly boolean[]): number {
  return endpoints.reduce((sum, { share }, i) => sum + (sent[i] === true ? share : 0), 0);
}

/**
 * The walk of a session, a first-order Markov chain with the chances that the counts say; or a single request to one of the
 * endpoints that are sent, by their shares.
 */
export function walkOf(
  endpoints: readonly { share: number }[],
  sent: readonly boolean[],
  sessions: SessionCounts | undefined,
): Walk {
  if (sessions !== undefined) {
    const end = endpoints.length + 1;
    return {
      first: (u) => drawn(sessions.starts, u),
      next: (place, u) => {
        const chosen = drawn(sessions.next[place] ?? [], u);
        return chosen === end ? null : chosen;
      },
    };
  }
  const weights = endpoints.map(({ share }, i) => (sent[i] === true ? share : 0));
  return { first: (u) => drawn(weights, u), next: () => null };
}

/** Index drawn with a chance in proportion to its weight; null when all are 0. */
export function drawn(weights: readonly number[], u: number): number | null {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
  let left = u * total;
  let last: number | null = null;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight === 0) continue;
    last = i;
    if (left < weight) return i;
    left -= weight;
  }
  return last;
}

/**
 * Rank (from 0) of an id whose popularity follows a curve of points (number of ids, share of the requests that these get).
 * Between two points ids follow Zipf's law with exponent 1, where the logarithm of the rank is uniform; points are close, so the
 * curve has the exponent of the data whatever that is.
 */
export function rankOf(curve: readonly (readonly [ids: number, share: number])[], u: number): number {
  let low = 0;
  let high = curve.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((curve[middle]?.[1] ?? 1) <= u) low = middle;
    else high = middle;
  }
  const [from, before] = curve[low] ?? [0, 0];
  const [to, after] = curve[high] ?? [0, 1];
  const part = after > before ? (u - before) / (after - before) : 0;
  const rank = Math.floor((from + 1) * ((to + 1) / (from + 1)) ** part) - 1;
  return Math.max(from, Math.min(to - 1, rank));
}

/** A route with its placeholders filled, in order; the last one takes what is left, slashes too. */
export function pathOf(route: string, values: string): string {
  const places = route.split('{').length - 1;
  if (places === 0) return route;
  const parts = values.split('/');
  const given = [...parts.slice(0, places - 1), parts.slice(places - 1).join('/')];
  let used = 0;
  return route.replace(/\{[^}]*\}/g, () => given[used++] ?? '');
}
