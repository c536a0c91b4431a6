import { expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { type AppUnderTest, pairIn, slot, tally } from './app-under-test.ts';

/** Number of an app's looks into the cache with this result. */
export async function looks(test: AppUnderTest, cache: string, result: string): Promise<number> {
  const text = String((await test.get('/metrics')).body);
  const series = new RegExp(`app_cache_requests_total\\{cache="${cache}",result="${result}"\\} (\\d+)`);
  return Number(series.exec(text)?.[1] ?? 0);
}

/** Number of an app's statements of this name. */
async function statements(test: AppUnderTest, name: string): Promise<number> {
  const text = String((await test.get('/metrics')).body);
  const found = [
    ...text.matchAll(new RegExp(`app_db_statements_total\\{shard="db\\d",statement="${name}"\\} (\\d+)`, 'g')),
  ];
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What every cache must do, whatever it keeps values in. */
export function cacheBehaviour(start: () => Promise<AppUnderTest>): void {
  const using = async (work: (test: AppUnderTest) => Promise<void>) => {
    const test = await start();
    try {
      await work(test);
    } finally {
      await test.close();
    }
  };
  const { sitterId } = pairIn(0);
  const search = `/sitters?region=lon&pageSize=100&from=${slot(0).from}&to=${slot(0).to}`;

  it('answers the same from the cache as from the database, and asks the database once', () =>
    using(async (test) => {
      const paths = [`/sitters/${sitterId}`, '/sitters?region=lon', search, '/sitters?page=2'];
      const first = await Promise.all(paths.map((path) => test.get(path)));
      const again = await Promise.all(paths.map((path) => test.get(path)));
      expect(again.map(({ body }) => body)).toEqual(first.map(({ body }) => body));
      expect(await statements(test, 'sitter-find')).toBe(1);
      expect([await looks(test, 'sitter', 'hit'), await looks(test, 'search', 'hit')]).toEqual([1, 3]);
      expect(String((await test.get('/metrics')).body)).toMatch(/app_cache_hit_ratio\{cache="sitter"\} 0\.5\n/);
    }));

  it('shows a booking and its cancellation at once', () =>
    using(async (test) => {
      const free = async () => {
        const [profile, page] = await Promise.all([test.get(`/sitters/${sitterId}`), test.get(search)]);
        return [
          JSON.stringify(profile.body).includes(slot(0).from),
          JSON.stringify(page.body).includes(`"id":"${sitterId}"`),
        ];
      };
      expect([await free(), await free()]).toEqual([
        [false, true],
        [false, true],
      ]);
      const { id } = bookingSchema.parse((await test.post('/bookings', { ...pairIn(0), ...slot(0) })).body);
      expect(await free()).toEqual([true, false]);
      await test.post(`/bookings/${id}/cancel`);
      expect(await free()).toEqual([false, true]);
    }));

  it('loads what many want at the same time once', () =>
    using(async (test) => {
      const answers = await Promise.all(Array.from({ length: 200 }, () => test.get(`/sitters/${sitterId}`)));
      expect(tally(answers)).toEqual({ 200: 200 });
      expect(await looks(test, 'sitter', 'miss')).toBe(1);
      // Who gets no answer from the cache in time goes to the database: a busy machine may cause that.
      expect(await statements(test, 'sitter-find')).toBe(1 + (await looks(test, 'sitter', 'error')));
    }));

  it('never decides about a booking: 200 at once for one slot make one', () =>
    using(async (test) => {
      await test.get(search);
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => test.post('/bookings', { ...pairIn(0), ...slot(0) })),
      );
      expect(tally(answers)).toEqual({ 201: 1, 409: 199 });
      expect((await test.get('/internal/audit')).body).toMatchObject({ ok: true });
    }));
}
