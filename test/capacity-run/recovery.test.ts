import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { idleAnswer, recovered } from '../../src/capacity-run/recovery.ts';
import { limitedServer } from './limited-server.ts';

const never = new AbortController().signal;

it('takes a target for recovered when it answers as before and nothing waits for its pools', async () => {
  const server = await limitedServer({ connections: 1, serviceMs: 400 });
  try {
    const idle = await idleAnswer(server.url);
    expect(await recovered(server.url, idle, 5_000, never)).toBe(true);
    // One is served, the others wait.
    const asked = Array.from({ length: 20 }, () => fetch(new URL('/work', server.url)).catch(() => null));
    expect(await recovered(server.url, idle, 1_000, never)).toBe(false);
    await server.close();
    await Promise.all(asked);
  } finally {
    await server.close().catch(() => {});
  }
});

it('waits for one that answers with errors, and for one that is gone, no longer than it may', async () => {
  const server = createServer((_, response) => response.writeHead(503).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  expect(await recovered(url, { ms: 5, ok: true }, 600, never)).toBe(false);
  // One that answers so when it is idle is known by its time alone.
  const idle = await idleAnswer(url);
  expect(idle.ok).toBe(false);
  expect(await recovered(url, idle, 20_000, never)).toBe(true);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await recovered(url, { ms: 5, ok: true }, 600, never)).toBe(false);
});

it('stops waiting at Ctrl-C', async () => {
  const controller = new AbortController();
  controller.abort();
  expect(await recovered(new URL('http://127.0.0.1:9'), { ms: 5, ok: true }, 600_000, controller.signal)).toBe(false);
});
