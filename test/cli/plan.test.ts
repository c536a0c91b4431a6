import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/main.ts';
import { planSchema } from '../../src/plan/index.ts';
import { problemsOf } from '../k8s/schemas.ts';
import { KNOWN, knownSearch, PER_JOURNEY, saturation } from '../plan/queue.ts';
import { silentIo } from './io.ts';

const LOW = 0.92 * saturation(KNOWN) * PER_JOURNEY;
const NOW = Date.parse('2027-01-05T09:00:00Z');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-plan-'));
  const search = knownSearch();
  const older = { ...search, id: '20270101T090000-capacity-0001' };
  const result = search.result === null ? null : { ...search.result, outcome: 'never-saturated' as const, upper: null };
  const unfinished = { ...search, id: '20270104T090000-capacity-0002', result };
  for (const each of [older, unfinished]) {
    await mkdir(join(folder, 'runs', each.id), { recursive: true });
    await writeFile(join(folder, 'runs', each.id, 'capacity.json'), JSON.stringify(each));
  }
  const days = Array.from({ length: 60 }, (_, i) => {
    const date = new Date(NOW - (60 - i) * 86_400_000).toISOString().slice(0, 10);
    return `${date},${(LOW / 3) * 1.004 ** (i - 60) * (i % 7 === 3 ? 1.1 : 1)}`;
  });
  await writeFile(join(folder, 'demand.csv'), `date,rate\n${days.join('\n')}\n`);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function plan(...argv: string[]) {
  const io = silentIo({ cwd: folder, now: () => NOW });
  const code = await run(['plan', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

describe('headroom plan', () => {
  it('takes the newest search that found a limit, and answers on stdout', async () => {
    const { code, out, err } = await plan('--peak', `${LOW / 4}/s`, '--growth', '8%/month', '--json');
    expect([code, err]).toEqual([0, '']);
    const document = planSchema.parse(JSON.parse(out));
    expect(document.source.id).toBe('20270101T090000-capacity-0001');
    expect(document.now.headroom).toBeCloseTo(0.75, 6);
    expect(document.now.exhausted?.p50).toMatch(/^2028-0[67]/);
  });

  it('writes its report in two forms, and a summary for people', async () => {
    const { code, out } = await plan(
      ...['--peak', `${60 * LOW}/min`, '--what-if', 'shards=2', '--event', '2027-03-01 x2'],
      ...['--out', 'reports/plan.html', '--markdown', 'plan.md'],
    );
    expect(code).toBe(0);
    expect(out).toContain('shards=2');
    const page = await readFile(join(folder, 'reports/plan.html'), 'utf8');
    const markdown = await readFile(join(folder, 'plan.md'), 'utf8');
    for (const text of [page, markdown]) {
      expect(text).toContain('shards=2 moves the limit');
      expect(text).toContain('2027-03-01');
    }
  });

  it('prints an autoscaler instead, with the metrics that are named and told of', async () => {
    const names = ['--hpa-metric', 'booking_requests_per_second', '--hpa-wait-metric', 'booking_pool_waiting'];
    const flags = ['--hpa', 'booking', '--hpa-cpu', '0.5', '--hpa-start', '30s', ...names];
    const { code, out } = await plan('--peak', `${LOW / 4}/s`, ...flags);
    expect(code).toBe(0);
    expect(await problemsOf(out)).toEqual([]);
    expect(parse(out).spec.metrics).toMatchObject(
      ['booking_requests_per_second', 'booking_pool_waiting'].map((name) => ({ pods: { metric: { name } } })),
    );
    expect(out).toContain('none of CPU time');
    expect(out).toContain('in the 105 s until another serves');
    expect(out).toContain('Each brings 2 connections to each database');
    expect(await plan('--peak', '1/s', '--hpa', 'booking', '--hpa-cpu', '0')).toMatchObject({ code: 2 });
  });

  it('reads the demand from a history, and its peak', async () => {
    const { code, out } = await plan('--history', 'demand.csv', '--json');
    const document = planSchema.parse(JSON.parse(out));
    expect(code).toBe(0);
    expect(document.peak).toBeGreaterThan(0.3 * LOW);
    expect(document.peak).toBeLessThan(0.4 * LOW);
    expect(document.demand?.history).toHaveLength(60);
    // 0.4 % a day: ×3 in 275 days.
    const days = (Date.parse(document.now.exhausted?.p50 ?? '') - NOW) / 86_400_000;
    expect(days).toBeGreaterThan(180);
    expect(days).toBeLessThan(400);
  });

  it.each([
    ['fail', 2, 1],
    ['inconclusive', 1.01, 4],
    ['pass', 0.99, 0],
  ])('ends as its verdict says: %s', async (verdict, share, expected) => {
    const { code, out } = await plan('--peak', String(share * LOW), '--json');
    expect(planSchema.parse(JSON.parse(out)).verdict).toBe(verdict);
    expect(code).toBe(expected);
  });

  it.each([
    ['no peak', [], 2, 'needs today’s peak'],
    ['a peak that is none', ['--peak', 'many'], 2, 'is no rate'],
    ['a growth that is none', ['--peak', '5', '--growth', 'much'], 2, 'is no growth'],
    ['an event of the past', ['--peak', '5', '--event', '2026-03-01 x2'], 2, 'begins on 2026-03-01'],
    ['a change that is none', ['--peak', '5', '--what-if', 'sharks=2'], 2, 'no change that a plan knows'],
    ['two demands', ['--growth', '8%/month', '--history', 'demand.csv'], 2, 'comes from one place'],
    ['a history that is not there', ['--history', 'nowhere.csv'], 2, 'nowhere.csv'],
    ['a search that is not there', ['nowhere', '--peak', '5'], 2, 'no search in'],
    ['a folder without a search', ['--runs', 'nowhere', '--peak', '5'], 2, 'no search that found a limit'],
    ['a search without a limit', ['runs/20270104T090000-capacity-0002', '--peak', '5'], 4, 'found no limit'],
  ])('refuses %s in a sentence', async (_, argv, expected, sentence) => {
    const { code, out, err } = await plan(...argv);
    expect(err).toContain(sentence);
    expect(err.trim().split('\n').length).toBeLessThan(4);
    expect([code, out]).toEqual([expected, '']);
  });
});
