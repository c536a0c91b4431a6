import type { QueryResultRow } from 'pg';
import { LOGICAL_SHARDS } from '../../lib/generators/ids.ts';
import type { ConnectionSource, Shard, ShardRouter, Statement, Urgency } from './database.ts';
import { logicalShardOf } from './ids.ts';

/** Makes a shard of a source of connections. */
export function createShard(name: string, logicalShards: readonly number[], source: ConnectionSource): Shard {
  return {
    name,
    logicalShards,
    query<Values extends readonly unknown[], Row extends QueryResultRow>(
      statement: Statement<Values, Row>,
      values: Values,
      urgency?: Urgency,
    ): Promise<Row[]> {
      return source.use((connection) => connection.query(statement, values), urgency);
    },
  };
}

/** The logical shards that database `index` of `count` holds: doubling the count moves half of them, whole. */
export const logicalShardsOf = (index: number, count: number): number[] =>
  Array.from({ length: LOGICAL_SHARDS }, (_, logical) => logical).filter((logical) => logical % count === index);

/** Routes by the logical shards that each database holds. @throws Error unless each of the 64 is held exactly once */
export function createRouter(shards: readonly Shard[]): ShardRouter {
  const owners = new Map(shards.flatMap((shard) => shard.logicalShards.map((logical) => [logical, shard])));
  const held = shards.reduce((sum, shard) => sum + shard.logicalShards.length, 0);
  if (owners.size !== LOGICAL_SHARDS || held !== LOGICAL_SHARDS) {
    throw new Error('each logical shard must be in exactly one database');
  }
  const of = (logicalShard: number): Shard => {
    const shard = owners.get(logicalShard);
    if (shard === undefined) throw new RangeError(`there is no logical shard ${logicalShard}`);
    return shard;
  };
  return { of, ofId: (id) => of(logicalShardOf(id)), all: () => shards };
}
