import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bookingSchema } from '../../reference-app/bookings/bookings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { type AppProcess, scratchDirectory, spawnApp } from './app-process.ts';
import { pairIn, slot, WORLD } from './app-under-test.ts';

/** What the app said it had done. */
interface Acknowledged {
  bookings: string[];
  payments: string[];
}

let data: string;
let app: AppProcess | undefined;
beforeEach(async () => {
  data = await scratchDirectory();
});
afterEach(async () => {
  await app?.remove();
  await rm(data, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
});

const start = async (): Promise<string> => {
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters), '--provider-time', '5'];
  app = await spawnApp([...world, '--shards', '2', '--data-dir', path.join(data, 'data'), '--hold-time', '4000']);
  return (await app.ready()).url;
};

/** Books and pays in both databases until the app is gone. */
async function loadUntilGone(url: string, enough: () => void): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { bookings: [], payments: [] };
  let next = 0;
  const post = async (route: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> => {
    const response = await fetch(url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    return response.status === 201 ? answer : undefined;
  };
  const visitor = async (): Promise<void> => {
    for (;;) {
      const n = next++;
      const booked = await post('/bookings', { ...pairIn(n % 4, n % 7), ...slot(n) });
      if (booked === undefined) continue;
      const { id, priceMinor } = bookingSchema.parse(booked);
      acknowledged.bookings.push(id);
      const payment = { bookingId: id, amountMinor: priceMinor, currency: 'EUR', cardToken: 'tok_visa' };
      if ((await post('/payments', payment, { 'idempotency-key': `key ${n}` })) !== undefined) {
        acknowledged.payments.push(id);
      }
      if (acknowledged.payments.length === 60) enough();
    }
  };
  // Each visitor ends with the connection that breaks.
  await Promise.all(Array.from({ length: 6 }, () => visitor().catch(() => undefined)));
  return acknowledged;
}

async function holdsWhatItSaid(url: string, { bookings, payments }: Acknowledged): Promise<void> {
  const paid = new Set(payments);
  for (const id of bookings) {
    const response = await fetch(`${url}/bookings/${id}`);
    expect(response.status).toBe(200);
    const { status } = bookingSchema.parse(await response.json());
    if (paid.has(id)) expect(status).toBe('confirmed');
  }
  // Payments that were under way are settled once their lease is over.
  await expect
    .poll(
      async () => {
        const audit = auditSchema.parse(await (await fetch(`${url}/internal/audit`)).json());
        return audit.checks.filter(({ ok }) => !ok).map(({ name }) => name);
      },
      { timeout: 90_000, interval: 1_000 },
    )
    .toEqual([]);
}

describe('killed under load, the app', () => {
  it('has after a restart all that it acknowledged, and its books are in order', async () => {
    const url = await start();
    const acknowledged = await loadUntilGone(url, () => app?.child.kill('SIGKILL'));
    expect(acknowledged.payments.length).toBeGreaterThanOrEqual(60);
    await app?.remove();
    await holdsWhatItSaid(await start(), acknowledged);
  });

  it('has all that it acknowledged also when it was one of its databases that was killed', async () => {
    const url = await start();
    const postmaster = Number.parseInt(readFileSync(path.join(data, 'data', 'db1', 'postmaster.pid'), 'utf8'), 10);
    const acknowledged = await loadUntilGone(url, () => process.kill(postmaster, 'SIGKILL'));
    expect(acknowledged.payments.length).toBeGreaterThanOrEqual(60);
    expect(await app?.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('PostgreSQL (db1) ended') });
    await app?.remove();
    await holdsWhatItSaid(await start(), acknowledged);
  });
});
