import { describe, expect, it } from 'vitest';
import { calibrationVerdict, firstRate, nextCalibration } from '../../src/capacity-run/calibration.ts';
import type { Slo } from '../../src/gate/slo.ts';
import { madeUpRun } from '../report/fixture.ts';
import { madeUpTrial, pool } from './made-up-trial.ts';

const RANGE = { low: 1, high: 1_000 };
const at = (rate: number, change: Parameters<typeof madeUpTrial>[0] = {}) =>
  madeUpTrial({ why: 'calibrate', rate, achieved: rate, ...change });

describe('where the search begins', () => {
  it('is at 0.7 of the bound of the busiest resource', () => {
    expect(nextCalibration(5, RANGE, [])).toEqual({ kind: 'trial', rate: 5 });
    const trial = at(5, { resources: [pool('db0', 0.1), pool('db1', 0.25)] });
    expect(nextCalibration(5, RANGE, [trial])).toEqual({ kind: 'start', rate: (0.7 * 5) / 0.25, most: 20 });
  });

  it('is not told by a machine that is busy with something else', () => {
    const machine = { ...pool('db0', 0.99), name: 'machine CPU', kind: 'host-cpu' as const };
    const trial = at(5, { resources: [pool('db0', 0.25), machine] });
    expect(nextCalibration(5, RANGE, [trial])).toEqual({ kind: 'start', rate: (0.7 * 5) / 0.25, most: 20 });
  });

  it('is earlier where more load fills this machine first', () => {
    const machine = (busy: number) => ({ ...pool('machine', busy), name: 'machine CPU', kind: 'host-cpu' as const });
    const loop = (busy: number) => ({ ...pool('loop', busy), name: 'event loop', kind: 'event-loop' as const });
    // An event loop that is a little busy says nothing yet; 0.5 of the CPUs for 60/s more fill them at 104/s.
    expect(nextCalibration(20, RANGE, [at(20, { resources: [loop(0.12), machine(0.3)] })])).toMatchObject({ rate: 80 });
    const trials = [
      at(20, { resources: [loop(0.12), machine(0.3)] }),
      at(80, { resources: [loop(0.4), machine(0.8)] }),
    ];
    const step = nextCalibration(20, RANGE, trials);
    expect(step).toEqual({ kind: 'start', rate: expect.closeTo(0.7 * 104, 9), most: expect.closeTo(104, 9) });
  });

  it('is looked for at four times the rate while nothing is busy, and at half of the rate that fails', () => {
    const idle = at(5, { resources: [pool('db0', 0.02)] });
    expect(nextCalibration(5, RANGE, [idle])).toEqual({ kind: 'trial', rate: 20 });
    expect(nextCalibration(5, RANGE, [at(5), at(20)])).toEqual({ kind: 'trial', rate: 80 });
    expect(nextCalibration(5, RANGE, [at(5), at(20, { verdict: 'fail' })])).toEqual({
      kind: 'start',
      rate: 10,
      most: 20,
    });
  });

  it('is where a trial can judge, if that is within the bound', () => {
    expect(firstRate({ rate: 14, most: 20 }, 10)).toBe(14);
    expect(firstRate({ rate: 14, most: 20 }, 17)).toBe(17);
    expect(firstRate({ rate: 14, most: 20 }, 21)).toBe(14);
  });

  it('is asked for under more load where no trial could judge it', () => {
    const busy = (rate: number, utilisation: number) => at(rate, { resources: [pool('db0', utilisation)] });
    expect(nextCalibration(5, RANGE, [busy(5, 0.5)], 10)).toEqual({ kind: 'start', rate: 7, most: 10 });
    expect(nextCalibration(5, RANGE, [busy(5, 0.5)], 11)).toEqual({ kind: 'trial', rate: 20 });
    expect(nextCalibration(5, RANGE, [busy(5, 0.5), busy(20, 0.5)], 11)).toMatchObject({ kind: 'start', most: 40 });
    // No load would help.
    for (const lowest of [1_001, Number.POSITIVE_INFINITY]) {
      expect(nextCalibration(5, RANGE, [busy(5, 0.5)], lowest)).toEqual({ kind: 'start', rate: 7, most: 10 });
    }
    // What was looked at up to the end of the range is what it is.
    expect(nextCalibration(5, { low: 1, high: 20 }, [busy(20, 0.8)], 30)).toMatchObject({ kind: 'start', rate: 17.5 });
  });

  it('believes a first trial that was slow when it is slow once more, and one that was stopped at once', () => {
    const slow = at(5, { verdict: 'fail' });
    expect(nextCalibration(5, RANGE, [slow])).toEqual({ kind: 'trial', rate: 5 });
    expect(nextCalibration(5, RANGE, [slow, slow])).toEqual({ kind: 'start', rate: 2.5, most: 5 });
    const stopped = at(5, { verdict: 'fail', stopped: '40 % of the requests failed' });
    expect(nextCalibration(5, RANGE, [stopped])).toEqual({ kind: 'start', rate: 2.5, most: 5 });
  });

  it('stays within the range, repeats what says nothing, and comes to an end', () => {
    expect(nextCalibration(5, { low: 50, high: 60 }, [])).toEqual({ kind: 'trial', rate: 50 });
    expect(nextCalibration(5, { low: 1, high: 60 }, [at(60)])).toEqual({ kind: 'start', rate: 60, most: 60 });
    expect(nextCalibration(5, RANGE, [at(5, { verdict: 'invalid' })])).toEqual({ kind: 'trial', rate: 5 });
    const six = [1, 2, 3, 4, 5, 6].map((rate) => at(rate));
    expect(nextCalibration(5, RANGE, six)).toEqual({ kind: 'start', rate: 6, most: 1_000 });
  });
});

describe('a trial under light load', () => {
  const slos: Slo[] = [{ endpoint: 'search', metric: 'p95', max: 300 }];
  const slow: Slo[] = [{ endpoint: 'search', metric: 'p95', max: 100 }];
  const run = { ...madeUpRun(), slo: [] };

  it('fails by a latency on however few samples, and by a share', () => {
    expect(calibrationVerdict(madeUpTrial(), run, slos)).toBe('pass');
    expect(calibrationVerdict(madeUpTrial(), run, slow)).toBe('fail');
    const broken = madeUpRun().slo.map((line) => ({ ...line, ok: line.metric !== 'errorRate' }));
    expect(calibrationVerdict(madeUpTrial(), { ...run, slo: broken }, slos)).toBe('fail');
  });

  it('says nothing when the generator was saturated', () => {
    const reason = { code: 'generator-saturated', message: 'busy', observed: 1, limit: 0.8 };
    const saturated = { ...run, validity: { ...run.validity, ok: false, reasons: [reason] } };
    expect(calibrationVerdict(madeUpTrial(), saturated, slow)).toBe('invalid');
  });

  it('keeps the verdict of the guard', () => {
    expect(calibrationVerdict(madeUpTrial({ verdict: 'fail', stopped: 'errors' }), run, slos)).toBe('fail');
  });
});
