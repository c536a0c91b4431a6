import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makePools } from '../../lib/generators/pools.ts';
import { REGIONS } from '../../lib/generators/regions.ts';
import { createWorld, type Sitter } from '../../lib/generators/world.ts';
import { DatabaseUnavailableError, type Shard } from '../../reference-app/database/database.ts';
import { scatter } from '../../reference-app/sitters/scatter.ts';
import { sitterSummarySchema } from '../../reference-app/sitters/sitters.ts';
import { type AppUnderTest, FORMS, pairIn, slot, startTestApp, WORLD } from './app-under-test.ts';

describe.each(FORMS)('as $form', ({ switches }) => {
  let test: AppUnderTest;
  beforeAll(async () => {
    test = await startTestApp(...switches);
  });
  afterAll(() => test.close());

  const pageSchema = z.strictObject({
    sitters: z.array(z.strictObject(sitterSummarySchema.shape)),
    page: z.int(),
    pageSize: z.int(),
    hasMore: z.boolean(),
    partial: z.boolean(),
  });
  const search = async (query: string) => pageSchema.parse((await test.get(`/sitters?${query}`)).body);
  const idsOf = async (query: string) => (await search(query)).sitters.map(({ id }) => id);

  const world = createWorld(WORLD, makePools(WORLD.seed));
  const sittersIn = (region: number) =>
    Array.from({ length: world.sittersIn(region) }, (_, n) => world.sitter(region, n));
  const bestFirst = (a: Sitter, b: Sitter) => b.rating - a.rating || Number(a.id) - Number(b.id);
  const ids = (sitters: Sitter[]) => sitters.sort(bestFirst).map(({ id }) => id);

  describe('a search', () => {
    it('in a region finds its sitters, the best rated first, as they were generated', async () => {
      const expected = sittersIn(0).sort(bestFirst);
      const { sitters, ...rest } = await search('region=lon&pageSize=100');
      expect(sitters).toEqual(expected.map(({ bio: _, reviewCount: __, ...summary }) => summary));
      expect(rest).toEqual({ page: 1, pageSize: 100, hasMore: false, partial: false });
    });

    it('finds only sitters who take the type of pet', async () => {
      for (const type of ['dog', 'cat', 'rabbit', 'bird'] as const) {
        const expected = ids(sittersIn(0).filter(({ petTypes }) => petTypes.includes(type)));
        expect(await idsOf(`region=lon&petType=${type}&pageSize=100`)).toEqual(expected);
      }
    });

    it('knows whether there is a next page, also when a page ends with the last sitter', async () => {
      const count = world.sittersIn(0);
      const hasMore = async (pageSize: number, page = 1) =>
        (await search(`region=lon&pageSize=${pageSize}&page=${page}`)).hasMore;
      expect([await hasMore(count - 1), await hasMore(count), await hasMore(count - 1, 2)]).toEqual([
        true,
        false,
        false,
      ]);
    });

    it('comes in pages of 20, which join up to the whole', async () => {
      const everyone = ids(REGIONS.flatMap((_, region) => sittersIn(region)));
      const pages = await Promise.all(Array.from({ length: 17 }, (_, index) => search(`page=${index + 1}`)));
      expect(pages.flatMap(({ sitters }) => sitters.map(({ id }) => id)).length).toBe(WORLD.sitters);
      expect(new Set(pages.flatMap(({ sitters }) => sitters.map(({ id }) => id)))).toEqual(new Set(everyone));
      expect(pages.map(({ sitters }) => sitters.length)).toEqual([...Array(16).fill(20), 0]);
      expect(pages.map(({ hasMore }) => hasMore)).toEqual([...Array(15).fill(true), false, false]);
      const ratings = pages.flatMap(({ sitters }) => sitters.map(({ rating }) => rating));
      expect(ratings).toEqual([...ratings].sort((a, b) => b - a));
    });

    it('for a slot leaves out who is booked then, until the hold runs out or is cancelled', async () => {
      const pair = pairIn(5);
      const times = slot(0, 2);
      const query = (from: string, to: string) => `region=ams&from=${from}&to=${to}&pageSize=100`;
      const everyone = await idsOf('region=ams&pageSize=100');
      const others = everyone.filter((id) => id !== pair.sitterId);
      const { body } = await test.post('/bookings', { ...pair, ...times });
      const { id } = z.object({ id: z.string() }).parse(body);

      expect(await idsOf(query(slot(1).from, slot(1).to))).toEqual(others);
      expect(await idsOf(query(slot(2).from, slot(2).to))).toEqual(everyone);
      expect(await idsOf(query(slot(-1).from, slot(-1).to))).toEqual(everyone);
      await test.sql("UPDATE bookings SET hold_expires_at = now() - interval '1 s' WHERE id = $1", [id]);
      expect(await idsOf(query(times.from, times.to))).toEqual(everyone);
    });

    it('that makes no sense is refused', async () => {
      const refused = async (query: string) => (await test.get(`/sitters?${query}`)).status;
      expect(await refused('region=atlantis')).toBe(422);
      expect(await refused(`from=${slot(0).from}`)).toBe(422);
      expect(await refused(`from=${slot(1).from}&to=${slot(0).from}`)).toBe(422);
      expect(await refused('petType=crocodile')).toBe(400);
      expect(await refused('page=0')).toBe(400);
      expect(await refused('pageSize=101')).toBe(400);
      expect(await refused('page=1&page=2')).toBe(400);
      expect(await refused('from=yesterday&to=tomorrow')).toBe(400);
    });
  });

  describe('users, pets, sitters and regions', () => {
    it('are those of the generated world', async () => {
      expect((await test.get('/regions')).body).toEqual({ regions: REGIONS.map(({ code, name }) => ({ code, name })) });
      for (const region of [0, 13, 31]) {
        const last = world.usersIn(region) - 1;
        const user = world.user(region, last);
        const { userId, ...pet } = world.pet(region, last);
        expect((await test.get(`/users/${user.id}`)).body).toEqual(user);
        expect((await test.get(`/users/${userId}/pets`)).body).toEqual({ pets: [pet] });
        const sitter = world.sitter(region, world.sittersIn(region) - 1);
        expect((await test.get(`/sitters/${sitter.id}`)).body).toEqual({ ...sitter, busy: [] });
      }
      const counts = await test.sql(
        `SELECT (SELECT count(*) FROM users)::int AS users, (SELECT count(*) FROM pets)::int AS pets,
         (SELECT count(*) FROM sitters)::int AS sitters`,
      );
      expect(counts).toEqual([{ users: WORLD.users, pets: WORLD.users, sitters: WORLD.sitters }]);
    });

    it('can be added on the shard of their region, whatever characters their names have', async () => {
      const name = 'Zoë "\\N" O’Neill\t{x,y}';
      const created = await test.post('/users', { name, email: 'zoe@example.com', region: 'zrh' });
      expect(created.status).toBe(201);
      const user = z.object({ id: z.string(), name: z.literal(name) }).parse(created.body);
      expect((BigInt(user.id) >> 16n) & 63n).toBe(20n);
      expect((await test.get(`/users/${user.id}`)).body).toEqual(created.body);
      expect((await test.get(`/users/${user.id}/pets`)).body).toEqual({ pets: [] });
      const pet = await test.post(`/users/${user.id}/pets`, { name: 'Rex', type: 'dog' });
      expect(pet.status).toBe(201);
      expect((await test.get(`/users/${user.id}/pets`)).body).toEqual({ pets: [pet.body] });
    });

    it('that are not there are 404, and impossible values are refused', async () => {
      for (const path of ['/users/65000', '/users/65000/pets', '/sitters/65000', '/payments/65000', '/nothing']) {
        const { status, headers, body } = await test.get(path);
        expect([path, status, headers.get('content-type')]).toEqual([
          path,
          404,
          'application/problem+json; charset=utf-8',
        ]);
        expect(body).toMatchObject({ type: '/problems/not-found', status: 404, instance: path });
      }
      const user = { name: 'A', email: 'a@example.com', region: 'lon' };
      expect((await test.post('/users/65000/pets', { name: 'Rex', type: 'dog' })).status).toBe(404);
      expect((await test.post('/users', { ...user, region: 'atlantis' })).status).toBe(422);
      expect((await test.post('/users', { ...user, name: 'nul\u0000' })).status).toBe(422);
      expect((await test.post('/users', { ...user, email: 'nobody' })).status).toBe(400);
      expect((await test.get('/users/x')).status).toBe(400);
      expect((await test.post('/users', { ...user, name: 'x'.repeat(20_000) })).body).toMatchObject({
        type: '/problems/body-too-large',
        status: 413,
      });
      const raw = (contentType: string, body: string) =>
        fetch(`${test.app.url}/users`, { method: 'POST', headers: { 'content-type': contentType }, body });
      expect((await raw('text/plain', 'hello')).status).toBe(415);
      expect((await raw('application/json', '{')).status).toBe(400);
    });
  });
});

