/** `headroom merge` on archives of instances. */
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { run } from '../../src/cli/main.ts';
import { readRun } from '../../src/results/archive.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { segmentFile, WINDOWS_FILE } from '../../src/results/segments.ts';
import { rejudge } from '../../src/run/rejudge.ts';
import type { Slo } from '../../thresholds/slo.ts';
import { silentIo } from '../cli/io.ts';
import { madeUpRun } from '../report/fixture.ts';
import { RUN_ID, SECONDS, writeInstance } from './made-up-instances.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-merge-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function merge(...argv: string[]): Promise<{ code: number; err: string; run: Run }> {
  const io = silentIo({ cwd: folder });
  const code = await run(['merge', ...argv, '--json'], io);
  return { code, err: io.err(), run: io.out() === '' ? madeUpRun() : runSchema.parse(JSON.parse(io.out())) };
}

const judgedAlone = async (made: string, slos: readonly Slo[]): Promise<boolean[]> =>
  (await rejudge(made, await readRun(made), slos)).slo.map(({ ok }) => ok);

/** Cuts a file in the middle, as a kill may. */
const halve = async (path: string): Promise<void> => truncate(path, Math.floor((await stat(path)).size / 2));

const P95: Slo[] = [{ endpoint: 'search', metric: 'p95', max: 100 }];

