/** Several apps on one database: pods of one Deployment are that. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { type Claim, claimNumber } from '../../reference-app/database/claim.ts';
import { AppFailure } from '../../reference-app/index.ts';
import { type AppUnderTest, pairIn, slot, startTestApp, startTestAppOn, urlOf } from './app-under-test.ts';

const log = pino({ level: 'silent' });

let test: AppUnderTest;
const claims: Claim[] = [];
beforeEach(async () => {
  test = await startTestApp();
});
afterEach(async () => {
  await Promise.all(claims.splice(0).map((claim) => claim.release()));
  await test.close();
});

const claim = async (): Promise<Claim> => {
  const [server] = test.app.servers;
  if (server === undefined) throw new Error('the app has a database');
  const made = await claimNumber(server, log);
  claims.push(made);
  return made;
};
const cut = (number: number) =>
  test.sql(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1`, [number]);
const holders = async (number: number) =>
  (await test.sql(`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = $1`, [number])).length;

describe('apps on one database', () => {
  it('have numbers of their own, of which there are 16', async () => {
    // The app itself has the first.
    for (let number = 1; number < 16; number++) expect((await claim()).number).toBe(number);
    await expect(claim()).rejects.toThrow(AppFailure);
    await claims[6]?.release();
    expect((await claim()).number).toBe(7);
  });

  it('take their number again when the connection was lost, or stop when another has it', async () => {
    const [kept, robbed] = [await claim(), await claim()];
    await cut(kept.number);
    await expect.poll(() => holders(kept.number), { timeout: 20_000 }).toBe(1);

    await cut(robbed.number);
    // Whoever starts meanwhile gets what is free.
    expect((await claim()).number).toBe(robbed.number);
    expect(await robbed.lost).toBeInstanceOf(AppFailure);
  });

  it('are audited each for itself, with the charges of both', async () => {
    const other = await startTestAppOn({ databaseUrls: [urlOf(test.app.servers[0])] });
    for (const [index, app] of [test, other, test, other].entries()) {
      const held = await app.post('/bookings', { ...pairIn(index), ...slot(index) });
      const { id, priceMinor } = bookingSchema.parse(held.body);
      const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
      expect((await app.post('/payments', payment, { 'idempotency-key': `key ${index}` })).status).toBe(201);
    }
    for (const app of [test, other]) expect((await app.get('/internal/audit')).body).toMatchObject({ ok: true });
    await other.close();
  });
});
