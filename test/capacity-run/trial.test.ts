import { describe, expect, it } from 'vitest';
import { trialOf, unlessUnsteady } from '../../src/capacity-run/trial.ts';
import type { Run } from '../../src/results/schema.ts';
import { madeUpRun } from '../report/fixture.ts';
import { madeUpTrial } from './made-up-trial.ts';

const reasons = (...codes: string[]): Run['validity'] => ({
  ok: codes.length === 0,
  reasons: codes.map((code) => ({ code, message: code, observed: null, limit: null })),
  limits: {},
});
const good = madeUpRun();
const slo = good.slo.map((line) => (line.id === 'book.p99' ? { ...line, observed: 1_200, ok: false } : line));

describe('trialOf', () => {
  it('names the objective nearest to its limit', () => {
    const trial = trialOf(good, 50, 75);
    expect(trial).toMatchObject({ rate: 50, verdict: 'pass', achieved: 50, seconds: 75 });
    expect(trial.binding?.id).toBe('book.p99');
    expect(trial.severity).toBeCloseTo(571 / 600, 10);
  });

  it('counts failures against the failures that a success rate allows', () => {
    const success = good.slo.map((line) =>
      line.metric === 'successRate' ? { ...line, observed: 0.96, ok: false } : line,
    );
    expect(trialOf({ ...good, slo: success }, 50, 75)).toMatchObject({
      verdict: 'fail',
      severity: expect.closeTo(4, 10),
    });
  });

  it('takes an overloaded target for a fail when an objective is broken, and never for a pass', () => {
    const overload = reasons('dropped-iterations', 'rate-not-reached', 'vus-exhausted');
    expect(trialOf({ ...good, slo, validity: overload }, 50, 75).verdict).toBe('fail');
    expect(trialOf({ ...good, validity: overload }, 50, 75).verdict).toBe('invalid');
  });

  it('takes a broken objective for a fail however few samples others have, and none that rests on too few itself', () => {
    const few = reasons('too-few-samples');
    expect(trialOf({ ...good, slo, validity: few }, 50, 75).verdict).toBe('fail');
    // A p99 needs 2,000.
    const endpoints = good.endpoints.map((endpoint) =>
      endpoint.name === 'book' ? { ...endpoint, count: 1_999 } : endpoint,
    );
    expect(trialOf({ ...good, slo, endpoints, validity: few }, 50, 75).verdict).toBe('invalid');
    const failing = slo.map((line) => (line.metric === 'errorRate' ? { ...line, observed: 0.5, ok: false } : line));
    expect(trialOf({ ...good, slo: failing, endpoints, validity: few }, 50, 75).verdict).toBe('fail');
  });

  it('says nothing of the target when the generator was saturated, or nothing was measured', () => {
    expect(
      trialOf({ ...good, slo, validity: reasons('dropped-iterations', 'generator-saturated') }, 50, 75).verdict,
    ).toBe('invalid');
    expect(trialOf({ ...good, slo: [] }, 50, 75).verdict).toBe('invalid');
    expect(trialOf({ ...good, slo, verdict: 'interrupted' }, 50, 75).verdict).toBe('invalid');
  });

  it('keeps the severity finite for an objective of no errors at all', () => {
    const none = good.slo.map((line) => (line.metric === 'errorRate' ? { ...line, objective: 0, ok: false } : line));
    expect(Number.isFinite(trialOf({ ...good, slo: none }, 50, 75).severity)).toBe(true);
  });
});

describe('unlessUnsteady', () => {
  const unsettled = madeUpTrial({ steady: false });

  it('takes the first pass at a rate that had not settled for nothing, and believes the next', () => {
    expect(unlessUnsteady(unsettled, [])).toMatchObject({ verdict: 'invalid', reasons: ['unsteady'] });
    expect(unlessUnsteady(unsettled, [madeUpTrial({ rate: 19, steady: false })])).toMatchObject({ verdict: 'invalid' });
    expect(unlessUnsteady(unsettled, [unsettled])).toMatchObject({ verdict: 'pass', reasons: [] });
  });

  it('makes a fail of the second pass at a rate whose latencies rose, past its objective', () => {
    const rising = madeUpTrial({ rising: true, severity: 0.6 });
    expect(unlessUnsteady(rising, [])).toMatchObject({ verdict: 'invalid', reasons: ['unsteady'] });
    expect(unlessUnsteady(rising, [rising])).toEqual({
      verdict: 'fail',
      reasons: ['latencies-rising'],
      severity: 1.05,
    });
    expect(unlessUnsteady({ ...rising, rising: false }, [rising])).toMatchObject({ verdict: 'pass', severity: 0.6 });
    expect(unlessUnsteady(rising, [madeUpTrial({ rate: 19, rising: true })]).verdict).toBe('invalid');
  });

  it('leaves a fail, and a trial that had settled or is too short to tell', () => {
    expect(unlessUnsteady({ ...unsettled, verdict: 'fail' }, []).verdict).toBe('fail');
    expect(unlessUnsteady({ ...unsettled, steady: true }, []).verdict).toBe('pass');
    expect(unlessUnsteady({ ...unsettled, steady: null }, []).verdict).toBe('pass');
  });
});
