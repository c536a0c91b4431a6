import { describe, expect, it } from 'vitest';
import { Cache, ReadThrough } from '../../reference-app/cache/cache.ts';
import { createMemoryStore } from '../../reference-app/cache/memory.ts';
import { startTestApp } from './app-under-test.ts';
import { cacheBehaviour } from './cache-behaviour.ts';

describe('the memory cache', () => cacheBehaviour(() => startTestApp('--cache', 'memory')));

describe('reading through', () => {
  const cacheOn = (entries = 10) => {
    const results: string[] = [];
    const cache = new Cache({
      store: createMemoryStore(entries),
      ttlMs: 60_000,
      observe: (kind, result) => results.push(`${kind} ${result}`),
    });
    return { cache, results, words: new ReadThrough<string>(cache, 'word', (word) => word !== '') };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('does not keep what was loaded from before an invalidation, and gives it to nobody who asks after', async () => {
    const { cache, words } = cacheOn();
    let finish = (_: string): void => {};
    const slow = words.read({ key: 'k', tags: ['t'], load: () => new Promise((resolve) => (finish = resolve)) });
    await settled();
    await cache.invalidate(['t']);
    const next = words.read({ key: 'k', tags: ['t'], load: async () => 'new' });
    expect(await next).toBe('new');
    finish('old');
    expect(await slow).toBe('old');
    await settled();
    expect(await words.read({ key: 'k', tags: ['t'], load: async () => 'newer' })).not.toBe('old');
  });

  it('forgets what carries an invalidated tag, and nothing else', async () => {
    const { cache, words } = cacheOn();
    const read = (key: string, tag: string, now: string) => words.read({ key, tags: [tag], load: async () => now });
    await read('a', 'x', 'a1');
    await read('b', 'y', 'b1');
    await settled();
    await cache.invalidate(['x']);
    expect([await read('a', 'x', 'a2'), await read('b', 'y', 'b2')]).toEqual(['a2', 'b1']);
  });

  it('keeps neither failures nor what is not to be kept, and no more than it may', async () => {
    const { cache, results, words } = cacheOn(2);
    const failing = words.read({ key: 'f', tags: [], load: () => Promise.reject(new Error('no')) });
    await expect(failing).rejects.toThrow('no');
    for (const key of ['f', 'empty', 'empty', 'a', 'b', 'c', 'c']) {
      await words.read({ key, tags: [], load: async () => (key === 'empty' ? '' : key) });
      await settled();
    }
    expect(cache.store.size).toBe(2);
    expect(results.filter((result) => result === 'word hit')).toHaveLength(1);
    expect(results).toHaveLength(8);
  });

  it('does without a store that fails', async () => {
    const results: string[] = [];
    const away = () => Promise.reject(new Error('away'));
    const cache = new Cache({
      store: { get: away, set: away, invalidate: async () => {}, shared: true, size: null, close: async () => {} },
      ttlMs: 60_000,
      observe: (_, result) => results.push(result),
    });
    const words = new ReadThrough<string>(cache, 'word', () => true);
    expect(await words.read({ key: 'a', tags: ['t'], load: async () => 'there' })).toBe('there');
    expect(results).toEqual(['error']);
  });
});
