import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { type Explanation, explain, explanationSchema, explanationText } from '../../src/explain/index.ts';
import { REMEDIED } from '../../src/explain/remedies.ts';
import { gateOf } from '../../src/gate/gate.ts';
import type { DriftResult, Run } from '../../src/results/schema.ts';
import { evenly, madeUpArchive, REQUESTS } from '../cli/archives.ts';
import { silentIo } from '../cli/io.ts';
import { brokenMeasurement } from '../gate/broken.ts';
import { madeUpRun } from '../report/fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-explain-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function headroom(...argv: string[]) {
  const io = silentIo({ cwd: folder });
  return { code: await run(argv, io), out: io.out(), err: io.err() };
}

async function explained(...argv: string[]): Promise<Explanation> {
  const { code, out, err } = await headroom('explain', ...argv, '--json');
  expect([code, err]).toEqual([0, '']);
  return explanationSchema.parse(JSON.parse(out));
}

const slo = async (...objectives: unknown[]): Promise<string> => {
  await writeFile(join(folder, 'slo.json'), JSON.stringify(objectives));
  return 'slo.json';
};

describe('a broken objective', () => {
  /** 20 ms, but 400 ms from second 40 to 45: 250 of 3,000 requests. */
  const stalled = (i: number): number => (i >= 2_000 && i < 2_250 ? 400 : 20);
  /** The event loop is busy from second 40 to 45. */
  const target = (second: number) => ({ lag: second >= 40 && second < 45 ? 0.9 : 0.01 + (second % 3) / 1_000, up: 1 });

  it('is told with the requests beyond it, when it was lost, and what else moved then', async () => {
    const path = await madeUpArchive(folder, 'stall-1', stalled, {}, target);
    const { findings, verdict, because } = await explained(
      path,
      '--slo',
      await slo({ endpoint: 'search', metric: 'p95', max: 100 }),
    );
    expect(verdict).toBe('fail');
    expect(because).toContain('search p95 400 ms, allowed ≤ 100 ms');
    const [finding] = findings;
    // 150 may be slower; 50 a second are, from second 40 on: the 151st is one of second 43.
    expect(finding).toMatchObject({
      ...{ kind: 'objective', id: 'search.p95', status: 'fail', allowed: 100, unit: 'ms', atSeconds: 43 },
      samples: { count: REQUESTS, bad: 250, allowed: 150 },
    });
    expect(finding?.alsoThen.map(({ name }) => name)).toEqual(['lag']);
    expect(finding?.alsoThen[0]?.value).toBeCloseTo(0.9, 9);
    const text = finding?.sentences.join(' ');
    expect(text).toContain('Of 3,000 requests, 250 took longer, and 150 may.');
    expect(text).toContain('At 0:43 it was lost');
    expect(text).toContain('Unusual at that time: lag 0.9 (usually 0.011)');
  });

  it('over a sliding window is told by its worst window', async () => {
    const path = await madeUpArchive(folder, 'stall-1', stalled, {}, target);
    const objective = { endpoint: 'search', metric: 'p95', max: 100, windowSeconds: 10 };
    const { findings } = await explained(path, '--slo', await slo(objective));
    expect(findings[0]).toMatchObject({ id: 'search.p95/10s', status: 'fail', samples: null });
    const at = findings[0]?.atSeconds ?? Number.NaN;
    expect(at).toBeGreaterThanOrEqual(31);
    expect(at).toBeLessThanOrEqual(44);
    expect(findings[0]?.alsoThen.map(({ name }) => name)).toEqual(['lag']);
  });

  it('and its requests beyond agree with the verdict, wherever the limit lies', async () => {
    const path = await madeUpArchive(folder, 'even-1', evenly(50));
    for (const max of [144.9, 144.95, 145, 145.05, 145.1]) {
      const { findings } = await explained(path, '--slo', await slo({ endpoint: 'search', metric: 'p95', max }));
      const [{ status, samples } = { status: '', samples: null }] = findings;
      expect([max, status]).toEqual([max, (samples?.bad ?? 0) > (samples?.allowed ?? 0) ? 'fail' : 'pass']);
    }
  });
});

