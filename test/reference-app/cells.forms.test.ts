import { describe, it } from 'vitest';
import { FORMS, startTestApp } from './app-under-test.ts';
import { holdsWhateverTheSwitches } from './cell-behaviour.ts';

/** Cells that say something about several processes; the single one is in cells.test.ts. */
const cells = [
  { cache: 'off', shards: '4', replicas: '0' },
  { cache: 'off', shards: '1', replicas: '1' },
  { cache: 'memory', shards: '2', replicas: '0' },
  { cache: 'memory', shards: '4', replicas: '1' },
];

describe.each(FORMS.slice(1))('the app is right as $form', ({ switches }) => {
  it.each(cells)('with --cache $cache --shards $shards --replicas $replicas', async ({ cache, shards, replicas }) => {
    const test = await startTestApp(...switches, '--cache', cache, '--shards', shards, '--replicas', replicas);
    await holdsWhateverTheSwitches(test).finally(() => test.close());
  });
});
