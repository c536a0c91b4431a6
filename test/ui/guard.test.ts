import { describe, expect, it } from 'vitest';
import { refusal } from '../../src/ui/guard.ts';

const OWN = { method: 'GET', host: '127.0.0.1:4600', origin: undefined, site: 'same-origin', mode: 'cors' };

describe('the pages of this machine', () => {
  it.each([
    [{}, null],
    [{ host: 'localhost:4600', origin: 'http://localhost:4600' }, null],
    [{ method: 'HEAD', site: undefined, mode: undefined }, null],
    // An address that was typed, and a link that was followed.
    [{ site: 'none', mode: 'navigate' }, null],
    [{ site: 'cross-site', mode: 'navigate' }, null],
    [{ method: 'POST' }, 405],
    // A name of the internet that leads here.
    [{ host: 'evil.example:4600' }, 403],
    [{ host: '127.0.0.1.evil.example:4600' }, 403],
    [{ host: '127.0.0.1:80' }, 403],
    [{ host: undefined }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:4600' }, 403],
    [{ site: 'cross-site', mode: 'no-cors' }, 403],
    [{ site: 'same-site', mode: 'cors' }, 403],
  ])('answer %j with %j', (change, status) => {
    expect(refusal({ ...OWN, ...change }, 4600)?.status ?? null).toBe(status);
  });
});
