import { LOGICAL_SHARDS } from '../../lib/generators/ids.ts';
import { DatabaseUnavailableError, reads, type Shard, type ShardRouter } from '../database/database.ts';
import { logicalShardOf } from '../database/ids.ts';
import { sqlState } from '../database/postgres.ts';
import { Freshness } from './freshness.ts';
import { parsePosition, requestPositions } from './position.ts';

/** A replica of one database. */
export interface Replica {
  /** The primary's name. */
  readonly name: string;
  readonly shard: Shard;
  /** The replica too, past the requests' pool. */
  readonly look: Shard;
  /** The primary, past the requests' pool. */
  readonly primary: Shard;
  /** Whether the primary has a connection free and the replica has none. */
  busier(): boolean;
}

export interface ReplicatedRouter extends ShardRouter {
  /** Bytes that each replica is behind, by database; null while one does not answer. */
  lag(): Map<string, number | null>;
  /** Logical shards of a database were written to elsewhere, or came to it: its replica may not have all of it yet. */
  written(database: string, logicalShards: readonly number[]): void;
  stop(): Promise<void>;
}

/** Tells the other processes of a write to logical shards of a database; resolves when all of them know. */
export type WriteAnnouncer = (database: string, logicalShards: readonly number[]) => Promise<void>;

/** Told where each read went. */
export type ReadObserver = (shard: string, place: 'primary' | 'replica') => void;

const WRITTEN = reads<[], { position: string }>('replica-written', 'SELECT pg_current_wal_lsn()::text AS position');
const REPLAYED = reads<[], { position: string | null }>(
  'replica-replayed',
  'SELECT pg_last_wal_replay_lsn()::text AS position',
);
/** Between two looks while something is unsettled, and while nothing is. */
const LOOK_MS = 10;
const IDLE_MS = 100;

/** Sends reads to replicas that have what the reader must see, and all else to the primaries. */
export function withReplicas(
  router: ShardRouter,
  replicas: readonly Replica[],
  observe: ReadObserver,
  announce: WriteAnnouncer,
): ReplicatedRouter {
  const states = new Map(replicas.map((replica) => [replica.name, { ...replica, freshness: new Freshness() }]));
  const written = (database: string, logicalShards: readonly number[]): void => {
    const freshness = states.get(database)?.freshness;
    for (const logical of logicalShards) {
      freshness?.begin(logical);
      freshness?.end(logical);
    }
  };
  // Another process, or this one before it was started anew, may have written a moment ago.
  for (const { name, logicalShards } of router.all()) written(name, logicalShards);
  let stopped = false;
  const looking = [...states.values()].map(async (state) => {
    while (!stopped) {
      await lookAt(state);
      await new Promise((resolve) => setTimeout(resolve, state.freshness.unsettled ? LOOK_MS : IDLE_MS));
    }
  });

  const facade = (inner: Shard, logicalShard: number | null): Shard => ({
    get name() {
      return inner.name;
    },
    get logicalShards() {
      return inner.logicalShards;
    },
    async query(statement, values, urgency) {
      const { name } = inner;
      const state = states.get(name);
      if (state === undefined) return inner.query(statement, values, urgency);
      const { freshness, shard, busier } = state;
      if (!statement.readOnly) {
        requestPositions.getStore()?.written.add(name);
        const touched = logicalShard === null ? [...inner.logicalShards] : [logicalShard];
        for (const logical of touched) freshness.begin(logical);
        try {
          return await inner.query(statement, values, urgency);
        } finally {
          for (const logical of touched) freshness.end(logical);
          // Before the writer is answered: whoever answers its next request then knows.
          await announce(name, touched);
        }
      }
      const after = requestPositions.getStore()?.readAfter.get(name);
      if (freshness.allows(logicalShard, after) && !busier()) {
        try {
          const rows = await shard.query(statement, values, urgency);
          observe(name, 'replica');
          return rows;
        } catch (error) {
          // It was stopped, or it cancelled the read to go on replaying (40001): the primary can answer.
          const lost = error instanceof DatabaseUnavailableError && error.reason === 'connection-lost';
          if (!lost && sqlState(error) !== '40001') throw error;
          if (lost) freshness.lost();
        }
      }
      observe(name, 'primary');
      return inner.query(statement, values, urgency);
    },
  });

  const logical = Array.from({ length: LOGICAL_SHARDS }, (_, number) => facade(router.of(number), number));
  const of = (logicalShard: number): Shard => logical[logicalShard] ?? router.of(logicalShard);
  const all = router.all().map((shard) => facade(shard, null));
  return {
    of,
    ofId: (id) => of(logicalShardOf(id)),
    all: () => all,
    lag: () => new Map([...states].map(([name, { freshness }]) => [name, freshness.lagBytes])),
    written,
    async stop() {
      stopped = true;
      await Promise.all(looking);
    },
  };
}

async function lookAt({ freshness, primary, look }: Replica & { freshness: Freshness }): Promise<void> {
  const covered = freshness.ended();
  try {
    const [[written], [replayed]] = await Promise.all([primary.query(WRITTEN, []), look.query(REPLAYED, [])]);
    if (written === undefined || !replayed?.position) return freshness.lost();
    freshness.looked({ primary: parsePosition(written.position), replayed: parsePosition(replayed.position) }, covered);
  } catch {
    freshness.lost();
  }
}

/** Where a database is now: what was committed before is at or below it. */
export async function writtenPosition(primary: Shard): Promise<number> {
  const [row] = await primary.query(WRITTEN, []);
  return parsePosition(row?.position ?? '');
}
