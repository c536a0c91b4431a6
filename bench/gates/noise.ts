/** Synthetic rounds: what a host does to the figures of two builds, with every source of noise on its own dial. */
import type { PairedMetric } from '../../src/gate/ab.ts';
import { defaultMargin } from '../../src/gate/ab.ts';
import { type Draw, normal } from '../../src/stats/random.ts';

export type Mode = 'duet' | 'interleaved';

/** Standard deviations are of the logarithm: 0.05 is 5 %. */
export interface Noise {
  name: string;
  /** From one slot to the next the host gets faster or slower, and stays so. */
  drift: number;
  /** Share of the slots in which everything is slower by `spike`. */
  spikeShare: number;
  spike: number;
  /** Share of the variance of a slot's own noise that all its endpoints have in common. */
  common: number;
  /** How much of its own luck a build keeps from round to round, which fresh processes are to prevent: 0 to 1. */
  autocorrelation: number;
}

export const QUIET: Noise = { name: 'quiet host', drift: 0, spikeShare: 0, spike: 0, common: 0, autocorrelation: 0 };
export const SHARED: Noise = {
  name: 'shared host',
  drift: 0.05,
  spikeShare: 0.05,
  spike: 0.2,
  common: 0.5,
  autocorrelation: 0,
};
export const WILD: Noise = {
  name: 'wild host',
  drift: 0.1,
  spikeShare: 0.1,
  spike: 0.5,
  common: 0.8,
  autocorrelation: 0,
};
/** What the test cannot tell from a slower build: luck that one of the two keeps from round to round. */
export const STICKY: Noise = {
  ...SHARED,
  name: 'shared host, and each build keeps its luck (0.6)',
  autocorrelation: 0.6,
};

const ENDPOINTS = 20;
const QUANTILES = [
  { name: 'p50', q: 0.5, sd: 0.02, level: 20 },
  { name: 'p95', q: 0.95, sd: 0.04, level: 60 },
  { name: 'p99', q: 0.99, sd: 0.08, level: 120 },
] as const;

/** The metric that a simulated regression slows. */
export const SLOWED = 'endpoint-0.p95';

/**
 * Rounds of 60 metrics: 20 endpoints, three quantiles each, with slot noise of 2, 4 and 8 %.
 *
 * @param change B's p95 of one endpoint over A's, less 1
 */
export function simulateRounds(draw: Draw, noise: Noise, mode: Mode, rounds: number, change: number): PairedMetric[] {
  const metrics = Array.from({ length: ENDPOINTS }, (_, endpoint) =>
    QUANTILES.map(({ name, q, sd, level }) => {
      const id = `endpoint-${endpoint}.${name}`;
      const ratio = id === SLOWED ? 1 + change : 1;
      const values: Record<'a' | 'b', number[]> = { a: [], b: [] };
      return {
        id,
        scale: 'ratio' as const,
        sd,
        level,
        ratio,
        margin: defaultMargin(q),
        floor: 0.1,
        last: { a: 0, b: 0 },
        ...values,
      };
    }),
  ).flat();

  let host = 0;
  const nextSlot = (): number => {
    host += noise.drift * normal(draw);
    return host + (draw() < noise.spikeShare ? Math.log1p(noise.spike) : 0);
  };
  for (let round = 0; round < rounds; round++) {
    // In a duet both builds meet the same host; otherwise each has a slot of its own, in random order.
    const first = nextSlot();
    const second = mode === 'duet' ? first : nextSlot();
    const [hostA, hostB] = draw() < 0.5 ? [first, second] : [second, first];
    for (const [build, at] of [
      ['a', hostA],
      ['b', hostB],
    ] as const) {
      const common = normal(draw);
      for (const metric of metrics) {
        const fresh = Math.sqrt(noise.common) * common + Math.sqrt(1 - noise.common) * normal(draw);
        const rho = noise.autocorrelation;
        const own = round === 0 ? fresh : rho * metric.last[build] + Math.sqrt(1 - rho ** 2) * fresh;
        metric.last[build] = own;
        const level = metric.level * (build === 'b' ? metric.ratio : 1);
        metric[build].push(level * Math.exp(at + metric.sd * own));
      }
    }
  }
  return metrics.map(({ id, scale, a, b, margin, floor }) => ({ id, scale, a, b, margin, floor }));
}

/** Latencies of single requests of two equal runs in milliseconds, each run with luck of its own. */
export function simulateRequests(draw: Draw, requests: number, runSd: number): [number[], number[]] {
  const run = (): number[] => {
    const luck = runSd * normal(draw);
    return Array.from({ length: requests }, () => 20 * Math.exp(luck + 0.4 * normal(draw)));
  };
  return [run(), run()];
}

/**
 * Nightly figures: noise of 3 % with autocorrelation 0.3, one night in twenty an outlier of 5 to 30 %, and a lasting
 * change from one night on.
 */
export function simulateNights(draw: Draw, nights: number, change: number, from: number): number[] {
  const RHO = 0.3;
  let noise = normal(draw);
  return Array.from({ length: nights }, (_, night) => {
    noise = RHO * noise + Math.sqrt(1 - RHO ** 2) * normal(draw);
    const outlier = draw() < 0.05 ? Math.log1p(0.05 + 0.25 * draw()) : 0;
    return 60 * (night >= from ? 1 + change : 1) * Math.exp(0.03 * noise + outlier);
  });
}
