import { reads, type ShardRouter, writes } from '../database/database.ts';
import type { IdGenerator } from '../database/ids.ts';
import type { NewUser, User, UserRepository } from './users.ts';

type UserRow = { id: string; name: string; email: string; region: string };

const INSERT = writes<[string, string, string, string]>(
  'user-insert',
  'INSERT INTO users (id, name, email, region) VALUES ($1, $2, $3, $4)',
);
const FIND = reads<[string], UserRow>('user-find', 'SELECT id, name, email, region FROM users WHERE id = $1');

/** Users in PostgreSQL, each on the shard of its region. */
export function createUserRepository(shards: ShardRouter, nextId: IdGenerator): UserRepository {
  return {
    async create(user: NewUser, logicalShard: number): Promise<User> {
      const id = nextId(logicalShard);
      await shards.of(logicalShard).query(INSERT, [id, user.name, user.email, user.region]);
      return { id, ...user };
    },
    async find(id) {
      const [user] = await shards.ofId(id).query(FIND, [id]);
      return user;
    },
  };
}
