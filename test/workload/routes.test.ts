import { describe, expect, it } from 'vitest';
import { placeholderOf, Router } from '../../src/workload/routes.ts';

/** Routes of paths that were all learnt before. */
const routesOf = (paths: readonly string[], patterns: readonly string[] = []): Set<string> => {
  const router = new Router(patterns);
  for (const path of paths) router.learn('GET', path);
  router.settle();
  return new Set(paths.map((path) => router.route('GET', path, null).route));
};

describe('routes', () => {
  it.each([
    '65536',
    '01890a5d-ac96-774b-bcce-b302099a8057',
    '507f1f77bcf86cd799439011',
    'cus_4938472',
    'order-17',
    'a%40b.org',
    'dQw4w9WgXcQ7xT9aZ01b',
  ])('have a placeholder for %s', (segment) => {
    expect(placeholderOf(segment)).toBe('{id}');
  });

  it.each(['sitters', 'v1', 'cafe', 'defaced', 'terms-and-conditions', 'internationalisation', 'app.css', ''])(
    'keep the name %s',
    (segment) => {
      expect(placeholderOf(segment)).toBeNull();
    },
  );

  it('take rare names for values where very many stand, and keep the common ones', () => {
    const slugs = Array.from({ length: 500 }, (_, i) => `/blog/post-about-${String.fromCharCode(97 + (i % 26))}${i}x`);
    const paths = [...slugs, ...new Array<string>(100).fill('/blog/archive'), '/about', '/'];
    expect(routesOf(paths)).toEqual(new Set(['/blog/{name}', '/blog/archive', '/about', '/']));
  });

  it('stay bounded when very many paths come that were not learnt', () => {
    const router = new Router();
    router.learn('GET', '/a');
    router.settle();
    const names = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const word = (n: number): string =>
        [...String(n)].map((digit) => String.fromCharCode(97 + Number(digit))).join('');
      names.add(router.route('GET', `/${word(i % 223)}/${word(i % 1009)}`, null).name);
    }
    // Thirty names and a placeholder in each of two places.
    expect(names.size).toBeLessThanOrEqual(31 * 31);
    expect(names).toContain('GET /{name}/{name}');
  });

  it('are those that are given, or that the service names, with the values that fill them', () => {
    const router = new Router(['GET /shops/{shop}/items/{item}', '/files/:name']);
    router.settle();
    expect(router.route('GET', '/shops/corner/items/tea', null)).toEqual({
      name: 'GET /shops/{shop}/items/{item}',
      method: 'GET',
      route: '/shops/{shop}/items/{item}',
      values: 'corner/tea',
    });
    expect(router.route('PUT', '/files/a.txt', null)).toMatchObject({ name: 'PUT /files/{name}', values: 'a.txt' });
    expect(router.route('PUT', '/shops/corner/items/tea', null).route).toBe('/shops/corner/items/tea');
    expect(router.route('GET', '/sitters/abc', '/sitters/:id')).toMatchObject({
      route: '/sitters/{id}',
      values: 'abc',
    });
    // A service that is mounted below another path.
    expect(router.route('GET', '/api/sitters/7', '/sitters/:id')).toMatchObject({
      route: '/api/sitters/{id}',
      values: '7',
    });
    expect(router.route('GET', null, '/sitters/:id')).toMatchObject({ route: '/sitters/{id}', values: null });
  });
});
