import { LOGICAL_SHARDS } from './ids.ts';
import { REGIONS } from './regions.ts';

/** Share of the load that each logical shard gets; those without a region get none yet. */
const weights = new Map(REGIONS.map(({ logicalShard, weight }) => [logicalShard, weight]));

/** Share of the load on these logical shards, 0 to 1. */
export const weightOf = (logicalShards: readonly number[]): number =>
  logicalShards.reduce((sum, logical) => sum + (weights.get(logical) ?? 0), 0);

/**
 * The logical shards that each of `count` databases holds, so that the load is spread evenly. Twice as many databases
 * take over half of each one's load, as whole logical shards; what stays does not move.
 *
 * @param count a power of two, at most 64
 */
export function placementFor(count: number): number[][] {
  let parts = [Array.from({ length: LOGICAL_SHARDS }, (_, logical) => logical)];
  while (parts.length < count) {
    const halved = parts.map(halves);
    parts = [...halved.map(([stays]) => stays), ...halved.map(([, moves]) => moves)];
  }
  return parts;
}

/** Two parts of about the same weight: the heaviest first, each to the lighter part (R. L. Graham, 1969, LPT rule). */
export function halves(logicalShards: readonly number[]): [stays: number[], moves: number[]] {
  const parts: [number[], number[]] = [[], []];
  const heaviestFirst = logicalShards.toSorted((a, b) => weightOf([b]) - weightOf([a]) || a - b);
  for (const logical of heaviestFirst) {
    const [stays, moves] = parts;
    const lighter = weightOf(moves) - weightOf(stays) || moves.length - stays.length;
    (lighter < 0 ? moves : stays).push(logical);
  }
  return [parts[0].toSorted(ascending), parts[1].toSorted(ascending)];
}

const ascending = (a: number, b: number): number => a - b;
