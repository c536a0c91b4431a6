/** Instances that wrote themselves to a real InfluxDB, read back and merged. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { mergeFolders, mergeFromInflux } from '../../src/merge/index.ts';
import { influxAddress } from '../../src/publish/influx.ts';
import { publishRun } from '../../src/publish/publish.ts';
import { silentIo } from '../cli/io.ts';
import { startInfluxd, type TestServer } from '../dashboards/servers.ts';
import { RUN_ID, T0, writeInstance } from './made-up-instances.ts';

let influxd: TestServer;
let folder: string;
beforeAll(async () => {
  [influxd, folder] = [await startInfluxd(), await mkdtemp(join(tmpdir(), 'headroom-merge-'))];
});
afterAll(async () => {
  await influxd.stop();
  await rm(folder, { recursive: true, force: true });
});

async function change(query: string): Promise<void> {
  const response = await fetch(`${influxd.url}/query?db=headroom&q=${encodeURIComponent(query)}`, { method: 'POST' });
  expect(await response.text()).not.toContain('error');
}

it('instances in InfluxDB merge into the run of their archives, and what is not there makes it invalid', async () => {
  const slos = [{ endpoint: 'search', metric: 'p95', max: 100 } as const];
  // Many different values: the texts of some windows are longer than a field of InfluxDB may be.
  const latencies = (second: number): number[] =>
    Array.from({ length: second === 3 ? 60_000 : 20 }, (_, i) => 10 + ((i * 7919) % 1_000_003) / 20_000);
  const made = await Promise.all(
    [1, 2].map((number) => writeInstance(join(folder, 'pods'), { number, slos, latencies })),
  );
  const address = influxAddress(`${influxd.url}/headroom`, {});
  for (const one of made) expect(await publishRun(one, address)).toMatchObject({ missing: 0 });
  await publishRun(made[0] ?? '', address);

  const ofArchives = await mergeFolders([join(folder, 'pods')], { runsFolder: join(folder, 'a') });
  const options = { runsFolder: join(folder, 'b') };
  const merged = await mergeFromInflux(address, RUN_ID, options);
  expect(merged.run).toEqual(ofArchives.run);
  expect([merged.run.verdict, merged.run.endpoints[0]?.count]).toEqual(['pass', 2 * (60_000 + 29 * 20)]);
  expect(merged.series).toEqual(ofArchives.series);

  await change(`DELETE FROM "windows" WHERE "instance" = '2' AND time = ${T0 + 7_000}ms`);
  const io = silentIo({ cwd: folder });
  expect(await run(['merge', '--influx', address.url.href, '--run-id', RUN_ID], io)).toBe(3);
  expect(io.err()).toMatch(/instance 2 of 2 has windows missing: 61 of its/);

  await change(`DELETE FROM "instances" WHERE "instance" = '2'`);
  const { run: withoutWord } = await mergeFromInflux(address, RUN_ID, options);
  expect(withoutWord.validity.reasons).toMatchObject([
    { code: 'instance-died', message: expect.stringMatching(/^instance 2 of 2 died 30 s/) },
  ]);

  await expect(mergeFromInflux(address, 'another', options)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
});
