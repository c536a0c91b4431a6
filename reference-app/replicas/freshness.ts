import type { Position } from './position.ts';

/** How far a database and its replica are, as of one look at both. */
export interface Look {
  /** Written on the primary when the look began. */
  primary: Position;
  /** Replayed on the replica. */
  replayed: Position;
}

/** A write to a logical shard that the replica may lack. */
interface Pending {
  /** It is at or below this place; null until a look has told. */
  position: Position | null;
}

/**
 * Knows whether a replica has all that was written to a logical shard through this process. A write is covered by the
 * first look at the primary that begins after it; the replica has it once it has replayed as far as that look went.
 */
export class Freshness {
  readonly #pending = new Map<number, Pending>();
  /** Writes under way, by logical shard: they may commit at any moment. */
  readonly #writing = new Map<number, number>();
  /** Null while the replica does not answer. */
  #replayed: Position | null = null;
  #primary: Position = 0;

  /** Bytes that the replica is behind; null while it does not answer. */
  get lagBytes(): number | null {
    return this.#replayed === null ? null : Math.max(0, this.#primary - this.#replayed);
  }

  /** Whether a look would tell anything new. */
  get unsettled(): boolean {
    return this.#pending.size > 0 || this.#replayed === null;
  }

  begin(logicalShard: number): void {
    this.#writing.set(logicalShard, (this.#writing.get(logicalShard) ?? 0) + 1);
    this.#pending.set(logicalShard, { position: null });
  }

  end(logicalShard: number): void {
    const left = (this.#writing.get(logicalShard) ?? 1) - 1;
    if (left > 0) this.#writing.set(logicalShard, left);
    else this.#writing.delete(logicalShard);
    // Written after the last look began.
    this.#pending.set(logicalShard, { position: null });
  }

  /** Writes that have ended: a look that begins now covers them. */
  ended(): readonly Pending[] {
    return [...this.#pending].flatMap(([logical, pending]) =>
      pending.position === null && !this.#writing.has(logical) ? [pending] : [],
    );
  }

  /** @param covered what `ended` gave when the look began */
  looked({ primary, replayed }: Look, covered: readonly Pending[]): void {
    this.#primary = primary;
    this.#replayed = replayed;
    for (const pending of covered) pending.position = primary;
    for (const [logical, { position }] of this.#pending) {
      if (position !== null && position <= replayed) this.#pending.delete(logical);
    }
  }

  /** The replica does not answer: nothing is read from it until it was looked at again. */
  lost(): void {
    this.#replayed = null;
  }

  /**
   * Whether the replica may answer a read.
   *
   * @param logicalShard what is read; null for everything
   * @param after the read must not be older than this
   */
  allows(logicalShard: number | null, after: Position = 0): boolean {
    if (this.#replayed === null || this.#replayed < after) return false;
    return logicalShard === null ? this.#pending.size === 0 : !this.#pending.has(logicalShard);
  }
}
