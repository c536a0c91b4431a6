import { describe, it } from 'vitest';
import { startTestApp } from './app-under-test.ts';
import { holdsWhateverTheSwitches } from './cell-behaviour.ts';

const cells = ['off', 'memory'].flatMap((cache) =>
  ['1', '2', '4'].flatMap((shards) => ['0', '1'].map((replicas) => ({ cache, shards, replicas }))),
);

describe('the app is right', () => {
  it.each(cells)('with --cache $cache --shards $shards --replicas $replicas', async ({ cache, shards, replicas }) => {
    const test = await startTestApp('--cache', cache, '--shards', shards, '--replicas', replicas);
    await holdsWhateverTheSwitches(test).finally(() => test.close());
  });
});
