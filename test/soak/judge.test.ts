import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DriftResult } from '../../src/results/schema.ts';
import { WindowsWriter } from '../../src/results/writer.ts';
import { readRunSeries } from '../../src/run/reread.ts';
import { gapsOf } from '../../src/soak/gaps.ts';
import {
  DEFAULT_SOAK,
  judgeDrifts,
  type SoakHistory,
  type SoakSettings,
  signalsOf,
  worstMinuteOf,
} from '../../src/soak/index.ts';
import { certaintyOf, FALSE_ALARMS } from '../../src/soak/judge.ts';
import { processFirst } from '../../src/soak/signals.ts';
import { LOOKS, spentAtEnd, stageDue } from '../../src/soak/stages.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { madeUpRun } from '../report/fixture.ts';
import { BEGIN, madeUpHistory, type Second } from './history.ts';

/** Compressed: a bin of 15 seconds, cells of one. */
const FAST: SoakSettings = { ...DEFAULT_SOAK, binSeconds: 15 };
const LENGTH = 480;

const draw = seeded(5);
/** A healthy second: some requests, memory with a sawtooth, a counter that rises evenly. */
const healthy = (at: number): Second => ({
  latencies: Array.from({ length: 5 }, () => 20 * Math.exp(0.1 * normal(draw))),
  target: {
    process_resident_memory_bytes: 200e6 + 10e6 * ((at % 7) / 7) + 1e6 * normal(draw),
    process_open_fds: 40 + Math.round(normal(draw)),
    process_max_fds: 1024,
    'app_pool_wait_seconds_sum{shard="0"}': 0.001 * at,
    'app_pool_wait_seconds_sum{shard="1"}': 0.003 * at,
    'app_pool_wait_seconds_count{shard="0"}': at,
    'app_pool_wait_seconds_count{shard="1"}': at,
    process_start_time_seconds: 1_700_000_000,
  },
});

const byId = (drift: readonly DriftResult[]): Record<string, DriftResult> =>
  Object.fromEntries(drift.map((each) => [each.id, each]));

