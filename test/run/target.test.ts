import { createServer, type Server } from 'node:http';
import { describe, expect, it } from 'vitest';
import { HeadroomError } from '../../src/errors.ts';
import { permittedTarget, publicTarget, reachTarget } from '../../src/run/target.ts';

const nobody = { owned: false, allowedTargets: [] };
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof HeadroomError) return error.code;
  }
  return 'none';
};

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  return address.port;
}

describe('a target', () => {
  it.each([
    'http://127.0.0.1:8080',
    'http://127.8.9.1',
    'http://localhost:3000/shop',
    'http://app.localhost',
    'https://[::1]:8443',
  ])('%s is this machine', (url) => {
    expect(permittedTarget(url, nobody).href).toContain(new URL(url).host);
  });

  it.each([
    'http://example.com',
    'http://10.0.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://[::2]',
    'http://0.0.0.0',
  ])('%s needs a word that it may be loaded', (url) => {
    expect(codeOf(() => permittedTarget(url, nobody))).toBe('TARGET_NOT_ALLOWED');
    expect(permittedTarget(url, { ...nobody, owned: true }).hostname).toBe(new URL(url).hostname);
  });

  it('is allowed by its origin, host or name, and by nothing that only looks like it', () => {
    const url = 'https://shop.example.com:8443/api';
    for (const entry of ['https://shop.example.com:8443', 'shop.example.com:8443', 'shop.example.com']) {
      expect(permittedTarget(url, { ...nobody, allowedTargets: [entry] }).href).toBe(url);
    }
    for (const entry of ['http://shop.example.com:8443', 'shop.example.com:9', 'example.com', '']) {
      expect(codeOf(() => permittedTarget(url, { ...nobody, allowedTargets: [entry] }))).toBe('TARGET_NOT_ALLOWED');
    }
  });

  it.each(['shop', 'ftp://127.0.0.1', '//127.0.0.1', ''])('is not %j', (text) => {
    expect(codeOf(() => permittedTarget(text, nobody))).toBe('SETTING_INVALID');
  });

  it('must not carry a password, which is not repeated', () => {
    const text = 'http://ann:secret@127.0.0.1:8080';
    expect(codeOf(() => permittedTarget(text, nobody))).toBe('SETTING_INVALID');
    expect(() => permittedTarget(text, nobody)).toThrow(/^--target must not carry a user or a password/);
    expect(() => permittedTarget(text, nobody)).not.toThrow(/secret/);
  });

  it('is shown without user, password and query', () => {
    expect(publicTarget(new URL('http://ann:secret@127.0.0.1:8080/api/?token=secret'))).toBe(
      'http://127.0.0.1:8080/api',
    );
  });
});

describe('reaching a target', () => {
  const never = new AbortController().signal;

  it('takes any answer, an error and a redirection too', async () => {
    for (const status of [200, 302, 404, 503]) {
      const server = createServer((_, response) => response.writeHead(status, { location: '/there' }).end());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const port = portOf(server);
      await expect(reachTarget(new URL(`http://127.0.0.1:${port}`), never)).resolves.toBeUndefined();
      server.close();
    }
  });

  it('says what happened when nobody answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const reached = reachTarget(new URL(`http://127.0.0.1:${port}`), never);
    await expect(reached).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    await expect(reached).rejects.toThrow(/^Nothing answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)\.$/);
  });

  it('ends when the user ends it, and does not blame the target', async () => {
    const stop = new AbortController();
    const server = createServer(() => stop.abort());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const reached = reachTarget(new URL(`http://127.0.0.1:${portOf(server)}`), stop.signal);
    await expect(reached).rejects.toMatchObject({ name: 'AbortError' });
    server.closeAllConnections();
    server.close();
  });
});
