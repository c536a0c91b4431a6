import { describe, expect, it } from 'vitest';
import { clopperPearson } from '../../src/stats/binomial.ts';
import { bins, type DriftOptions, judgeDrift, type Series } from '../../src/stats/drift.ts';
import { normal, seeded } from '../../src/stats/random.ts';
import { initialConstant, settling, warmingConstant, warmupLength } from '../../src/stats/warm-up.ts';

const HOUR = 3600;
const MEMORY: DriftOptions = { summary: 'low-water', budgetPerDay: 20, periodSeconds: null, warmupSeconds: null };

/** Eight hours of a value every 30 s. */
function soak(value: (seconds: number) => number): Series {
  const times = Array.from({ length: 8 * 120 }, (_, i) => i * 30);
  return { times, values: times.map(value) };
}

describe('bins', () => {
  it('take the low water, the middle or the mean of each, and leave out empty ones', () => {
    const series = { times: [0, 1, 2, 3, 20, 21, 22], values: [5, 1, 9, 7, 4, 2, 3] };
    expect(bins(series, 10, 'median')).toEqual({ times: [5, 25], values: [6, 3] });
    expect(bins(series, 10, 'mean').values[0]).toBe(5.5);
    expect(bins(series, 10, 'low-water').values[0]).toBeCloseTo(1 + 0.3 * 4, 12);
  });

  it('leave out what saw less than most of a whole bin, which would not know its low water', () => {
    const series = { times: [0, 1, 2, 3, 10, 11, 12, 13, 20, 21], values: [5, 1, 9, 7, 5, 1, 9, 7, 9, 8] };
    expect(bins(series, 10, 'low-water').times).toEqual([5, 15]);
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
      const { verdict, perDay, lastHalfPerDay, budgetPerDay } = judgeDrift(series, { ...MEMORY, summary: 'median' });
      if (perDay.lower <= budgetPerDay || lastHalfPerDay.lower > budgetPerDay) continue;
      doubtful++;
      expect(verdict).toBe('still-warming');
    }
    expect(doubtful).toBeGreaterThan(0);
  });

  it('takes the load out, what follows it late and what queues, and finds the leak under it', () => {
    const load = (seconds: number): number => 100 * (1 - 0.5 * Math.cos((2 * Math.PI * seconds) / ((8 / 3) * HOUR)));
    const under = (perHour: number) =>
      soak(
        (seconds) =>
          200 * (1 + (perHour * seconds) / HOUR) +
          0.6 * load(Math.max(0, seconds - 1200)) +
          20 / (1 - load(seconds) / 250) +
          2 * normal(draw),
      );
    const loads = under(0).times.map(load);
    const healthy = judgeDrift(under(0), { ...MEMORY, summary: 'median', load: loads });
    expect(healthy).toMatchObject({ verdict: 'steady' });
    expect(healthy.loadExplains).toBeGreaterThan(0.9);
    const leaking = judgeDrift(under(0.02), { ...MEMORY, summary: 'median', load: loads });
    expect(leaking.verdict).toBe('drifting');
    // 4 an hour
    expect(Math.abs(leaking.perDay.slope / 96 - 1)).toBeLessThan(0.15);
    expect(judgeDrift(soak(leak(0)), { ...MEMORY, load: loads.map(() => 100) }).loadExplains).toBeNull();
  });

  it('calls nothing a drift that does not rise with the certainty that was asked for', () => {
    const series = soak((seconds) => 200 + (2 * seconds) / HOUR + 8 * normal(draw));
    const options: DriftOptions = { ...MEMORY, summary: 'median' };
    expect(judgeDrift(series, options)).toMatchObject({ verdict: 'drifting', rises: true });
    expect(judgeDrift(series, { ...options, certainty: 1 - 1e-12 })).toMatchObject({ verdict: 'steady', rises: false });
    // What rises is no drift yet.
    const slightly = soak((seconds) => 200 + (0.2 * seconds) / HOUR + 0.1 * normal(draw));
    expect(judgeDrift(slightly, { ...options, certainty: 0.999 })).toMatchObject({ verdict: 'steady', rises: true });
    expect(
      judgeDrift(
        soak(() => 200 + normal(draw)),
        { ...options, certainty: 0.999 },
      ).rises,
    ).toBe(false);
  });

  it('is certain of a line with the slightest slow ripple, though its neighbours are alike', () => {
    const options: DriftOptions = { ...MEMORY, binSeconds: 1, certainty: 1 - 0.005 / 30 };
    const missed: string[] = [];
    const judge = (what: string, count: number, ripple: (i: number) => number): void => {
      const times = Array.from({ length: count }, (_, i) => i);
      const values = times.map((i) => 200 + 600 * (i / (count - 1) + ripple(i)));
      const { verdict } = judgeDrift({ times, values }, options);
      if (verdict !== 'drifting') missed.push(`${what}, ${count}: ${verdict}`);
    };
    // 25 to 40 bins are left of so many.
    for (const count of [33, 38, 45, 53]) {
      judge('line', count, () => 0);
      for (const period of [6, 12, 25, 50]) {
        for (const share of [0.001, 0.01]) {
          judge(`ripple of ${share}, ${period} bins`, count, (i) => (share / 2) * Math.sin((2 * Math.PI * i) / period));
        }
      }
      for (const chunks of [20, 40])
        judge(`${chunks} chunks`, count, (i) => (Math.floor((chunks * i) / count) - (chunks * i) / count) / chunks);
      for (let n = 0; n < 5; n++) {
        let place = 0;
        judge('walk', count, () => (place += 0.0005 * normal(draw)));
      }
      // A stall of a bin, and the ripple.
      judge('stall', count, (i) => (i === 20 ? -0.3 : 0) + 0.005 * Math.sin(i / 3));
    }
    expect(missed).toEqual([]);
  });

  it('calls nothing that slowly bends or waves a drift, be its noise ever so small', () => {
    const options: DriftOptions = { ...MEMORY, binSeconds: 1, certainty: 1 - 0.005 / 30 };
    const shapes: Record<string, (share: number) => number> = {
      'plateau, a fifth': (x) => 1 - Math.exp(-5 * x),
      'plateau, a half': (x) => 1 - Math.exp(-2 * x),
      'plateau, the whole': (x) => 1 - Math.exp(-x),
      'two plateaus': (x) => 1 - 0.5 * Math.exp(-20 * x) - 0.5 * Math.exp(-x),
      'half a wave': (x) => -0.5 * Math.cos((Math.PI * (x - 0.25)) / 0.75),
      'a step': (x) => (x > 0.6 ? 1 : 0),
      'three steps': (x) => (x > 0.4 ? 0.3 : 0) + (x > 0.6 ? 0.3 : 0) + (x > 0.8 ? 0.3 : 0),
      'a ramp that falls back': (x) => (x + 0.4) % 1,
    };
    const drifting = Object.entries(shapes).flatMap(([name, shape]) =>
      [33, 45]
        .filter((count) => {
          const times = Array.from({ length: count }, (_, i) => i);
          const values = times.map((i) => 200 + 600 * shape(i / (count - 1)) + 0.2 * normal(draw));
          return judgeDrift({ times, values }, options).verdict === 'drifting';
        })
        .map(() => name),
    );
    expect(drifting).toEqual([]);
  });

  it('looks for a curve on the scale on which a steady creep is straight', () => {
    const series = soak((seconds) => Math.log(30 * (1 + (0.2 * seconds) / HOUR) + 0.1 * normal(draw)));
    const options: DriftOptions = { ...MEMORY, summary: 'median', budgetPerDay: Math.log(1.1) };
    expect(judgeDrift(series, options).verdict).toBe('still-warming');
    expect(judgeDrift(series, { ...options, straightScale: Math.exp }).verdict).toBe('drifting');
  });

  it('compresses time with a shorter bin: a day then has 96 of them', () => {
    const fast = { times: soak(leak(0.02)).times.map((time) => time / 900), values: soak(leak(0.02)).values };
    const drift = judgeDrift(fast, { ...MEMORY, binSeconds: 1 });
    expect(drift).toMatchObject({ verdict: 'drifting', binSeconds: 1, bins: 24 });
    expect(Math.abs(drift.perDay.slope / 96 - 1)).toBeLessThan(0.15);
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

  it('is measured where a series levels off, and nowhere else', () => {
    const times = Array.from({ length: 30 }, (_, i) => 900 * i);
    const of = (value: (t: number) => number): number | null =>
      warmingConstant(
        times.map((t) => value(t) + 0.3 * normal(draw)),
        times,
      );
    expect((of((t) => 300 - 60 * Math.exp(-t / 7200)) ?? 0) / 7200).toBeCloseTo(1, 0);
    expect(of((t) => 300 + 60 * Math.exp(-t / 7200))).toBeNull();
    expect(of((t) => 300 + t / 900)).toBeNull();
    expect(of((t) => 300 + (t / 3600) ** 2)).toBeNull();
    expect(of(() => 300)).toBeNull();
  });

  it('is taken from a straight line by chance about once in a hundred, or once in forty when it is looked for harder', () => {
    const times = Array.from({ length: 30 }, (_, i) => i);
    const lines = Array.from({ length: 300 }, () => times.map((t) => 300 + t + normal(draw)));
    const curved = (least?: number): number =>
      lines.filter((line) => warmingConstant(line, times, least) !== null).length;
    const usual = clopperPearson(curved(), lines.length, 0.99);
    expect(usual.low).toBeLessThan(0.01);
    expect(usual.high).toBeGreaterThan(0.005);
    const harder = clopperPearson(curved(4), lines.length, 0.99);
    expect(harder.low).toBeLessThan(0.025);
    expect(harder.high).toBeGreaterThan(0.025);
    expect(curved(8)).toBeLessThan(curved());
    expect(curved()).toBe(curved(6));
  });

  it('is measured at the beginning of a series that drifts besides', () => {
    const times = Array.from({ length: 40 }, (_, i) => 720 * i);
    const of = (value: (t: number) => number): number | null =>
      initialConstant(
        times.map((t) => value(t) + 0.3 * normal(draw)),
        times,
        4_800,
      );
    expect(Math.abs((of((t) => 300 + t / 900 - 60 * Math.exp(-t / 2400)) ?? 0) / 2400 - 1)).toBeLessThan(0.2);
    expect(of((t) => 300 + t / 900)).toBeNull();
    expect(of((t) => 300 + t / 900 + 60 * Math.exp(-t / 2400))).toBeNull();
    expect(of((t) => 300 - 60 * Math.exp(-t / 9_000))).toBeNull();
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
