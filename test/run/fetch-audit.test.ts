import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { fetchAudit } from '../../src/run/audit.ts';

const AUDIT = { ok: true, checks: [{ name: 'charges', ok: true, expected: 2, observed: 2 }] };

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A target that answers each path with its own status, headers and text, and any other with 404. */
async function target(answers: Record<string, readonly [status: number, text: string, location?: string]>) {
  const server = createServer((request, response) => {
    const [status, text, location] = answers[request.url ?? ''] ?? [404, '{}'];
    response.writeHead(status, { connection: 'close', ...(location !== undefined && { location }) }).end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  return new URL(`http://127.0.0.1:${address.port}`);
}

it('reads checks and row counts below the path of the target, with or without a trailing slash', async () => {
  const report = { ...AUDIT, totals: { bookings: 5, payments: 4 } };
  const origin = await target({ '/shop/internal/audit': [200, JSON.stringify(report)] });
  expect(await fetchAudit(new URL('/shop', origin))).toEqual(report);
  expect(await fetchAudit(new URL('/shop/', origin))).toEqual(report);
  expect(await fetchAudit(origin)).toBeNull();
});

it('reads an audit that tells no row counts', async () => {
  const origin = await target({ '/internal/audit': [200, JSON.stringify(AUDIT)] });
  expect(await fetchAudit(origin)).toEqual(AUDIT);
});

it.each([
  ['a page', '<html></html>'],
  ['JSON of another shape', '{"ok":"yes","checks":[]}'],
  ['row counts that are no whole numbers', JSON.stringify({ ...AUDIT, totals: { bookings: 1.5, payments: 0 } })],
])('is null for %s', async (_, text) => {
  expect(await fetchAudit(await target({ '/internal/audit': [200, text] }))).toBeNull();
});

it('follows no redirection: the books of another place are not the target’s', async () => {
  const origin = await target({
    '/internal/audit': [302, '', '/elsewhere'],
    '/elsewhere': [200, JSON.stringify(AUDIT)],
  });
  expect(await fetchAudit(origin)).toBeNull();
});

it('is null when nobody answers', async () => {
  const origin = await target({});
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  expect(await fetchAudit(origin)).toBeNull();
});
