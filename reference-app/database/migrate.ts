import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';

const DIRECTORY = new URL('./migrations/', import.meta.url);

/** One step of the schema, from a file such as `0001_first_floor.sql`. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** The migrations in the order in which they are applied. */
export async function loadMigrations(): Promise<Migration[]> {
  const names = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(new URL(name, DIRECTORY), 'utf8') })));
}

/** Applies the migrations that the database does not have yet, each in a transaction of its own. */
export async function migrate(client: Client, migrations: readonly Migration[]): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  const applied = await client.query<{ name: string }>('SELECT name FROM migrations');
  const done = new Set(applied.rows.map(({ name }) => name));
  for (const { name, sql } of migrations.filter((migration) => !done.has(migration.name))) {
    await client.query('BEGIN');
    try {
      await client.query(sql);
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }
}
