import type { ShardRouter } from './database.ts';
import { moveLogicalShard, type NamedServer } from './move.ts';
import type { Closable } from './passage.ts';

/** Every process that reaches the databases, this one among them. */
export interface Everywhere extends Closable {
  /** Tells all of them where a logical shard is from now on; resolves when they know. */
  assign(logicalShard: number, to: string): Promise<void>;
  /** Does `work` while no process joins that would not know of it. */
  whileSettled<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Moves a logical shard to the database of this name, while requests go on.
 * @returns number of rows moved
 */
export type Mover = (logicalShard: number, to: string) => Promise<number>;

/** Moves logical shards, one after the other. */
export function createMover(router: ShardRouter, servers: readonly NamedServer[], everywhere: Everywhere): Mover {
  const named = (name: string): NamedServer => {
    const found = servers.find((server) => server.name === name);
    if (found === undefined) throw new RangeError(`there is no database ${name}`);
    return found;
  };
  let lastMove: Promise<unknown> = Promise.resolve();
  return (logicalShard, to) => {
    const moved = lastMove.then(() =>
      everywhere.whileSettled(async () => {
        const from = router.of(logicalShard).name;
        if (from === to) return 0;
        const move = { logicalShard, from: named(from), to: named(to) };
        return moveLogicalShard(move, everywhere, (name) => everywhere.assign(logicalShard, name));
      }),
    );
    lastMove = moved.catch(() => undefined);
    return moved;
  };
}
