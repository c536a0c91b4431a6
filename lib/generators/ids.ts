/**
 * Ids that carry their place: 63 bits, [41 bits milliseconds since 2025-01-01T00:00Z][6 bits logical shard]
 * [16 bits sequence], as a decimal string, since JSON numbers hold 53 bits only.
 */

/** 2025-01-01T00:00:00Z in milliseconds since 1970. */
export const ID_EPOCH_MS = 1_735_689_600_000;
export const LOGICAL_SHARDS = 64;

const SEQUENCES = 0x10000;
const LOW_BITS = LOGICAL_SHARDS * SEQUENCES;
const MAX_TIME_MS = 2 ** 41;
/** Below this the id as a whole is a number that double precision holds exactly. */
const EXACT_TIME_MS = 2 ** 31;

export interface IdParts {
  /** Milliseconds since `ID_EPOCH_MS`. */
  timeMs: number;
  /** 0 to 63. */
  logicalShard: number;
  /** 0 to 65,535. */
  sequence: number;
}

/** @throws RangeError when a part does not fit its bits */
export function composeId({ timeMs, logicalShard, sequence }: IdParts): string {
  if (!fits(timeMs, MAX_TIME_MS) || !fits(logicalShard, LOGICAL_SHARDS) || !fits(sequence, SEQUENCES)) {
    throw new RangeError(`no id for time ${timeMs}, shard ${logicalShard}, sequence ${sequence}`);
  }
  const low = logicalShard * SEQUENCES + sequence;
  if (timeMs < EXACT_TIME_MS) return String(timeMs * LOW_BITS + low);
  return String(BigInt(timeMs) * BigInt(LOW_BITS) + BigInt(low));
}

/** The parts of an id; null when the text is none. */
export function parseId(id: string): IdParts | null {
  if (!/^(0|[1-9]\d{0,18})$/.test(id)) return null;
  const value = BigInt(id);
  const timeMs = Number(value / BigInt(LOW_BITS));
  const low = Number(value % BigInt(LOW_BITS));
  if (timeMs >= MAX_TIME_MS) return null;
  return { timeMs, logicalShard: Math.floor(low / SEQUENCES), sequence: low % SEQUENCES };
}

/**
 * Id of a seeded entity: its number takes the place of time and sequence, so that those who make requests know it too.
 *
 * @param n number within its logical shard, 0 to 2^31 − 1
 */
export function seededId(logicalShard: number, n: number): string {
  return `${Math.floor(n / SEQUENCES) * LOW_BITS + logicalShard * SEQUENCES + (n % SEQUENCES)}`;
}

function fits(value: number, limit: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < limit;
}
