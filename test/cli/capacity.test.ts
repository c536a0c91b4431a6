import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf, KNOWN_APP, knownLimit } from '../../src/capacity-run/index.ts';
import { capacityResult } from '../../src/capacity-run/result.ts';
import { calibrationCode, calibrationText } from '../../src/cli/calibrate.ts';
import { bracketLines, trialLine } from '../../src/cli/capacity-view.ts';
import { run } from '../../src/cli/main.ts';
import { madeUpSearch } from '../capacity-run/made-up-search.ts';
import { madeUpTrial, pool } from '../capacity-run/made-up-trial.ts';
import { silentIo } from './io.ts';

describe('headroom capacity refuses', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headroom-capacity-'));
    await writeFile(join(folder, 'capacity.json'), JSON.stringify(madeUpSearch()));
    await writeFile(join(folder, 'broken.json'), '{"schema":"headroom.capacity/1"}');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['neither a target nor a search', [], 2, 'needs a target, or a search to go on with'],
    ['a folder without a search', ['--resume', 'nowhere'], 2, 'no search in'],
    ['a search that it cannot read', ['--resume', 'broken.json'], 2, 'not a headroom.capacity/1 document'],
    ['to change a search that it goes on with', ['--resume', '.', '--quick'], 2, '--resume does not take --quick'],
    ['another target for it', ['--resume', '.', '--target', 'http://127.0.0.1:1'], 2, 'does not take --target'],
    ['two modes', ['--target', 'http://127.0.0.1:9', '--quick', '--thorough'], 2, 'quick or thorough, not both'],
    [
      'a range that is none',
      ['--target', 'http://127.0.0.1:9', '--min-rate', '50', '--max-rate', '50'],
      2,
      'lowest rate (50) is not below',
    ],
    ['a target that is not this machine', ['--target', 'http://example.org'], 2, 'is not this machine'],
    ['objectives that are none', ['--target', 'http://127.0.0.1:9', '--slo', 'broken.json'], 2, 'no usable objectives'],
  ])('%s', async (_, argv, code, sentence) => {
    const io = silentIo({ cwd: folder });
    expect([await run(['capacity', ...argv], io), io.out()]).toEqual([code, '']);
    expect(io.err()).toContain(sentence);
    expect(io.err()).not.toMatch(/\bat \S+:\d+/);
  });
});

describe('the picture of a search', () => {
  it('has a line for each trial', () => {
    expect(trialLine(madeUpTrial({ rate: 9.5, resources: [pool('db0', 0.2), pool('db1', 0.44)] }), 3)).toBe(
      'trial 3 (start) 9.50 journeys/s: pass, search.p95 at 50 % of its objective, pool db1 44 % busy',
    );
    const stopped = madeUpTrial({
      verdict: 'fail',
      severity: 9,
      stopped: '60 % of the requests failed',
      why: 'ascend',
    });
    expect(trialLine(stopped, 4)).toMatch(/\(ascend\) 20\.0 .* 900 % of its objective, stopped early: 60 % of/);
    const invalid = madeUpTrial({ verdict: 'invalid', reasons: ['clock-stepped'], bindingSlo: null });
    expect(trialLine(invalid, 5)).toBe('trial 5 (start) 20.0 journeys/s: invalid (clock-stepped)');
  });

  it('puts the rates on a logarithmic line, and the bracket below it', () => {
    const [heading = '', axis = '', bracket = ''] = bracketLines(madeUpSearch(), { rate: 283, why: 'bisect' });
    expect(heading).toContain('http://127.0.0.1:8080 (quick)');
    const marks = [...(axis.match(/[●○▲]/gu) ?? [])].join('');
    expect(marks).toBe('●●▲○');
    const columns = [...axis.matchAll(/[●○▲]/gu)].map(({ index }) => index);
    // 100, 200, 283 and 400: the second is as far from the first as the last is from it.
    expect((columns[3] ?? 0) - (columns[1] ?? 0)).toBeCloseTo((columns[1] ?? 0) - (columns[0] ?? 0), -0.5);
    expect((columns[3] ?? 0) - (columns[0] ?? 0)).toBeGreaterThan(45);
    expect(bracket).toContain('limit ≥ 200.0 < 400.0 journeys/s · trial 4 (bisect) at 283.0');
    expect(bracketLines(madeUpSearch({ trials: [] }), { rate: 5, why: 'calibrate' })[2]).toContain('limit unknown');
  });
});

describe('the calibration', () => {
  it('knows the limit by construction: connections ÷ service time for each database', () => {
    expect(knownLimit(KNOWN_APP)).toBe(100);
    expect(knownLimit({ shards: 4, pool: 3, serviceMs: 20 })).toBe(600);
  });

  it('measures the bounds against it', () => {
    expect(errorOf(200, { lower: 196, upper: 204 })).toMatchObject({
      lowerError: expect.closeTo(-0.02, 10),
      upperError: expect.closeTo(0.02, 10),
      inside: true,
      close: true,
    });
    expect(errorOf(200, { lower: 180, upper: 204 })).toMatchObject({ inside: true, close: false });
    expect(errorOf(200, { lower: 202, upper: 212 })).toMatchObject({ inside: false, close: true });
    expect(errorOf(200, { lower: null, upper: 212 })).toMatchObject({ lowerError: null, inside: false, close: false });
  });

  it('ends with 0 where the limit was found, with 1 where it was found elsewhere, and as the search without one', () => {
    const search = madeUpSearch();
    const near = errorOf(200, { lower: 196, upper: 204 });
    expect(calibrationCode(near, search)).toBe(0);
    expect(calibrationCode(errorOf(200, { lower: 202, upper: 212 }), search)).toBe(1);
    const never = capacityResult(
      { kind: 'never-saturated', lower: 9, achievedAtLower: 9, seconds: 1 },
      madeUpSearch().trials,
    );
    expect(calibrationCode(near, madeUpSearch({ result: never }))).toBe(4);
    expect(calibrationText(near, search)).toContain('known 200.0/s · found 196.0/s (−2.0 %) to 204.0/s (+2.0 %)');
    expect(calibrationText(errorOf(200, { lower: 202, upper: 212 }), search)).toContain('do not trust a quick search');
  });
});