it('a baseline is told with its test and how often that is wrong', async () => {
  for (let i = 0; i < 8; i++) {
    await headroom('baseline', 'save', await madeUpArchive(folder, `night-${i}`, evenly(50 + (i % 3))));
  }
  const slow = await madeUpArchive(folder, 'slow-99', evenly(90));
  const { verdict, because, findings, next } = await explained(slow, '--baseline', 'main');
  expect(verdict).toBe('fail');
  expect(because).toContain('worse than the baseline’s runs');
  const told = findings.map(({ sentences }) => sentences.join(' ')).join(' ');
  expect(told).toMatch(/Each of \d+ figures has a limit/);
  expect(told).toContain('The chance that such a run passes any limit by luck is 5 %');
  expect(findings.filter(({ kind, status }) => kind === 'baseline' && status === 'fail').map(({ id }) => id)).toContain(
    'search.p95',
  );
  expect(next.join(' ')).toContain('headroom ab');

  const { next: few } = await explained(slow, '--baseline', (await few3()).name);
  expect(few).toEqual(['Save 5 more good runs: headroom baseline save <run> --name few.']);

  async function few3() {
    for (let i = 0; i < 3; i++) await headroom('baseline', 'save', join('runs', `night-${i}`), '--name', 'few');
    return { name: 'few' };
  }
});

const textOf = (change: Partial<Run>): string => {
  const made = madeUpRun(change);
  return explanationText(explain(made, gateOf(made, null), new Map()));
};

describe('an invalid run', () => {
  it('is told by each of its reasons, with a remedy that is its own', () => {
    const reasons = brokenMeasurement();
    const { findings, next } = ((made) => explain(made, gateOf(made, null), new Map()))(
      madeUpRun({ verdict: 'invalid', validity: { ok: false, reasons, limits: {} } }),
    );
    expect([...new Set(reasons.map(({ code }) => code))].sort()).toEqual([...REMEDIED].sort());
    expect(findings.filter(({ kind }) => kind === 'validity').map(({ id }) => id)).toEqual(
      reasons.map(({ code }) => code),
    );
    expect(next).toHaveLength(REMEDIED.length);
  });
});

describe('other verdicts', () => {
  it('pass is told by how much of each objective is used, the tightest first', () => {
    const text = textOf({});
    expect(text).toMatch(/^PASS {2}load against/);
    expect(text.indexOf('book p99: 571 ms, allowed ≤ 600 ms, 95 % of it used')).toBeGreaterThan(0);
    expect(text.indexOf('book p99')).toBeLessThan(text.lastIndexOf('search p95'));
    expect(text).not.toContain('What to do');
  });

  it('a failed audit comes with what must be', () => {
    const audit = { ok: false, checks: [{ name: 'double-payments', ok: false, expected: 0, observed: 2 }] };
    const text = textOf({ verdict: 'fail', audit });
    expect(text).toContain('double payments is 2, and must be 0');
    expect(text).toContain('Look at the audit first');
  });

  it('inconclusive says that nothing was asked', () => {
    const text = textOf({ verdict: 'inconclusive', slo: [], audit: null });
    expect(text).toContain('What is missing');
    expect(text).toContain('headroom gate <the run’s folder> --slo slo.json');
  });

  it('interrupted says how to go on', () => {
    expect(textOf({ verdict: 'interrupted' })).toContain('headroom resume');
  });

  it('a drift comes with its slope, its limit, and where to look first', () => {
    const drift: DriftResult = {
      ...{ id: 'rss', signal: 'rss', source: 'process_resident_memory_bytes', unit: 'bytes', verdict: 'fail' },
      because:
        'it rises by more than is allowed, with 95 % certainty over 24 bins of 15 min, and goes on in the last half',
      ...{ level: 2e8, last: 3e8, budgetPerDay: 2e7, limit: 5e8, hoursToLimit: 16, binSeconds: 900, bins: 24 },
      perHour: { slope: 1.25e7, lower: 1e7, upper: 1.5e7 },
      lastHalfPerHour: { slope: 1.25e7, lower: 1e7, upper: 1.5e7 },
      ...{ loadExplains: null, warmingSeconds: null },
    };
    const soak = {
      ...{ binSeconds: 900, budget: 0.1, metrics: {}, limits: {}, gaps: [], stopped: null },
      worstMinute: {
        atSeconds: 7_200,
        why: 'p95 of search was 900 ms, usually 90 ms',
        candidates: [{ name: 'lag', value: 0.4, usual: 0.01, z: 40 }],
      },
    };
    const text = textOf({ verdict: 'fail', drift: [drift], soak }).replace(/\n {4}/g, ' ');
    expect(text).toContain('resident memory: +12.5 MB/h (at most 833 kB/h), from 200 MB to 300 MB.');
    expect(text).toContain('Its limit: 500 MB in 16 h.');
    expect(text).toContain(
      'Worst minute, at 2:00:00: p95 of search was 900 ms, usually 90 ms. Unusual at that time: lag 0.4',
    );
    expect(text).toContain('Begin with resident memory; look for objects, buffers or threads that are kept.');
  });
});
