import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Cache, ReadThrough } from '../../reference-app/cache/cache.ts';
import { withCircuit } from '../../reference-app/cache/circuit.ts';
import { createMemoryStore } from '../../reference-app/cache/memory.ts';
import { owingInvalidations } from '../../reference-app/cache/owed.ts';
import type { CacheStore } from '../../reference-app/cache/store.ts';
import { startTestApp } from './app-under-test.ts';
import { cacheBehaviour } from './cache-behaviour.ts';

describe('the memory cache', () => cacheBehaviour(() => startTestApp('--cache', 'memory')));

/** Lets what was started and not waited for come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A store in memory that can be told to fail, or never to answer. */
function fallible(): CacheStore & { asked: number; mode: 'answers' | 'fails' | 'hangs' } {
  const memory = createMemoryStore(100);
  const ask = <T>(work: () => Promise<T>): Promise<T> => {
    store.asked++;
    if (store.mode === 'hangs') return new Promise(() => {});
    return store.mode === 'fails' ? Promise.reject(new Error('away')) : work();
  };
  const store: ReturnType<typeof fallible> = {
    asked: 0,
    mode: 'answers',
    get: (key, tags) => ask(() => memory.get(key, tags)),
    set: (...kept) => ask(() => memory.set(...kept)),
    invalidate: (tags) => ask(() => memory.invalidate(tags)),
    size: null,
    close: () => memory.close(),
  };
  return store;
}

describe('reading through', () => {
  const cacheOn = (store: CacheStore = createMemoryStore(10), ttlMs = 60_000) => {
    const results: string[] = [];
    const cache: Cache = { store, ttlMs, observe: (kind, result) => results.push(`${kind} ${result}`) };
    return { cache, results, words: new ReadThrough(cache, 'word', z.string(), (word) => word !== '') };
  };

  it('tells how long the store took, and not how long the loading', async () => {
    const memory = createMemoryStore(10);
    const late = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), 40));
    const store: CacheStore = {
      get: async (key, tags) => await late(await memory.get(key, tags)),
      set: (...kept) => memory.set(...kept),
      invalidate: (tags) => memory.invalidate(tags),
      size: null,
      close: () => memory.close(),
    };
    const took: number[] = [];
    const cache: Cache = { store, ttlMs: 60_000, observe: (_kind, _result, milliseconds) => took.push(milliseconds) };
    const words = new ReadThrough(cache, 'word', z.string(), () => true);
    // Told before the value is there: a load that never ends does not keep it.
    void words.read({ key: 'k', tags: [], load: () => new Promise(() => {}) });
    await expect.poll(() => took.length).toBe(1);
    expect(took[0]).toBeGreaterThanOrEqual(35);
  });

  it('does not keep what was loaded from before an invalidation, and gives it to nobody who asks after', async () => {
    // Invalidated in the store, as by another process: this one is not told.
    const store = createMemoryStore(10);
    const { words } = cacheOn(store);
    let finish = (_: string): void => {};
    const slow = words.read({ key: 'k', tags: ['t'], load: () => new Promise((resolve) => (finish = resolve)) });
    await settled();
    await store.invalidate(['t']);
    const next = words.read({ key: 'k', tags: ['t'], load: async () => 'new' });
    expect(await next).toBe('new');
    finish('old');
    expect(await slow).toBe('old');
    await settled();
    expect(await words.read({ key: 'k', tags: ['t'], load: async () => 'newer' })).not.toBe('old');
  });

  it('loads once for one who looked before the value was kept, and heard of it after', async () => {
    const memory = createMemoryStore(10);
    let answer = (): void => {};
    let late: Promise<void> | undefined;
    const store: CacheStore = {
      ...memory,
      async get(key, tags) {
        const found = await memory.get(key, tags);
        await late;
        return found;
      },
    };
    const { words, results } = cacheOn(store);
    let finish = (_: string): void => {};
    const read = (load: () => Promise<string>) => words.read({ key: 'k', tags: ['t'], load });
    const first = read(() => new Promise((resolve) => (finish = resolve)));
    await settled();
    late = new Promise((resolve) => (answer = resolve));
    const second = read(async () => 'again');
    finish('once');
    await first;
    await settled();
    answer();
    expect(await second).toBe('once');
    await settled();
    expect(await read(async () => 'again')).toBe('once');
    expect(results).toEqual(['word miss', 'word shared', 'word hit']);
  });

  it('forgets what carries an invalidated tag, and nothing else', async () => {
    const { cache, words } = cacheOn();
    const read = (key: string, tag: string, now: string) => words.read({ key, tags: [tag], load: async () => now });
    await read('a', 'x', 'a1');
    await read('b', 'y', 'b1');
    await settled();
    await cache.store.invalidate(['x']);
    expect([await read('a', 'x', 'a2'), await read('b', 'y', 'b2')]).toEqual(['a2', 'b1']);
  });

  it('never takes a value for valid because its mark was forgotten', async () => {
    const { cache, words } = cacheOn(createMemoryStore(2));
    const read = (now: string) => words.read({ key: 'k', tags: ['t'], load: async () => now });
    await read('old');
    await settled();
    await cache.store.invalidate(['t']);
    // More tags than the store keeps marks.
    for (const tag of ['u', 'v', 'w']) await cache.store.get('other', [tag]);
    expect(await read('new')).toBe('new');
  });

  it('keeps neither failures nor what is not to be kept, and no more than it may', async () => {
    const { cache, results, words } = cacheOn(createMemoryStore(2));
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

  it('drops the value that was read the longest ago', async () => {
    const { results, words } = cacheOn(createMemoryStore(2));
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) {
      await words.read({ key, tags: [], load: async () => key });
      await settled();
    }
    expect(results).toEqual(['miss', 'miss', 'hit', 'miss', 'hit', 'miss'].map((result) => `word ${result}`));
  });

  it('keeps values for their time, give or take a tenth, each for another', async () => {
    const lives: number[] = [];
    const memory = createMemoryStore(10);
    const store: CacheStore = { ...memory, set: async (_key, _value, _marks, ttlMs) => void lives.push(ttlMs) };
    const { words } = cacheOn(store, 1_000);
    for (let key = 0; key < 200; key++) await words.read({ key: String(key), tags: [], load: async () => 'word' });
    await settled();
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...lives)).toBeLessThanOrEqual(1_100);
    expect(Math.min(...lives)).toBeLessThan(950);
    expect(Math.max(...lives)).toBeGreaterThan(1_050);
  });

  it('takes a value that is none of its kind, or no JSON, for a miss', async () => {
    const { cache, words } = cacheOn();
    for (const text of ['{"other":1}', 'no JSON']) {
      await cache.store.set('word:k', text, [], 60_000);
      expect(await words.read({ key: 'k', tags: [], load: async () => 'loaded' })).toBe('loaded');
      await settled();
    }
  });

  it('does without a store that fails', async () => {
    const store = fallible();
    store.mode = 'fails';
    const { results, words } = cacheOn(store);
    expect(await words.read({ key: 'a', tags: ['t'], load: async () => 'there' })).toBe('there');
    expect(results).toEqual(['word error']);
  });
});

