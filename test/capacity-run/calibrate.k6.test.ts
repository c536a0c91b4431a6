/** `headroom calibrate` with short trials: the app whose limit is known, and a search for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { capacitySchema } from '../../src/capacity-run/index.ts';
import { run } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';

it('searches for the limit of an app of its own, stops it, and says how far off it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-calibrate-'));
  try {
    const io = silentIo({ cwd: folder, env: { ...process.env, BASE_URL: undefined } });
    const code = await run(['calibrate', '--shards', '2', '--trial-seconds', '3', '--seed', '1', '--json'], io);
    const { capacity: document, ...error } = JSON.parse(io.out());
    const capacity = capacitySchema.parse(document);
    expect(io.err()).toContain('2 × 2 connections of 20 ms: its limit is 200 look-ups/s');
    expect(capacity.result, io.err()).toMatchObject({ outcome: 'found' });
    expect(code).toBe(error.inside && error.close ? 0 : 1);
    // No machine makes a connection answer more than it can; a trial of a few seconds sees a small excess late.
    expect(error).toMatchObject({ known: 200, lower: capacity.result?.lower });
    expect(capacity.result?.lower).toBeLessThan(1.15 * error.known);
    for (const { resources } of capacity.trials) {
      const pools = resources.flatMap(({ name, utilisation }) => (/^pool db\d$/.test(name) ? [utilisation ?? 0] : []));
      expect(pools).toHaveLength(2);
      // Users come in turn: both databases have the same share.
      expect(Math.abs((pools[0] ?? 0) - (pools[1] ?? 0))).toBeLessThan(0.15);
    }
    await expect(fetch(capacity.target)).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 400_000);
