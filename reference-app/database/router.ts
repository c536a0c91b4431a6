import type { QueryResultRow } from 'pg';
import { LOGICAL_SHARDS } from '../../lib/generators/ids.ts';
import type { ConnectionSource, Shard, ShardRouter, Statement, Urgency } from './database.ts';
import { logicalShardOf } from './ids.ts';
import { type Passage, passThrough } from './passage.ts';

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

/** A router whose logical shards can change their database. */
export interface MovableRouter extends ShardRouter {
  /** From now on the logical shard is in the database of this name. */
  assign(logicalShard: number, name: string): void;
}

/**
 * Routes by the logical shards that each database holds. Every statement goes through the passage, where it waits while
 * what it touches is being moved.
 *
 * @throws Error unless each of the 64 is held exactly once
 */
export function createRouter(shards: readonly Shard[], passage: Passage = passThrough): MovableRouter {
  const owners = new Map(shards.flatMap((shard) => shard.logicalShards.map((logical) => [logical, shard])));
  const held = shards.reduce((sum, shard) => sum + shard.logicalShards.length, 0);
  if (owners.size !== LOGICAL_SHARDS || held !== LOGICAL_SHARDS) {
    throw new Error('each logical shard must be in exactly one database');
  }
  const ownerOf = (logicalShard: number): Shard => {
    const shard = owners.get(logicalShard);
    if (shard === undefined) throw new RangeError(`there is no logical shard ${logicalShard}`);
    return shard;
  };
  const heldBy = (shard: Shard): number[] =>
    [...owners].flatMap(([logical, owner]) => (owner === shard ? [logical] : [])).sort((a, b) => a - b);

  // Made once: a shard as seen through the passage, which finds its database when the statement may go.
  const logical = Array.from({ length: LOGICAL_SHARDS }, (_, logicalShard): Shard => {
    const reading = { logicalShard, writes: false };
    const writing = { logicalShard, writes: true };
    return {
      get name() {
        return ownerOf(logicalShard).name;
      },
      get logicalShards() {
        return heldBy(ownerOf(logicalShard));
      },
      query: (statement, values, urgency) =>
        passage.through(statement.readOnly ? reading : writing, () =>
          ownerOf(logicalShard).query(statement, values, urgency),
        ),
    };
  });
  const physical = shards.map((shard): Shard => {
    const reading = { database: shard.name, writes: false };
    const writing = { database: shard.name, writes: true };
    return {
      name: shard.name,
      get logicalShards() {
        return heldBy(shard);
      },
      query: (statement, values, urgency) =>
        passage.through(statement.readOnly ? reading : writing, () => shard.query(statement, values, urgency)),
    };
  });

  const of = (logicalShard: number): Shard => logical[logicalShard] ?? ownerOf(logicalShard);
  return {
    of,
    ofId: (id) => of(logicalShardOf(id)),
    all: () => physical,
    assign(logicalShard, name) {
      const shard = shards.find((candidate) => candidate.name === name);
      if (shard === undefined) throw new RangeError(`there is no database ${name}`);
      owners.set(logicalShard, shard);
    },
  };
}
