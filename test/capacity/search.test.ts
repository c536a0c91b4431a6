import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { EFFORTS, nextStep, type SearchSettings, type Trial } from '../../src/capacity/search.ts';
import { limitOfMmc, noisyFormula, search, simulatedQueue, type Target } from './simulated-target.ts';

const settings = (effort: keyof typeof EFFORTS, start = 280): SearchSettings => ({
  ...EFFORTS[effort],
  start,
  range: { low: 1, high: 10_000 },
});

/** How often, of many seeded searches, the limit was between the bounds, and lower within 5 % of it. */
function accuracy(effort: keyof typeof EFFORTS, searches: number, target: (draw: () => number) => Target) {
  const limit = limitOfMmc();
  let inside = 0;
  let close = 0;
  let trials = 0;
  for (let i = 0; i < searches; i++) {
    const random = new Random(keyOf(1, 9, i));
    const draw = () => random.next();
    // The first estimate of the limit is wrong by up to 15 %.
    const searched = search(settings(effort, 280 * (0.85 + 0.3 * draw())), target(draw));
    trials += searched.trials.length;
    if (searched.result.kind !== 'found') continue;
    const { lower, upper } = searched.result;
    if (lower <= limit && limit <= upper) inside++;
    if (Math.abs(lower / limit - 1) <= 0.05) close++;
  }
  return { inside: inside / searches, close: close / searches, trials: trials / searches };
}

describe('accuracy of the search', () => {
  it('finds the limit of the noisy formula of M/M/8: 2 % noise, every tenth trial stalled', () => {
    const { inside, close, trials } = accuracy('standard', 500, (draw) => noisyFormula(draw, 0.02, 0.1));
    expect(inside).toBeGreaterThan(0.93);
    expect(close).toBeGreaterThan(0.96);
    expect(trials).toBeLessThan(20);
  });

  it('finds the limit of an M/M/8 queue that is simulated request by request', () => {
    const { inside, close } = accuracy('standard', 60, (draw) => simulatedQueue(draw, 60, 0));
    expect(inside).toBeGreaterThanOrEqual(0.9);
    expect(close).toBeGreaterThanOrEqual(0.9);
  });

  it('finds it more closely when thorough', () => {
    const { inside, close } = accuracy('thorough', 500, (draw) => noisyFormula(draw, 0.02, 0.1));
    expect(inside).toBeGreaterThan(0.93);
    expect(close).toBeGreaterThan(0.99);
  });

  it('takes fewer trials when quick', () => {
    const quick = accuracy('quick', 300, (draw) => noisyFormula(draw, 0.02, 0.1));
    expect(quick.trials).toBeLessThan(10);
    expect(quick.inside).toBeGreaterThan(0.8);
  });

  it('takes a bracket on a cliff as it is: trials far from the objective leave no room beyond it', () => {
    const random = new Random(keyOf(4, 4, 4));
    for (const effort of ['quick', 'standard', 'thorough'] as const) {
      for (let i = 0; i < 50; i++) {
        const start = 140 * (0.85 + 0.3 * random.next());
        // Half of the objective below 200/s whatever the rate, twice that above.
        const target = (rate: number) => (rate <= 200 ? 0.04 : 0.16) * (0.98 + 0.04 * random.next());
        const { result } = search(settings(effort, start), target);
        if (result.kind !== 'found') throw new Error(result.kind);
        expect(result.lower).toBeLessThanOrEqual(200);
        expect(result.upper).toBeGreaterThan(200);
        expect(result.upper / result.lower - 1).toBeLessThanOrEqual(EFFORTS[effort].tolerance);
      }
    }
  });

  it('is not misled by a start that is wrong by a factor of fifty', () => {
    for (const start of [7, 17_000]) {
      const { result, trials } = search(settings('standard', start), (rate) => (rate <= 342 ? 0.04 : 0.16));
      if (result.kind !== 'found') throw new Error(result.kind);
      expect(result.lower).toBeLessThanOrEqual(342);
      expect(result.upper).toBeGreaterThanOrEqual(342);
      expect(result.upper / result.lower).toBeLessThan(1.07);
      expect(trials.length).toBeLessThan(40);
    }
  });
});

