import { reads, type ShardRouter, writes } from '../database/database.ts';
import { type IdGenerator, logicalShardOf } from '../database/ids.ts';
import type { PetRepository, PetType } from './pets.ts';

const INSERT = writes<[string, string, string, string], { id: string }>(
  'pet-insert',
  `INSERT INTO pets (id, user_id, name, type)
   SELECT $1, users.id, $3, $4 FROM users WHERE users.id = $2
   RETURNING id`,
);
const FIND = reads<[string], { id: string; name: string; type: PetType; userId: string }>(
  'pet-find',
  'SELECT id, name, type, user_id AS "userId" FROM pets WHERE id = $1',
);
const OF_USER = reads<[string], { id: string | null; name: string; type: PetType }>(
  'pets-of-user',
  `SELECT pets.id, pets.name, pets.type
   FROM users LEFT JOIN pets ON pets.user_id = users.id
   WHERE users.id = $1
   ORDER BY pets.id`,
);

/** Pets in PostgreSQL, on the shard of their user. */
export function createPetRepository(shards: ShardRouter, nextId: IdGenerator): PetRepository {
  return {
    async create(userId, pet) {
      const id = nextId(logicalShardOf(userId));
      const inserted = await shards.ofId(userId).query(INSERT, [id, userId, pet.name, pet.type]);
      return inserted.length === 0 ? undefined : { id, ...pet };
    },
    async find(id) {
      const [pet] = await shards.ofId(id).query(FIND, [id]);
      return pet;
    },
    async ofUser(userId) {
      const rows = await shards.ofId(userId).query(OF_USER, [userId]);
      // A user without pets is one row of nulls; no user at all is no row.
      return rows.length === 0 ? undefined : rows.flatMap(({ id, ...pet }) => (id === null ? [] : [{ id, ...pet }]));
    },
  };
}
