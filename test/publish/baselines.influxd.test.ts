import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { baselineRunOf } from '../../src/gate/baseline.ts';
import { folderStore } from '../../src/gate/folder-store.ts';
import { listBaselines, readBaseline, removeFromBaseline, saveToBaseline } from '../../src/gate/store.ts';
import { influxStore } from '../../src/publish/baselines.ts';
import { influxAddress } from '../../src/publish/influx.ts';
import { writeRun } from '../../src/results/archive.ts';
import { silentIo } from '../cli/io.ts';
import { startInfluxd, type TestServer } from '../dashboards/servers.ts';
import { madeUpRun } from '../report/fixture.ts';

let influxd: TestServer;
let folder: string;
beforeEach(async () => {
  [influxd, folder] = [await startInfluxd(), await mkdtemp(join(tmpdir(), 'headroom-test-'))];
});
afterEach(async () => {
  await influxd.stop();
  await rm(folder, { recursive: true, force: true });
});

const night = (n: number) =>
  baselineRunOf(
    madeUpRun({
      id: `it's night ${n}`,
      startedAt: new Date(Date.UTC(2026, 0, 5, n)).toISOString(),
      scenario: 'a "load"',
    }),
  );

describe('baselines in InfluxDB', () => {
  it('are those that a folder would hold', async () => {
    const stores = [folderStore(join(folder, 'baselines')), influxStore(influxAddress(influxd.url, {}))];
    const seen = await Promise.all(
      stores.map(async (store) => {
        const before = await listBaselines(store);
        for (const n of [3, 1, 2, 1]) await saveToBaseline(store, 'main', night(n), 40);
        await saveToBaseline(store, 'other', night(4), 40);
        const all = await listBaselines(store);
        const kept = await saveToBaseline(store, 'main', night(5), 2);
        const removed = await removeFromBaseline(store, 'main', night(2).run).catch((error: Error) => error.message);
        const one = await removeFromBaseline(store, 'main', night(3).run);
        const left = await readBaseline(store, 'main');
        return { before, all, kept, removed, one, left, gone: await removeFromBaseline(store, 'main', null) };
      }),
    );
    const [inFolder, inInflux] = seen;
    expect(inInflux).toEqual(inFolder);
    expect(inFolder?.before).toEqual([]);
    expect(inFolder?.all.map(({ name, runs }) => [name, runs.length])).toEqual([
      ['main', 3],
      ['other', 1],
    ]);
    expect(inFolder?.all[0]?.runs).toEqual([night(1), night(2), night(3)]);
    expect(inFolder?.kept.runs).toEqual([night(3), night(5)]);
    expect(inFolder?.removed).toContain('holds no run');
    expect(inFolder?.left.runs).toEqual([night(5)]);
  });

  it('are kept and compared with by the commands', async () => {
    const where = ['--baselines', `${influxd.url}/shared`];
    const headroom = async (...argv: string[]) => {
      const io = silentIo({ cwd: folder });
      return { code: await run([...argv, ...where], io), text: io.out() + io.err() };
    };
    await writeRun(folder, madeUpRun());
    expect(await headroom('baseline', 'save', '.')).toMatchObject({
      code: 0,
      text: expect.stringContaining('has 1 run'),
    });
    expect((await headroom('baseline', 'list')).text).toMatch(/^main {2}load {2}1 runs/);
    expect((await headroom('gate', '.', '--baseline', 'main')).text).toContain('the baseline has 0 runs and needs 8');
    const missing = await headroom('gate', '.', '--baseline', 'none');
    expect(missing.text).toContain(`There is no baseline none in ${influxd.url}/shared; there are main.`);
    await influxd.down();
    expect(await headroom('baseline', 'list')).toEqual({
      code: 5,
      text: expect.stringMatching(/^headroom: InfluxDB at \S+ does not serve the baselines \(ECONNREFUSED\)\.\n/),
    });
  });
});
