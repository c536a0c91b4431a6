/** Error rates of the A/B gate, and of rules that it replaces. */
import { AB_DEFAULTS, judgeAb } from '../../src/gate/ab.ts';
import { clopperPearson, type Interval } from '../../src/stats/binomial.ts';
import { mannWhitney } from '../../src/stats/mann-whitney.ts';
import { median } from '../../src/stats/order.ts';
import { type Draw, seeded } from '../../src/stats/random.ts';
import { type Mode, type Noise, SLOWED, simulateRequests, simulateRounds } from './noise.ts';

/** How often something happened, with its exact 95 % interval. */
export interface Rate extends Interval {
  hits: number;
  of: number;
}

export function rateOf(hits: number, of: number): Rate {
  return { hits, of, ...clopperPearson(hits, of) };
}

export interface AbRates {
  noise: Noise;
  mode: Mode;
  looks: readonly number[];
  change: number;
  /** Any metric failed that did not change. */
  falseFail: Rate;
  /** The slowed metric failed. */
  found: Rate;
  /** The comparison as a whole passed. */
  passed: Rate;
}

/** Runs the gate on simulated rounds, from seed to seed; looks are taken as they would be, one after the other. */
export function abRates(
  seed: number,
  noise: Noise,
  mode: Mode,
  looks: readonly number[],
  change: number,
  replicates: number,
): AbRates {
  const draw = seeded(seed);
  let falseFails = 0;
  let found = 0;
  let passed = 0;
  for (let i = 0; i < replicates; i++) {
    const all = simulateRounds(draw, noise, mode, looks.at(-1) ?? 0, change);
    for (const rounds of looks) {
      const metrics = all.map((metric) => ({ ...metric, a: metric.a.slice(0, rounds), b: metric.b.slice(0, rounds) }));
      const result = judgeAb(metrics, { ...AB_DEFAULTS, looks }, draw);
      if (!result.final) continue;
      const failed = result.metrics.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
      const slowed = failed.includes(SLOWED) && change > 0;
      if (slowed) found++;
      if (failed.length > (slowed ? 1 : 0)) falseFails++;
      if (result.verdict === 'pass') passed++;
      break;
    }
  }
  return {
    noise,
    mode,
    looks,
    change,
    falseFail: rateOf(falseFails, replicates),
    found: rateOf(found, replicates),
    passed: rateOf(passed, replicates),
  };
}

/** False alarms of common rules on two equal builds. */
export function naiveRates(seed: number, noise: Noise, replicates: number): { rule: string; rate: Rate }[] {
  const count = (alarm: (draw: Draw) => boolean, of: number): Rate => {
    const draw = seeded(seed);
    let hits = 0;
    for (let i = 0; i < of; i++) if (alarm(draw)) hits++;
    return rateOf(hits, of);
  };
  const anyWorse = (rounds: number) => (draw: Draw) =>
    simulateRounds(draw, noise, 'interleaved', rounds, 0).some(({ a, b }) => median(b) / median(a) > 1.05);
  return [
    { rule: '5 % worse on two runs, 60 metrics', rate: count(anyWorse(1), replicates) },
    { rule: '5 % worse on the medians of 12 rounds, 60 metrics', rate: count(anyWorse(12), replicates) },
    {
      rule: 'Mann–Whitney on the pooled requests of two runs (1,000 each, runs differ by 4 %), one metric',
      rate: count((draw) => mannWhitney(...simulateRequests(draw, 1_000, 0.04)).p <= 0.05, Math.min(replicates, 1_000)),
    },
  ];
}
