import type { InstancePart } from './part.ts';

/**
 * How far the clock of each instance is ahead of the median of all, milliseconds, by how far each saw the target's; null where
 * that is not known.
 */
export function clockOffsets(parts: readonly InstancePart[]): (number | null)[] {
  const behind = parts.map(({ run }) => run?.instance.clock?.offsetMs ?? null);
  const known = behind.flatMap((offset) => offset ?? []).sort((a, b) => a - b);
  const [low, high] = [known[(known.length - 1) >> 1] ?? 0, known[known.length >> 1] ?? 0];
  const median = (low + high) / 2;
  return behind.map((offset) => (offset === null ? null : median - offset));
}