describe('a soak', () => {
  it('has a verdict for each figure, with its level, its limit and its source', async () => {
    const history = await madeUpHistory(LENGTH, healthy, FAST);
    const drift = byId(
      judgeDrifts(history, { ...FAST, limits: { rss: 1e9 } }, [{ endpoint: 'search', metric: 'p50', max: 300 }]),
    );
    expect(Object.keys(drift).sort()).toEqual(['errorRate', 'fileDescriptors', 'poolWait', 'rss', 'search.p50']);
    for (const each of Object.values(drift)) expect(each).toMatchObject({ verdict: 'pass', bins: 24, binSeconds: 15 });
    expect(drift['search.p50']).toMatchObject({ unit: 'ms', source: 'search', limit: 300, hoursToLimit: null });
    expect((drift['search.p50']?.level ?? 0) / 20).toBeCloseTo(1, 1);
    expect(drift.rss).toMatchObject({ source: 'process_resident_memory_bytes', limit: 1e9 });
    expect(drift.fileDescriptors).toMatchObject({ limit: 1024 });
    // 4 ms waited by two requests each second
    expect(drift.poolWait?.level).toBeCloseTo(2, 6);
  });

  it('finds what drifts, and when it meets its limit', async () => {
    const history = await madeUpHistory(
      LENGTH,
      (at) => ({
        ...healthy(at),
        latencies: Array.from({ length: 5 }, () => 20 * (1 + at / 960) * Math.exp(0.1 * normal(draw))),
        target: { ...healthy(at).target, process_resident_memory_bytes: 200e6 * (1 + at / 960) + 1e6 * normal(draw) },
      }),
      FAST,
    );
    const drift = byId(
      judgeDrifts(history, { ...FAST, limits: { rss: 400e6 } }, [{ endpoint: 'search', metric: 'p50', max: 40 }]),
    );
    expect(drift.rss).toMatchObject({ verdict: 'fail' });
    // An hour is four bins: 60 s; at the end it is 300 MB, and 12.5 MB are added in each.
    expect((drift.rss?.perHour?.slope ?? 0) / 12.5e6).toBeCloseTo(1, 1);
    expect((drift.rss?.hoursToLimit ?? 0) / 8).toBeCloseTo(1, 0);
    expect(drift.rss?.perHour?.lower).toBeLessThan(drift.rss?.perHour?.slope ?? 0);
    expect(drift.rss?.perHour?.upper).toBeGreaterThan(drift.rss?.perHour?.slope ?? 0);
    expect(drift['search.p50']).toMatchObject({ verdict: 'fail', unit: 'ms' });
    expect((drift['search.p50']?.last ?? 0) / 30).toBeCloseTo(1, 1);
    expect(drift.fileDescriptors?.verdict).toBe('pass');
  });

  it('is inconclusive when it is short, and says why', async () => {
    const history = await madeUpHistory(120, healthy, FAST);
    for (const each of judgeDrifts(history, FAST, [])) {
      expect(each).toMatchObject({
        verdict: 'inconclusive',
        because: expect.stringMatching(/^\d bins of 15 s are too few/),
      });
    }
    const none = await madeUpHistory(2, healthy, FAST);
    for (const each of judgeDrifts(none, FAST, [])) expect(each.verdict).toBe('inconclusive');
  });

  it('takes the first source that is there, of its own first', async () => {
    const history = await madeUpHistory(
      60,
      (at) => ({ ...healthy(at), target: { ...healthy(at).target, mine: 5e8 } }),
      FAST,
    );
    const settings = { ...FAST, metrics: { rss: ['not_there', 'mine'] } };
    const sources = signalsOf(history, settings).map(({ id, source }) => [id, source]);
    expect(sources).toContainEqual(['rss', 'mine']);
    expect(sources).toContainEqual(['poolWait', 'app_pool_wait_seconds_sum / app_pool_wait_seconds_count']);
  });

  it('takes a process that was named before what the target says of itself', async () => {
    const history = await madeUpHistory(
      60,
      (at) => ({ ...healthy(at), target: { ...healthy(at).target, headroom_process_resident_memory_bytes: 3e8 } }),
      FAST,
    );
    const sourceOf = (settings: SoakSettings): string | undefined =>
      signalsOf(history, settings).find(({ id }) => id === 'rss')?.source;
    expect(sourceOf(FAST)).toBe('process_resident_memory_bytes');
    expect(sourceOf(processFirst(FAST))).toBe('headroom_process_resident_memory_bytes');
  });

  it('is the same from whole minutes as from seconds', async () => {
    const from = (cells: number[]): number[] => cells.map((value) => Number(value.toPrecision(9)));
    const seconds = await madeUpHistory(1_200, (at) => ({
      latencies: [20 + (at % 60)],
      target: { process_open_fds: at },
    }));
    const [p50] = signalsOf(seconds, DEFAULT_SOAK);
    // The median of 20 to 79, by nearest rank: the 30th.
    expect(from(p50?.series.values.slice(1, 4).map(Math.round) ?? [])).toEqual([49, 49, 49]);
    const fds = signalsOf(seconds, DEFAULT_SOAK).find(({ id }) => id === 'fileDescriptors');
    // BEGIN is 7 s into... the first whole minute begins at 60 − BEGIN mod 60.
    const first = 60 - (BEGIN % 60);
    expect(fds?.series.values[1]).toBe(first + 29.5);
    expect(fds?.series.times[1]).toBe(first + 30);
  });

  it('keeps its memory: of a very long one every other minute goes', async () => {
    const history = await madeUpHistory(7_000, (at) => ({ target: { process_open_fds: at } }), FAST);
    expect(history.times.length).toBeLessThanOrEqual(2_880);
    expect(history.stride).toBe(4);
    expect(new Set(history.times.slice(1).map((time, i) => time - (history.times[i] ?? 0)))).toEqual(new Set([4]));
    const [column] = [...history.target.values()];
    expect(column?.values.length).toBe(history.times.length);
    expect(column?.values[10]).toBe((history.times[10] ?? 0) - BEGIN);
  });
});

describe('what is left out', () => {
  it('is an outage with what surrounds it, and it is named', async () => {
    const history = await madeUpHistory(
      LENGTH,
      (at) => (at >= 200 && at < 230 ? { latencies: Array(5).fill(2_000), failed: 5 } : healthy(at)),
      FAST,
    );
    expect(gapsOf(history).named).toEqual([
      { why: 'outage', fromSeconds: 200, toSeconds: 230 },
      { why: 'no metrics', fromSeconds: 200, toSeconds: 230 },
    ]);
    const p50 = signalsOf(history, FAST).find(({ id }) => id === 'search.p50');
    expect(Math.max(...(p50?.series.values ?? []))).toBeLessThan(40);
    expect(p50?.series.times.filter((time) => time > 199 && time < 235)).toEqual([]);
  });

  it('is a time without any sample, and one without metrics', async () => {
    const history = await madeUpHistory(
      LENGTH,
      (at) => (at >= 100 && at < 110 ? null : at >= 300 && at < 320 ? { latencies: [20] } : healthy(at)),
      FAST,
    );
    expect(gapsOf(history).named).toEqual([
      { why: 'no samples', fromSeconds: 100, toSeconds: 110 },
      { why: 'no metrics', fromSeconds: 300, toSeconds: 320 },
    ]);
  });

  it('is for memory what came before a restart, and not for latency', async () => {
    const history = await madeUpHistory(
      LENGTH,
      (at) => {
        const target = { ...healthy(at).target, process_start_time_seconds: at < 240 ? 1.7e9 : 1.7e9 + 500 };
        return { ...healthy(at), target };
      },
      FAST,
    );
    expect(gapsOf(history).named).toEqual([{ why: 'restart', fromSeconds: 239, toSeconds: 241 }]);
    const first = (id: string): number => signalsOf(history, FAST).find((each) => each.id === id)?.series.times[0] ?? 0;
    expect(first('rss')).toBe(240.5);
    expect(first('search.p50')).toBe(0.5);
  });
});

