import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { steadyState } from '../../src/capacity/steady-state.ts';
import { throughputAt } from '../../src/capacity/usl.ts';
import { cliffAt } from '../../src/capacity/usl-fit.ts';
import { normal } from '../../src/capacity/variates.ts';

const noise = (stream: number) => {
  const random = new Random(keyOf(6, stream, 0));
  return () => normal(() => random.next());
};

describe('steady state', () => {
  it('cuts at least the warm-up off, and mostly no more', () => {
    const next = noise(1);
    const cuts = Array.from({ length: 200 }, () =>
      steadyState(Array.from({ length: 100 }, (_, t) => (t < 20 ? 80 - 2 * t : 40) + next())),
    );
    expect(Math.min(...cuts.map(({ warmup }) => warmup))).toBe(20);
    expect(cuts.filter(({ warmup }) => warmup === 20).length).toBeGreaterThan(100);
  });

  it('seldom calls a series unsteady that is steady from the start', () => {
    const next = noise(2);
    const series = Array.from({ length: 200 }, () => steadyState(Array.from({ length: 100 }, () => 40 + next())));
    expect(series.filter(({ steady }) => !steady).length).toBeLessThan(10);
    expect(series.filter(({ warmup }) => warmup <= 20).length).toBeGreaterThan(140);
  });

  it('calls a series unsteady that rises until late', () => {
    const next = noise(3);
    const values = Array.from({ length: 60 }, (_, t) => Math.min(t, 45) * 10 + next());
    expect(steadyState(values).steady).toBe(false);
  });
});

describe('cliff', () => {
  const model = { alpha: 0.03, beta: 1e-4, gamma: 50 };
  const points = [1, 5, 10, 20, 40, 60, 80].map((load) => ({ load, throughput: throughputAt(model, load) }));

  it('is where the highest load falls off the curve through the others', () => {
    const next = noise(4);
    const noisy = points.map(({ load, throughput }) => ({ load, throughput: throughput + 5 * next() }));
    expect(cliffAt(noisy)).toBeNull();
    const fallen = noisy.map(({ load, throughput }) => ({
      load,
      throughput: load === 80 ? 0.5 * throughput : throughput,
    }));
    expect(cliffAt(fallen)).toBe(80);
  });

  it('cannot be told from six loads', () => {
    expect(cliffAt(points.slice(1))).toBeNull();
  });
});
