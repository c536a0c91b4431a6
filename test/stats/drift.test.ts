import { describe, expect, it } from 'vitest';
import { bins, type DriftOptions, judgeDrift, type Series } from '../../src/stats/drift.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { settling, warmupLength } from '../../src/stats/warm-up.ts';

const HOUR = 3600;
const MEMORY: DriftOptions = { summary: 'low-water', budgetPerDay: 20, periodSeconds: null, warmupSeconds: null };

/** Eight hours of a value every 30 s. */
function soak(value: (seconds: number) => number): Series {
  const times = Array.from({ length: 8 * 120 }, (_, i) => i * 30);
  return { times, values: times.map(value) };
}

describe('bins', () => {
  it('take the low water or the middle of each, and leave out empty ones', () => {
    const series = { times: [0, 1, 2, 3, 20, 21], values: [5, 1, 9, 7, 4, 2] };
    expect(bins(series, 10, 'median')).toEqual({ times: [5, 25], values: [6, 3] });
    expect(bins(series, 10, 'low-water').values[0]).toBeCloseTo(1 + 0.3 * 4, 12);
  });
});

describe('drift', () => {
  const draw = seeded(17);
  const leak = (perHour: number) => (seconds: number) =>
    200 * (1 + (perHour * seconds) / HOUR) + 2 * normal(draw) + 40 * ((seconds % 400) / 400);

  it('finds a leak of 2 % an hour under a sawtooth, and how fast it is', () => {
    const drift = judgeDrift(soak(leak(0.02)), MEMORY);
    expect(drift.verdict).toBe('drifting');
    // 2 % of 200 an hour
    expect(drift.perDay.slope / 96).toBeCloseTo(1, 1);
    expect(drift.perDay.lower).toBeLessThan(drift.perDay.slope);
  });

  it('lets a sawtooth without a leak be', () => {
    for (let i = 0; i < 20; i++) expect(judgeDrift(soak(leak(0)), MEMORY).verdict).toBe('steady');
  });

  it('says of a series that levels off that it still warms', () => {
    const warming = soak((seconds) => 300 - 100 * Math.exp(-seconds / (2 * HOUR)) + 0.3 * normal(draw));
    expect(judgeDrift(warming, MEMORY).verdict).toBe('still-warming');
  });

  it('seldom takes slow noise for a leak', () => {
    let drifting = 0;
    for (let i = 0; i < 100; i++) {
      let noise = 0;
      const series = soak(() => {
        noise = 0.98 * noise + Math.sqrt(1 - 0.98 ** 2) * normal(draw);
        return 200 + 8 * noise;
      });
      if (judgeDrift(series, MEMORY).verdict === 'drifting') drifting++;
    }
    expect(drifting).toBeLessThanOrEqual(1);
  });

  it('calls nothing a drift that the last half alone does not show', () => {
    let doubtful = 0;
    for (let i = 0; i < 60; i++) {
      // A leak that all can see, then noise that hides whether it goes on.
      const series = soak((seconds) => 200 + (8 * seconds) / HOUR + (seconds > 5 * HOUR ? 60 : 1) * normal(draw));
      const { verdict, perDay, lastHalfPerDay } = judgeDrift(series, { ...MEMORY, summary: 'median' });
      if (perDay.lower <= MEMORY.budgetPerDay || lastHalfPerDay.lower > MEMORY.budgetPerDay) continue;
      doubtful++;
      expect(verdict).toBe('still-warming');
    }
    expect(doubtful).toBeGreaterThan(0);
  });

  it('says nothing of a soak too short for its warm-up, its bins or its period', () => {
    const series = soak(leak(0.02));
    expect(judgeDrift(series, { ...MEMORY, warmupSeconds: 2 * HOUR }).verdict).toBe('too-short');
    expect(judgeDrift(series, { ...MEMORY, warmupSeconds: HOUR }).verdict).toBe('drifting');
    expect(judgeDrift(series, { ...MEMORY, periodSeconds: HOUR })).toMatchObject({
      verdict: 'too-short',
      binSeconds: 1.2 * HOUR,
    });
  });
});

describe('warm-up', () => {
  const draw = seeded(23);

  it('ends where the level is reached', () => {
    const series = (sd: number): number[] =>
      Array.from({ length: 200 }, (_, i) => (i < 40 ? 50 : 20) + sd * normal(draw) + (i % 2));
    expect(warmupLength(series(0))).toBe(40);
    const noisy = warmupLength(series(1));
    expect(noisy).toBeGreaterThanOrEqual(40);
    expect(noisy).toBeLessThanOrEqual(80);
  });

  it('agrees with the definition of MSER-5, batch by batch', () => {
    for (let replicate = 0; replicate < 20; replicate++) {
      const series = Array.from({ length: 100 }, (_, i) => 10 * Math.exp(-i / 15) + normal(draw));
      const batches = Array.from({ length: 20 }, (_, k) => {
        const batch = series.slice(5 * k, 5 * k + 5);
        return batch.reduce((sum, x) => sum + x, 0) / 5;
      });
      const errors = batches.slice(0, 11).map((_, cut) => {
        const rest = batches.slice(cut);
        const centre = rest.reduce((sum, x) => sum + x, 0) / rest.length;
        return rest.reduce((sum, x) => sum + (x - centre) ** 2, 0) / rest.length ** 2;
      });
      const cut = errors.indexOf(Math.min(...errors));
      expect(warmupLength(series)).toBe(cut >= 10 ? null : 5 * cut);
    }
  });

  it('is not over in a series that keeps rising', () => {
    expect(warmupLength(Array.from({ length: 200 }, (_, i) => i + normal(draw)))).toBeNull();
    expect(warmupLength(new Array<number>(100).fill(3))).toBe(0);
  });

  it('has the time constant of its curve', () => {
    const times = Array.from({ length: 240 }, (_, i) => 30 * i);
    const { tau, level, rise, explained } = settling(
      times.map((t) => 300 - 120 * Math.exp(-t / 900) + normal(draw)),
      times,
    );
    expect(tau / 900).toBeCloseTo(1, 1);
    expect(level / 300).toBeCloseTo(1, 2);
    expect(rise / -120).toBeCloseTo(1, 1);
    expect(explained).toBeGreaterThan(0.98);
  });
});