describe('the worst minute', () => {
  it('is the one that stands out most, with what else moved then', async () => {
    const history = await madeUpHistory(
      LENGTH,
      (at) => {
        const bad = at === 300;
        const target = { ...healthy(at).target, queue: bad ? 500 : 10 + normal(draw), steady: 10 + normal(draw) };
        return { ...healthy(at), latencies: Array(5).fill(bad ? 900 : 20 * Math.exp(0.1 * normal(draw))), target };
      },
      FAST,
    );
    const worst = worstMinuteOf(history);
    expect(worst).toMatchObject({
      atSeconds: 300,
      why: expect.stringMatching(/^p50 of search was 900 ms, usually \d\d(\.\d)? ms$/),
    });
    const names = worst?.candidates.map(({ name }) => name) ?? [];
    expect(names[0]).toBe('queue');
    expect(names).not.toContain('steady');
    expect(worst?.candidates[0]?.z).toBeGreaterThan(50);
  });

  it('is not there in a quiet soak', async () => {
    expect(worstMinuteOf(await madeUpHistory(LENGTH, healthy, FAST))).toBeNull();
  });
});

/** What the header of an archive keeps of any run. */
const ASKED = { scenario: 'soak', slos: [], limits: {}, variables: [], audit: false, scrape: false };

describe('looking often', () => {
  it('spends no more of the chance of a false alarm than one look', () => {
    let looked = 0;
    let spent = 0;
    for (let share = 0; share < 1; share += 0.01) {
      const stage = stageDue(share, looked);
      if (stage === null) continue;
      expect(stage.look).toBe(looked + 1);
      expect(stage.spent).toBeGreaterThan(0);
      looked = stage.look;
      spent += stage.spent;
    }
    expect(looked).toBe(LOOKS - 1);
    expect(spent + spentAtEnd(looked)).toBeCloseTo(FALSE_ALARMS, 12);
    expect(spentAtEnd(0)).toBeCloseTo(FALSE_ALARMS, 12);
    // Early looks need more certainty than late ones.
    expect(stageDue(0.5, 0)?.spent).toBeLessThan(stageDue(0.99, 6)?.spent ?? 0);
    expect(certaintyOf(30)).toBeCloseTo(1 - 0.005 / 30, 12);
  });

  it('leaves to a soak that was killed what its looks did not spend', async () => {
    const settings = { ...DEFAULT_SOAK, binSeconds: 1 };
    const seconds = 40;
    const plan = { iterations: null, seconds: seconds + 1, maxVus: null, openModel: true, stretches: [] };
    const rising = (seed: number) => {
      const draw = seeded(seed);
      return (at: number) => ({ latencies: [20 + 0.1 * at + 5 * normal(draw)] });
    };
    const verdictOf = (history: SoakHistory, spent: number) => judgeDrifts(history, settings, [], spent)[0]?.verdict;
    // One that drifts for a single look, and not with the certainty that the last of eight looks asks for.
    let seed = 0;
    for (; ; seed++) {
      const history = await madeUpHistory(seconds, rising(seed), settings);
      if (verdictOf(history, FALSE_ALARMS) === 'fail' && verdictOf(history, spentAtEnd(LOOKS - 1)) !== 'fail') break;
    }
    const { binSeconds, budget } = settings;
    const soak = { binSeconds, budget, metrics: {}, limits: {}, gaps: [], worstMinute: null, stopped: null };
    const reason = { code: 'no-samples', message: 'k6 sent no samples', observed: 0, limit: 1 };
    const validity = { ok: false, reasons: [reason], limits: { droppedShare: 0.02 } };
    const killed = {
      ...madeUpRun(),
      warmupSeconds: 0,
      slo: [],
      validity,
      soak,
      drift: [],
      endedAt: null,
      verdict: 'interrupted' as const,
    };
    for (const failFast of [true, false]) {
      const folder = await mkdtemp(join(tmpdir(), 'headroom-killed-'));
      const slos = [{ endpoint: 'search', metric: 'p50', max: 1 }];
      const asked = { ...ASKED, slos, soak: { failFast, processes: [], notify: null } };
      await madeUpHistory(seconds, rising(seed), settings, [new WindowsWriter(folder, plan, { asked })]);
      const { run } = await readRunSeries(folder, killed);
      await rm(folder, { recursive: true });
      if (failFast) expect(run.drift?.[0]?.verdict).not.toBe('fail');
      else expect(run.drift?.[0]?.verdict).toBe('fail');
      // Its run.json knows of its first second only; its windows know better.
      expect(run.validity).toMatchObject({ ok: true, reasons: [], limits: { droppedShare: 0.02 } });
      expect(run.slo).toMatchObject([{ id: 'search.p50', objective: 1, ok: false }]);
    }
  });

  it('looks once for each stage, also when some were missed', () => {
    expect(stageDue(0.3, 2)).toBeNull();
    expect(stageDue(0.6, 1)?.look).toBe(4);
  });
});