describe('scattering over shards', () => {
  const shard = (name: string): Shard => ({
    name,
    logicalShards: [],
    query: () => Promise.reject(new Error('not asked')),
  });
  const shards = ['one', 'two', 'three'].map(shard);
  const gone = new DatabaseUnavailableError('connection-lost', 'gone');

  it('tells how many shards are missing', async () => {
    const ask = ({ name }: Shard) => (name === 'two' ? Promise.reject(gone) : Promise.resolve(name));
    expect(await scatter(shards, 60_000, ask)).toEqual({ found: ['one', 'three'], missing: 1 });
  });

  it('does not wait for a shard beyond the deadline', async () => {
    const never = new Promise<string>(() => undefined);
    const ask = ({ name }: Shard) => (name === 'three' ? never : Promise.resolve(name));
    expect(await scatter(shards, 1, ask)).toEqual({ found: ['one', 'two'], missing: 1 });
  });

  it('fails when no shard answers, and when one fails for another reason', async () => {
    await expect(scatter(shards, 60_000, () => Promise.reject(gone))).rejects.toBe(gone);
    const defect = new Error('defect');
    const ask = ({ name }: Shard) => (name === 'one' ? Promise.reject(defect) : Promise.resolve(name));
    await expect(scatter(shards, 60_000, ask)).rejects.toBe(defect);
  });
});