describe('the circuit around a store', () => {
  const around = (store: CacheStore, pauseMs: number) => {
    const told: string[] = [];
    const circuit = withCircuit(store, {
      timeoutMs: 5,
      failures: 3,
      pauseMs,
      opened: () => told.push('opened'),
      closed: () => told.push('closed'),
    });
    return {
      circuit,
      told,
      look: () =>
        circuit.get('k', []).then(
          () => 'answer',
          () => 'none',
        ),
    };
  };

  it('gives up a call that hangs, and after a few asks no more', async () => {
    const store = fallible();
    store.mode = 'hangs';
    const { look, told } = around(store, 60_000);
    for (let call = 0; call < 10; call++) expect(await look()).toBe('none');
    expect([store.asked, told]).toEqual([3, ['opened']]);
  });

  it('lets one call try when the pause is over, and closes when that is answered', async () => {
    const store = fallible();
    store.mode = 'fails';
    const { look, told } = around(store, 0);
    for (let call = 0; call < 3; call++) await look();
    store.mode = 'hangs';
    expect(await Promise.all([look(), look(), look()])).toEqual(['none', 'none', 'none']);
    expect(store.asked).toBe(4);
    store.mode = 'answers';
    expect([await look(), await look()]).toEqual(['answer', 'answer']);
    expect(told).toEqual(['opened', 'closed']);
  });

  it('stays closed while some calls are answered', async () => {
    const store = fallible();
    const { look, told } = around(store, 60_000);
    for (const mode of ['fails', 'fails', 'answers', 'fails', 'fails', 'answers'] as const) {
      store.mode = mode;
      await look();
    }
    expect(told).toEqual([]);
  });
});

describe('invalidations that did not arrive', () => {
  it('are made before anything is read, and fail nobody', async () => {
    const store = fallible();
    const owing = owingInvalidations(store, 60_000);
    const { marks } = await owing.get('k', ['t']);
    await owing.set('k', 'old', marks, 60_000);
    store.mode = 'fails';
    await owing.invalidate(['t']);
    await expect(owing.get('k', ['t'])).rejects.toThrow('away');
    store.mode = 'answers';
    expect((await owing.get('k', ['t'])).value).toBeUndefined();
    await owing.close();
  });

  it('are made without anybody reading here, for others may read', async () => {
    const store = fallible();
    const owing = owingInvalidations(store, 1);
    const { marks } = await owing.get('k', ['t']);
    store.mode = 'fails';
    await owing.invalidate(['t']);
    store.mode = 'answers';
    await expect.poll(async () => (await store.get('k', ['t'])).marks).not.toEqual(marks);
    await owing.close();
  });
});
