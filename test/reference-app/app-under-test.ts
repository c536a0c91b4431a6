import pg from 'pg';
import { pino } from 'pino';
import { makePools } from '../../lib/generators/pools.ts';
import { createWorld } from '../../lib/generators/world.ts';
import { type AppOptions, parseSwitches, type RunningApp, startApp } from '../../reference-app/index.ts';

/** A small world, whose template all tests share. */
export const WORLD = { seed: 1, users: 320, sitters: 320 };
const SMALL = ['--users', '320', '--sitters', '320', '--drain-delay', '0', '--provider-time', '5'];
/** A machine that is busy with other tests must not look like an app that is overloaded. */
const PATIENT = ['--pool-wait', '60000', '--statement-timeout', '60000'];

/** The forms in which the same app runs, with the switches that make them: what one does, each must do. */
export const FORMS = [
  { form: 'one process', switches: [] },
  { form: 'two workers', switches: ['--workers', '2'] },
  { form: 'split into contexts', switches: ['--split', '--scale', 'bookings=2'] },
];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface AppUnderTest {
  readonly app: RunningApp;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Looks into the first database, or meddles with it, past the app. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The same in every database. */
  sqlInEach<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[][]>;
  close(): Promise<void>;
}

/** What the tests of this file start every app with, beside their own switches. */
let common: { options: Partial<AppOptions>; switches: readonly string[] } = { options: {}, switches: [] };

/** Starts the apps of all tests after it, in this file, with these switches too. */
export function useInEachTestApp(options: Partial<AppOptions>, ...switches: string[]): void {
  common = { options, switches };
}

/** Starts the app on a database of its own. */
export const startTestApp = (...switches: string[]): Promise<AppUnderTest> => startTestAppOn({}, ...switches);

/** Starts the app on servers that the test brings. */
export async function startTestAppOn(servers: Partial<AppOptions>, ...switches: string[]): Promise<AppUnderTest> {
  const log = pino({ level: 'silent' });
  const app = await startApp(parseSwitches([...SMALL, ...PATIENT, ...common.switches, ...switches]), {
    log,
    ...common.options,
    ...servers,
  });
  const pools = app.servers.map((server) => new pg.Pool({ ...server, max: 2 }));
  for (const pool of pools) pool.on('error', () => undefined);
  const sqlInEach = <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    Promise.all(pools.map(async (pool) => (await pool.query<Row>(text, values)).rows));
  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(app.url + path, init);
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };
  return {
    app,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pools[0]?.query<Row>(text, values))?.rows ?? [],
    sqlInEach,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await app.close();
    },
  };
}

/** The address of an embedded server as a URL, for another app on the same database. */
export function urlOf(server: RunningApp['servers'][number] | undefined): string {
  if (server === undefined || !('host' in server)) throw new Error('the server has a socket');
  return `postgresql:///${server.database}?host=${encodeURIComponent(server.host)}&port=${server.port}&user=${server.user}`;
}

const world = createWorld(WORLD, makePools(WORLD.seed));

/** A seeded sitter of a region, and a user there whose pet the sitter takes. */
export function pairIn(region: number, n = 0): { userId: string; petId: string; sitterId: string } {
  const sitter = world.sitter(region, n);
  for (let user = 0; user < world.usersIn(region); user++) {
    const pet = world.pet(region, user);
    if (sitter.petTypes.includes(pet.type)) return { userId: pet.userId, petId: pet.id, sitterId: sitter.id };
  }
  throw new Error(`no user in region ${region} has a pet for sitter ${n}`);
}

/** A slot of `hours` that starts so many hours after a Monday morning. */
export function slot(start: number, hours = 1): { from: string; to: string } {
  const at = (hour: number) => new Date(Date.UTC(2027, 0, 4, 8) + hour * 3_600_000).toISOString();
  return { from: at(start), to: at(start + hours) };
}

/** How many answers had each status. */
export function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
