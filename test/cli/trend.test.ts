import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { trendSchema } from '../../src/trend/schema.ts';
import { keep, nightlyRuns } from '../trend/nights.ts';
import { silentIo } from './io.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-trend-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function trend(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder });
  const code = await run(['trend', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

const quiet = () => keep(join(folder, 'runs'), nightlyRuns({ nights: 30 }));
const alarming = () => keep(join(folder, 'runs'), nightlyRuns({ nights: 52, at: 50, ratio: 1.2 }));

describe('headroom trend', () => {
  it('reads the runs of a folder and ends with 0 when nothing became worse', async () => {
    await quiet();
    const { code, out, err } = await trend();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^PASS\n\nload against this machine, RATE=50 DURATION=60s\n30 runs /);
  });

  it('ends with 4, not 1, on a change for the worse, and says what to compare', async () => {
    await alarming();
    const { code, out } = await trend();
    expect(code).toBe(4);
    expect(out).toMatch(/^INCONCLUSIVE\nsearch\.p95 is worse since run night-050/);
    expect(out).toContain('compare build 4900000000 with build 5000000000 by headroom ab');
  });

  it('prints one JSON document', async () => {
    await alarming();
    const { code, out } = await trend('--json', '--metric', 'search.p95');
    const { verdict, groups } = trendSchema.parse(JSON.parse(out));
    expect({ code, verdict }).toEqual({ code: 4, verdict: 'inconclusive' });
    expect(groups[0]?.metrics.map(({ id, alarm }) => [id, alarm])).toEqual([['search.p95', true]]);
  });

  it('writes charts as a page or as SVG', async () => {
    await quiet();
    expect((await trend('--out', 'trend.html')).code).toBe(0);
    expect(await readFile(join(folder, 'trend.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect((await trend('--out', 'trend.svg')).err).toContain(join(folder, 'trend.svg'));
    expect(await readFile(join(folder, 'trend.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it('passes over what is no run, and names what it cannot read', async () => {
    await quiet();
    await mkdir(join(folder, 'runs', 'notes'));
    await mkdir(join(folder, 'runs', 'older'));
    await writeFile(join(folder, 'runs', 'older', 'run.json'), '{"schema":"headroom.run/0"}');
    await writeFile(join(folder, 'runs', 'README'), 'no folder');
    const { code, err } = await trend();
    expect(code).toBe(0);
    expect(err).toMatch(/^left out: \S+older\/run\.json is not a headroom\.run\/1 document .*\n$/);
  });

  it('puts the runs in the order of their starts, whatever they are called', async () => {
    const nights = nightlyRuns({ nights: 52, at: 50, ratio: 1.2 });
    await keep(
      join(folder, 'runs'),
      nights.map((night, i) => ({ ...night, id: `run-${String(999 - i)}` })),
    );
    const { groups } = trendSchema.parse(JSON.parse((await trend('--json', '--metric', 'search.p95')).out));
    expect(groups[0]?.runs.map(({ startedAt }) => startedAt)).toEqual(nights.map(({ startedAt }) => startedAt));
    expect(groups[0]?.metrics[0]?.changes).toMatchObject([{ run: 'run-949', lastGood: 'run-950' }]);
  });

  it.each<[argv: string[], says: RegExp]>([
    [['--runs', 'nowhere'], /There is no run in \S+nowhere\.\nName the folder/],
    [['--scenario', 'soak'], /None of the 30 runs/],
    [['--tag', 'team=blue'], /None of the 30 runs/],
    [['--tag', 'blue'], /key=value/],
    [['--metric', 'search.p42'], /No run has a metric "search\.p42"\.\nThese runs have p50, /],
    [['--out', 'trend.png'], /ends in \.html or \.svg/],
  ])('ends with 2 and one sentence on %j', async (argv, says) => {
    await quiet();
    const { code, out, err } = await trend(...argv);
    expect({ code, out, err }).toMatchObject({ code: 2, out: '', err: expect.stringMatching(says) });
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('tells what it found when the charts cannot be written, and ends with 2', async () => {
    await quiet();
    await mkdir(join(folder, 'taken.svg'));
    expect(await trend('--out', 'taken.svg')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^PASS\n/),
      err: expect.stringContaining('taken.svg cannot be written: it is a folder.'),
    });
  });
});
