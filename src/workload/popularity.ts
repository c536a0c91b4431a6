import { DistinctSample } from './distinct.ts';
import { FrequentItems } from './frequent.ts';
import type { Popularity } from './schema.ts';

/** Counters for the frequent ids of a route, and size of the fair sample of all of them. */
const COUNTERS = 4_096;
const SAMPLE = 2_048;
/** An id is taken for a frequent one when its count is so many times what it may be too high by. */
const CERTAIN = 3;
/** A rank counts for the fit when its id was asked for so often: with fewer, the order of ids is chance. */
const FEWEST_REQUESTS = 30;
const FEWEST_RANKS = 10;
/** Ids are put in order by their counts, which chance made too: intervals are wider by so much for that. Tests simulate the coverage. */
const ORDER_ERROR = 0.005;
/** The fit takes counts that are surely right to a tenth. */
const PRECISE = 10;
/** Points of the curve lie at every rank up to ten, then this factor apart. */
const STEP = 1.2;
/** Two-sided 95 % of the normal distribution. */
const Z_95 = 1.96;

/** An exponent of Zipf's law with the half width of an interval that holds it 19 times of 20, and the ranks that it was fitted to. */
export interface ZipfFit {
  exponent: number;
  error: number;
  ranks: number;
}

/**
 * Fits Zipf's law, share of rank k in proportion to k^−s, to the counts of the first ranks by maximum likelihood: at the
 * maximum the mean of ln k under the law is that of the sample. The law is taken for these ranks alone, so the fit needs
 * neither the number of ids nor the order of the rare ones, which is chance. Its variance is 1 / (N · Var(ln k)).
 *
 * Source: M. L. Goldstein, S. A. Morris and G. G. Yen, "Problems with fitting to the power-law distribution", European
 * Physical Journal B 41, 2004, equations 3 to 6, for a law that ends at the last of the ranks.
 *
 * @param counts of the ids, falling
 * @returns null with fewer than ten ids that were asked for thirty times
 */
export function fitZipf(counts: readonly number[]): ZipfFit | null {
  const end = counts.findIndex((count) => count < FEWEST_REQUESTS);
  const head = end < 0 ? counts : counts.slice(0, end);
  if (head.length < FEWEST_RANKS) return null;
  const logs = head.map((_, i) => Math.log(i + 1));
  const total = head.reduce((sum, count) => sum + count, 0);
  const observed = head.reduce((sum, count, i) => sum + count * (logs[i] ?? 0), 0) / total;
  let [low, high] = [-1, 6];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (momentsOf(logs, middle).mean > observed) low = middle;
    else high = middle;
  }
  const exponent = (low + high) / 2;
  const { variance } = momentsOf(logs, exponent);
  return { exponent, error: Z_95 / Math.sqrt(total * variance) + ORDER_ERROR, ranks: head.length };
}

/** Mean and variance of ln k where k follows Zipf's law with this exponent. */
function momentsOf(logs: readonly number[], exponent: number): { mean: number; variance: number } {
  let [weights, sum, squares] = [0, 0, 0];
  for (const log of logs) {
    const weight = Math.exp(-exponent * log);
    weights += weight;
    sum += weight * log;
    squares += weight * log * log;
  }
  const mean = sum / weights;
  return { mean, variance: squares / weights - mean * mean };
}

/** Ranks with the share of requests that each stands for. */
interface Rank {
  id: string;
  /** Requests. */
  count: number;
  /** Ids that it stands for: itself, or others of the sample's kind too. */
  ids: number;
}

/** What is asked for on one route, and how unevenly. */
export class PopularityCounter {
  readonly #frequent = new FrequentItems(COUNTERS);
  readonly #sample = new DistinctSample(SAMPLE);
  #total = 0;

  add(id: string): void {
    this.#total++;
    this.#frequent.add(id);
    this.#sample.add(id);
  }