describe('what the search says where there is no limit to find', () => {
  it('never saturated: no rate of the range failed', () => {
    const { result } = search({ ...settings('standard'), range: { low: 1, high: 500 } }, () => 0.01);
    expect(result).toMatchObject({ kind: 'never-saturated', lower: 500, achievedAtLower: 500 });
  });

  it('fails at the lowest rate', () => {
    const { result, trials } = search({ ...settings('standard'), range: { low: 5, high: 500 } }, () => 1);
    expect(result).toMatchObject({ kind: 'fails-at-lowest', upper: 5 });
    expect(trials.filter(({ rate }) => rate === 5).length).toBeGreaterThan(3);
  });

  it('not measurable: a rate at which no trial is valid, with what was known by then', () => {
    const trials: Trial[] = [];
    let step = nextStep(settings('standard'), trials);
    while (step.kind === 'trial') {
      const { rate, seconds } = step;
      const verdict = rate > 400 ? 'invalid' : 'pass';
      trials.push({ rate, verdict, severity: 0.5, achieved: Math.min(rate, 400), seconds });
      step = nextStep(settings('standard'), trials);
    }
    expect(step).toMatchObject({ kind: 'not-measurable', upper: null });
    expect(step.kind === 'not-measurable' && step.lower).toBe(350);
    expect(trials.filter(({ verdict }) => verdict === 'invalid').length).toBe(3);
  });
});

describe('steps of the search', () => {
  const trial = (rate: number, verdict: Trial['verdict'], severity = verdict === 'pass' ? 0.5 : 2): Trial => ({
    rate,
    verdict,
    severity,
    achieved: rate * 0.999,
    seconds: 75,
  });

  it('stop a best of three as soon as two agree', () => {
    const { start } = settings('standard');
    expect(nextStep(settings('standard'), [trial(start, 'pass')])).toMatchObject({ kind: 'trial', rate: start });
    const passed = nextStep(settings('standard'), [trial(start, 'pass'), trial(start, 'pass')]);
    expect(passed).toMatchObject({ kind: 'trial', rate: start * 1.25, why: 'ascend' });
    const mixed = [trial(start, 'pass'), trial(start, 'fail')];
    expect(nextStep(settings('standard'), mixed)).toMatchObject({ rate: start, why: 'repeat' });
  });

  it('repeat an unsteady trial at twice the length', () => {
    const step = nextStep(settings('standard'), [trial(280, 'invalid')]);
    expect(step).toMatchObject({ kind: 'trial', rate: 280, seconds: 120, why: 'repeat' });
  });

  it('go on above an upper bound that does not stand its retests', () => {
    // The first two trials past 350 stall; the true limit is 600.
    let stalls = 2;
    const { result, trials } = search(settings('standard'), (rate) => {
      if (rate >= 350 && rate < 351 && stalls-- > 0) return 0.5;
      return rate <= 600 ? 0.05 : 0.2;
    });
    if (result.kind !== 'found') throw new Error(result.kind);
    expect(result.lower).toBeGreaterThan(570);
    expect(result.upper).toBeGreaterThanOrEqual(600);
    expect(trials.filter(({ rate }) => rate >= 350 && rate < 351).length).toBe(6);
  });

  it('are the same after an interruption at any point', () => {
    const random = () => new Random(keyOf(3, 3, 3));
    const whole = (() => {
      const numbers = random();
      return search(
        settings('standard'),
        noisyFormula(() => numbers.next(), 0.02, 0.1),
      );
    })();
    for (let cut = 0; cut <= whole.trials.length; cut++) {
      const resumed: Trial[] = JSON.parse(JSON.stringify(whole.trials.slice(0, cut)));
      for (const made of whole.trials.slice(cut)) {
        expect(nextStep(settings('standard'), resumed)).toMatchObject({ kind: 'trial', rate: made.rate });
        resumed.push(made);
      }
      expect(nextStep(settings('standard'), resumed)).toEqual(whole.result);
    }
  });

  it('report the rate that was achieved at the lower bound, and the time spent', () => {
    const { result, trials } = search(settings('standard'), (rate) => (rate <= 300 ? 0.04 : 0.16));
    if (result.kind !== 'found') throw new Error(result.kind);
    expect(result.achievedAtLower).toBe(result.lower);
    expect(result.seconds).toBe(trials.length * 60);
  });
});
