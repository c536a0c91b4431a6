/** Archives of runs that never took place, written as a run writes its own. */
import { join } from 'node:path';
import { createRunFolder, writeRun } from '../../src/results/archive.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import type { Run } from '../../src/results/schema.ts';
import { Totals } from '../../src/results/totals.ts';
import { WindowCollector } from '../../src/results/window.ts';
import { WindowsWriter } from '../../src/results/writer.ts';
import { madeUpRun } from '../report/fixture.ts';

const T0 = Date.UTC(2026, 0, 5, 9);
export const REQUESTS = 3_000;

/** Latencies that go evenly from `from` to `from` + 100 ms, in an order that looks like chance. */
export const evenly =
  (from: number) =>
  (i: number): number =>
    from + ((i * 7919) % REQUESTS) / 30;

/**
 * An archive of a minute of 50 searches a second.
 *
 * @param latency of the i-th request, milliseconds
 * @param target the target's own metrics in each second
 * @returns its folder, beginning with `runs/`
 */
export async function madeUpArchive(
  folder: string,
  id: string,
  latency: (i: number) => number,
  change: Partial<Run> = {},
  target: (second: number) => Record<string, number> = () => ({}),
): Promise<string> {
  const path = await createRunFolder(join(folder, 'runs'), id);
  const registry = new SeriesRegistry();
  const totals = new Totals(0, 60);
  const writer = new WindowsWriter(path, null);
  const windows = new WindowCollector([writer, totals]);
  for (let i = 0; i < REQUESTS; i++) {
    const tags = { name: 'search', status: '200' };
    const at = T0 + i * 20;
    windows.record(registry.intern('http_req_duration', tags), at, latency(i));
    windows.record(registry.intern('http_req_failed', tags), at, 0);
    windows.record(registry.intern('http_reqs', tags), at, 1);
    if (i % 50 !== 0) continue;
    for (const [metric, value] of Object.entries(target(i / 50))) {
      windows.record(registry.intern('target', { metric }), at, value);
    }
  }
  windows.end();
  await writer.close();
  const startedAt = new Date(T0 + Number(/\d+$/.exec(id)?.[0] ?? 0) * 60_000).toISOString();
  const base = { id, startedAt, warmupSeconds: 0, slo: [], audit: null, endpoints: totals.endpoints() };
  await writeRun(path, madeUpRun({ ...base, verdict: 'inconclusive', ...change }));
  return join('runs', id);
}