  /** @param keep ids that are kept by name, the most popular first */
  result(keep: number): Popularity {
    const ranks = this.#ranks();
    const distinct = Math.max(this.#sample.distinct(), ranks.length);
    const precise = ranks.filter(({ ids, count }) => ids === 1 && count >= PRECISE * this.#frequent.error);
    const fit = fitZipf(precise.map(({ count }) => count));
    const kept = this.#kept(ranks, keep);
    const full = curveOf(ranks, this.#total);
    return {
      distinct,
      distinctError: this.#sample.distinctError(),
      exponent: fit?.exponent ?? null,
      exponentError: fit?.error ?? null,
      fittedRanks: fit?.ranks ?? 0,
      top1PercentShare: shareOfFirst(full, distinct * 0.01),
      top10PercentShare: shareOfFirst(full, distinct * 0.1),
      countError: this.#frequent.error,
      curve: curveOf(
        kept.map((rank) => ({ ...rank, ids: 1 })),
        this.#total,
      ),
      ids: kept.map(({ id }) => id),
    };
  }

  /** All ids by rank: the frequent ones, then those of the fair sample, each for all that are like it. */
  #ranks(): Rank[] {
    const { error } = this.#frequent;
    const all = this.#frequent.ranked();
    if (error === 0) return all.map(([id, count]) => ({ id, count, ids: 1 }));
    const head = all.filter(([, count]) => count >= CERTAIN * error);
    const known = new Set(head.map(([id]) => id));
    const rest = this.#sample.ranked().filter(([id]) => !known.has(id));
    const headCount = head.reduce((sum, [, count]) => sum + count, 0);
    const restCount = rest.reduce((sum, [, count]) => sum + count, 0);
    const each = Math.max(1, (this.#sample.distinct() - head.length) / Math.max(1, rest.length));
    const scale = Math.max(0, this.#total - headCount) / Math.max(1, restCount);
    return [
      ...head.map(([id, count]) => ({ id, count, ids: 1 })),
      ...rest.map(([id, count]) => ({ id, count: count * scale, ids: each })),
    ];
  }

  /** The ids that a replay asks for: the first ones, and of the others as many as there is room for, evenly, for all of them. */
  #kept(ranks: readonly Rank[], keep: number): Rank[] {
    if (ranks.length <= keep) return [...ranks];
    const half = Math.floor(keep / 2);
    const tail = ranks.slice(half);
    const kept: Rank[] = ranks.slice(0, half);
    for (let i = 0; i < keep - half; i++) {
      const group = tail.slice(
        Math.floor((i * tail.length) / (keep - half)),
        Math.floor(((i + 1) * tail.length) / (keep - half)),
      );
      const middle = group[group.length >> 1];
      if (middle === undefined) continue;
      kept.push({ ...middle, count: group.reduce((sum, { count }) => sum + count, 0) });
    }
    return kept;
  }
}

/** Points (number of ids, share of the requests that these get), the most popular ids first; it starts at 0 and ends at all. */
export function curveOf(ranks: readonly Pick<Rank, 'count' | 'ids'>[], total: number): [ids: number, share: number][] {
  const curve: [number, number][] = [[0, 0]];
  let [ids, count, next] = [0, 0, 1];
  for (const [i, rank] of ranks.entries()) {
    ids += rank.ids;
    count += rank.count;
    if (ids < next && i < ranks.length - 1) continue;
    curve.push([ids, i === ranks.length - 1 ? 1 : Math.min(1, count / total)]);
    next = ids < 10 ? ids + 1 : ids * STEP;
  }
  return curve;
}

/** Share of the requests that so many of the most popular ids get, between points as if those between were alike. */
function shareOfFirst(curve: readonly [ids: number, share: number][], ids: number): number {
  const wanted = Math.max(1, ids);
  for (const [i, [end, share]] of curve.entries()) {
    const [start, before] = curve[i - 1] ?? [0, 0];
    if (wanted <= end) return before + ((share - before) * (wanted - start)) / (end - start);
  }
  return 1;
}
