/** Demand as it might really come: daily peaks, drawn from processes that the forecast does not know. */
import { walk } from '../../src/capacity/holt.ts';
import { type Draw, normal } from '../../src/stats/random.ts';

/** A process of daily peaks; parameters that a planner cannot know are drawn anew for each path. */
export interface Truth {
  name: string;
  /** Peaks of so many days, per second. */
  path: (draw: Draw, days: number) => number[];
}

/** Monday to Sunday, on the logarithm of demand: the weekend has a fifth less. */
const WEEK = [0, 0.05, 0.08, 0.06, 0.02, -0.15, -0.2];
const LEVEL = 4.6;

const between = (draw: Draw, low: number, high: number): number => low + (high - low) * draw();

/** Straight growth in proportion, a week, and errors that resemble their neighbours by so much. */
function straight(perDay: readonly [number, number], noise: number, resemblance: number): Truth['path'] {
  return (draw, days) => {
    const growth = between(draw, ...perDay);
    const fresh = noise * Math.sqrt(1 - resemblance ** 2);
    let error = noise * normal(draw);
    return Array.from({ length: days }, (_, day) => {
      error = resemblance * error + fresh * normal(draw);
      return Math.exp(LEVEL + growth * day + (WEEK[day % 7] ?? 0) + error);
    });
  };
}

/** A level that wanders from day to day around its growth. */
function wandering(perDay: readonly [number, number], step: number, noise: number): Truth['path'] {
  return (draw, days) => {
    const growth = between(draw, ...perDay);
    let level = LEVEL;
    return Array.from({ length: days }, (_, day) => {
      level += growth + step * normal(draw);
      return Math.exp(level + (WEEK[day % 7] ?? 0) + noise * normal(draw));
    });
  };
}

/** What the forecast supposes: damped Holt with a week, its smoothings drawn. */
const holt: Truth['path'] = (draw, days) => {
  const alpha = between(draw, 0.1, 0.5);
  const smoothing = {
    alpha,
    beta: between(draw, 0, 0.1),
    gamma: between(draw, 0, 0.1),
    phi: between(draw, 0.93, 0.99),
  };
  return walk({ level: LEVEL, trend: 0.003, season: WEEK }, smoothing, () => 0.03 * normal(draw), days).map(Math.exp);
};

export const TRUTHS = {
  holt: { name: 'damped Holt, as the forecast supposes', path: holt },
  straight: { name: 'straight growth, 0 to 12 % a month, noise 4 %', path: straight([0, 0.0037], 0.04, 0) },
  noisy: { name: 'straight growth, 0 to 12 % a month, noise 15 %', path: straight([0, 0.0037], 0.15, 0) },
  still: { name: 'no growth, noise 5 %', path: straight([0, 0], 0.05, 0) },
  lasting: { name: 'straight growth, noise 5 % that lasts (0.6)', path: straight([0, 0.0037], 0.05, 0.6) },
  wandering: { name: 'growth 0 to 6 % a month, level wanders 1 % a day', path: wandering([0, 0.0019], 0.01, 0.03) },
} as const satisfies Record<string, Truth>;
