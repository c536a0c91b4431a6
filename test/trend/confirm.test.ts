import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { commandFor, suspicionOf } from '../../src/trend/confirm.ts';
import { trendOf } from '../../src/trend/trend.ts';
import { silentIo } from '../cli/io.ts';
import { commitOf, keep, nightlyRuns } from './nights.ts';

/** Runs up to the night on which a change at night 40 becomes certain. */
function untilFound() {
  for (let nights = 41; nights < 60; nights++) {
    const runs = nightlyRuns({ nights, at: 40, ratio: 1.3 });
    const trend = trendOf({ runs, unreadable: [] }, {});
    if (trend.verdict === 'inconclusive') return { runs, trend, newest: nights - 1 };
  }
  throw new Error('the change is not found');
}

describe('what a trend casts suspicion on', () => {
  it('is the newest build, against the last that was good, under the load of the nights', () => {
    const { trend, newest } = untilFound();
    expect(suspicionOf(trend)).toEqual({
      lastGoodBuild: commitOf(39),
      newestBuild: commitOf(newest),
      scenario: 'load',
      settings: { RATE: '50' },
      metrics: ['search.p95'],
    });
  });

  it('is nothing when nothing became worse', () => {
    expect(suspicionOf(trendOf({ runs: nightlyRuns({ nights: 45 }), unreadable: [] }, {}))).toBeNull();
  });

  it('needs builds that can be told apart', () => {
    const { runs } = untilFound();
    const same = runs.map((each) => ({ ...each, tags: { build: '7' } }));
    expect(() => suspicionOf(trendOf({ runs: same, unreadable: [] }, {}))).toThrow('(7 and 7)');
  });

  it('is put into the command, unless it would be more than a word there', () => {
    expect(commandFor('run {port} shop:{build} # {build}', 'v1.2')).toBe('run {port} shop:v1.2 # v1.2');
    expect(() => commandFor('run', '1')).toThrow('--start does not say which build to start');
    for (const build of ['1; rm -rf x', '$(x)', '', '`x`']) {
      expect(() => commandFor('run {build}', build)).toThrow('cannot stand in a command line');
    }
  });
});

describe('headroom trend --confirm', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const trend = async (...flags: string[]) => {
    const io = silentIo({ cwd: folder });
    return { code: await run(['trend', '--runs', '.', '--confirm', ...flags], io), out: io.out(), err: io.err() };
  };

  it('has nothing to do when nothing became worse', async () => {
    await keep(folder, nightlyRuns({ nights: 45 }));
    const { code, out, err } = await trend('--start', 'run {build}', '--json');
    expect([code, err]).toEqual([0, 'nothing to confirm: with the newest run no metric became worse\n']);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'pass', confirmed: null });
  });

  it('starts both builds, and says when one does not start', async () => {
    await keep(folder, untilFound().runs);
    const { code, err } = await trend('--start', 'echo "{build} does not start"; exit 1');
    expect(code).toBe(5);
    expect(err).toContain(`confirming search.p95: build ${commitOf(39)} against `);
    expect(err).toMatch(/The command of --[ab] ended before its service answered/);
  });

  it('needs the command', async () => {
    await keep(folder, untilFound().runs);
    expect(await trend()).toMatchObject({ code: 2, err: expect.stringContaining('--confirm needs --start') });
  });
});