describe('headroom merge', () => {
  it('makes one run of the instances, which can be merged again', async () => {
    await Promise.all([1, 2].map((number) => writeInstance(join(folder, 'volume'), { number, slos: P95 })));
    const first = await merge('volume');
    expect(first).toMatchObject({
      code: 0,
      err: '',
      run: { id: RUN_ID, verdict: 'pass', requests: { count: 2 * 20 * SECONDS } },
    });
    expect(first.run.endpoints).toMatchObject([
      { name: 'search', count: 2 * 20 * SECONDS, p50: expect.closeTo(19, 1), max: 29 },
    ]);
    expect(first.run.generator).toMatchObject({ peakVus: 6, samplesLost: 0 });
    expect(first.run.instances).toMatchObject([
      { number: 1, state: 'ended', clockOffsetMs: 10, untilSeconds: SECONDS, samplesMissing: 0, peakVus: 3 },
      {
        number: 2,
        state: 'ended',
        clockOffsetMs: -10,
        untilSeconds: SECONDS,
        samplesMissing: 0,
        requests: 20 * SECONDS,
      },
    ]);
    expect(await readFile(join(folder, 'runs', RUN_ID, 'report.html'), 'utf8')).toContain('</html>');
    const [one, two] = [1, 2].map((number) => join('volume', `${RUN_ID}-${number}of2`));
    expect((await merge(two ?? '', one ?? '')).run).toEqual(first.run);
    expect(await judgedAlone(join(folder, 'runs', RUN_ID), P95)).toEqual([true]);
  });

  it('judges the union: a window in which each instance alone has too few samples to tell is broken by all together', async () => {
    // A share of all lies between those of the parts; what only all together can show is where each alone has too little.
    const slos: Slo[] = [{ endpoint: 'search', metric: 'p50', max: 100, windowSeconds: 2, minSamples: 20 }];
    const latencies = (second: number): number[] =>
      Array(second === 10 || second === 11 ? 7 : 20).fill(second === 10 || second === 11 ? 500 : 10);
    const made = await Promise.all([1, 2].map((number) => writeInstance(folder, { number, slos, latencies })));
    for (const one of made) expect(await judgedAlone(one, slos)).toEqual([true]);
    const { code, run: merged } = await merge(...made);
    expect([code, merged.verdict]).toEqual([1, 'fail']);
    expect(merged.slo).toMatchObject([{ ok: false, window: { worstAtSeconds: 10 } }]);
  });

  it('cannot otherwise break a quantile of the whole run that each instance alone holds, nor hold what all break', () => {
    // Of n samples ⌊(1 − q)n⌋ may be slower (nearest rank), and the sum of such parts never passes that of the sum.
    const random = keyedRandom(7, 'union', 0);
    const draw = (limit: number): number => Math.floor(random.next() * limit);
    for (let round = 0; round < 500; round++) {
      const parts = Array.from({ length: 2 + draw(4) }, () => {
        const spread = 2 + draw(40);
        return Array.from({ length: 1 + draw(60) }, () => 80 + draw(spread));
      });
      const breaks = (values: readonly number[], q: number): boolean => {
        const histogram = new Histogram();
        for (const ms of values) histogram.recordMs(ms);
        return (histogram.quantileMs(q) ?? 0) > 100.5;
      };
      for (const q of [0.5, 0.9, 0.95, 0.99]) {
        const alone = new Set(parts.map((values) => breaks(values, q)));
        if (alone.size === 1) expect(alone).toContain(breaks(parts.flat(), q));
      }
    }
  });

  it('judges the union: an instance that warms up while the others are judged breaks what each alone holds', async () => {
    // Its warm-up leaves out its first three seconds. That of the run began with the first instance, a second earlier.
    const change = { warmupSeconds: 2 };
    const slow = (second: number): number[] => Array(second === 2 ? 120 : 20).fill(second === 2 ? 500 : 10);
    const made = await Promise.all([
      writeInstance(folder, { number: 1, slos: P95, latencies: () => Array(20).fill(10), change }),
      writeInstance(folder, { number: 2, slos: P95, latencies: slow, late: 1, change }),
    ]);
    expect(await Promise.all(made.map((one) => judgedAlone(one, P95)))).toEqual([[true], [true]]);
    const { code, run: merged } = await merge(...made);
    expect([code, merged.verdict, merged.slo[0]?.observed]).toEqual([1, 'fail', expect.closeTo(500, 0)]);
  });

  it('judges the union: an objective that one instance alone breaks holds for all together', async () => {
    const slow = (): number[] => [...Array(18).fill(10), 500, 500];
    const made = await Promise.all([
      writeInstance(folder, { number: 1, slos: P95, latencies: slow }),
      writeInstance(folder, { number: 2, slos: P95, latencies: () => Array(40).fill(10) }),
    ]);
    expect(await Promise.all(made.map((one) => judgedAlone(one, P95)))).toEqual([[false], [true]]);
    expect(await merge(...made)).toMatchObject({ code: 0, run: { verdict: 'pass' } });
  });

  it('is invalid without an instance, however good the other is', async () => {
    const one = await writeInstance(folder, { number: 1, slos: P95 });
    const { code, run: merged } = await merge(one);
    expect([code, merged.slo.every(({ ok }) => ok)]).toEqual([3, true]);
    expect(merged.validity.reasons).toMatchObject([
      { code: 'instance-missing', message: expect.stringContaining('instance 2 of 2') },
    ]);
  });

  it('is invalid when an instance died, and says when', async () => {
    const made = [
      await writeInstance(folder, { number: 1, slos: P95 }),
      await writeInstance(folder, {
        number: 2,
        slos: P95,
        seconds: 12,
        change: { endedAt: null, verdict: 'interrupted' },
      }),
    ];
    const { code, run: merged } = await merge(...made);
    expect(code).toBe(3);
    expect(merged.validity.reasons).toMatchObject([
      { code: 'instance-died', message: expect.stringMatching(/^instance 2 of 2 died 12 s after/), observed: 12 },
    ]);
    expect(merged.instances).toMatchObject([{ untilSeconds: SECONDS }, { state: 'died', untilSeconds: 12 }]);
  });

  it.each([
    ['are cut', halve],
    ['are not there', (path: string) => rm(path)],
  ])('is invalid when windows of an instance %s', async (_, harm) => {
    const [one = '', two = ''] = await Promise.all(
      [1, 2].map((number) => writeInstance(folder, { number, slos: P95 })),
    );
    await harm(join(two, WINDOWS_FILE));
    const { code, run: merged } = await merge(one, two);
    expect(code).toBe(3);
    expect(merged.validity.reasons).toMatchObject([
      { code: 'instance-windows-missing', message: expect.stringContaining('instance 2 of 2') },
    ]);
  });

  it('goes no further in windows of an instance than to what cannot be read', async () => {
    const [one = '', two = ''] = await Promise.all(
      [1, 2].map((number) => writeInstance(folder, { number, slos: P95 })),
    );
    const lines = gunzipSync(await readFile(join(two, WINDOWS_FILE)))
      .toString()
      .trimEnd()
      .split('\n');
    const windows = lines.filter((line) => line.startsWith('{"second"'));
    const naming = lines.filter((line) => !windows.includes(line));
    const spoilt = (line: string): string => line.replace(/"[^"]*"\]/, '"t"]');
    const write = (number: number, some: readonly string[]): Promise<void> =>
      writeFile(join(two, segmentFile(number)), gzipSync([...naming, ...some, ''].join('\n')));
    await write(1, [...windows.slice(0, 15), ...windows.slice(15, 16).map(spoilt), ...windows.slice(16, 20)]);
    await write(2, windows.slice(20));
    const { code, run: merged } = await merge(one, two);
    expect([code, merged.requests.count]).toEqual([3, 20 * (SECONDS + 15)]);
    expect(merged.instances).toMatchObject([{ samplesMissing: 0 }, { untilSeconds: 15, samplesMissing: 15 * 61 }]);
  });

  it('takes over what speaks against the measurement of one instance', async () => {
    const reason = { code: 'generator-saturated', message: 'too busy', observed: 0.95, limit: 0.8 };
    const validity = { ok: false, reasons: [reason], limits: {} };
    await writeInstance(folder, { number: 1, slos: P95 });
    await writeInstance(folder, { number: 2, slos: P95, change: { verdict: 'invalid', validity } });
    const { code, run: merged } = await merge('.');
    expect([code, merged.validity.reasons]).toEqual([3, [{ ...reason, message: 'instance 2 of 2: too busy' }]]);
  });

  it('refuses what does not belong together, in one sentence', async () => {
    const one = await writeInstance(join(folder, 'one'), { number: 1, slos: P95 });
    const cases: [string, RegExp][] = [
      [
        await writeInstance(join(folder, 'seed'), { number: 2, slos: P95, change: { seed: 99 } }),
        /their seeds differ \(1 and 99\)/,
      ],
      [
        await writeInstance(join(folder, 'name'), { number: 2, slos: P95, change: { scenario: 'smoke' } }),
        /their scenarios differ \("load" and "smoke"\)/,
      ],
      [await writeInstance(join(folder, 'slos'), { number: 2 }), /their objectives differ/],
      [await writeInstance(join(folder, 'twice'), { number: 1, slos: P95 }), /are both instance 1 of one run/],
      [await writeInstance(join(folder, 'own'), { number: 2, change: { instance: undefined } }), /a run of its own/],
    ];
    for (const [other, why] of cases) {
      const { code, err } = await merge(one, other);
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(why) });
      expect(err.trim().split('\n')).toHaveLength(2);
    }
    expect(await merge('nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('no run in') });
    expect(await merge()).toMatchObject({ code: 2, err: expect.stringContaining('nothing to merge') });
  });

  it('has the audit of a target of two processes, which fails it when rows are there that nobody was told of', async () => {
    await Promise.all([1, 2].map((number) => writeInstance(join(folder, 'volume'), { number, slos: P95 })));
    const audit = async (name: string, bookings: number): Promise<string> => {
      const check = { name: 'outbox-waiting', ok: true, expected: 0, observed: 0 };
      await writeFile(
        join(folder, name),
        JSON.stringify({ ok: true, checks: [check], totals: { bookings, payments: 2 } }),
      );
      return name;
    };
    const before = ['--audit-before', await audit('a0.json', 5), '--audit-before', await audit('b0.json', 6)];
    const after = ['--audit-after', await audit('a1.json', 5), '--audit-after', await audit('b1.json', 6)];
    const sound = await merge('volume', ...before, ...after);
    expect(sound).toMatchObject({ code: 0, run: { verdict: 'pass', audit: { ok: true } } });
    expect(sound.run.audit?.checks.map(({ name }) => name)).toEqual([
      'outbox-waiting (a1.json)',
      'outbox-waiting (b1.json)',
      'bookings acknowledged to k6 are in the database',
      'payments acknowledged to k6 are in the database',
    ]);
    await audit('b1.json', 7);
    expect(await merge('volume', ...before, ...after)).toMatchObject({ code: 1, run: { audit: { ok: false } } });
    const uneven = await merge('volume', ...before, ...after.slice(0, 2));
    expect(uneven).toMatchObject({
      code: 2,
      err: expect.stringContaining('2 audits of before the load and 1 of after'),
    });
    await writeFile(join(folder, 'b1.json'), '{}');
    expect(await merge('volume', ...after)).toMatchObject({
      code: 2,
      err: expect.stringContaining('b1.json is no audit'),
    });
  });
});
