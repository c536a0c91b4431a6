/** Demand as it might really come: daily peaks, drawn from processes that the forecast does not know. */
import { walk } from '../../src/capacity/holt.ts';
import { SEASON_BEFORE, smoothings, TREND_BEFORE } from '../../src/capacity/holt-prior.ts';
import { type Draw, normal } from '../../src/stats/random.ts';

/** A process of daily peaks; parameters that a planner cannot know are drawn anew for each path. */
export interface Truth {
  name: string;
  /** Peaks of so many days, per second. */
  path: (draw: Draw, days: number) => number[];
}

type Range = readonly [low: number, high: number];

/** Where the parameters of a set of processes lie; each path draws its own. */
interface Ranges {
  /** Of the logarithm, per month. */
  growth: Range;
  /** Standard deviation of a day around its level, on the logarithm; small values as likely as large ones in proportion. */
  noise: Range;
  /** How much a day's error resembles that of the day before; in half of the paths it does not. */
  lasting: Range;
  /** What each day of the week adds, on the logarithm, times 0.5 to 1.5. */
  week: readonly number[];
  /** Days after which a growth turns, on average. */
  turnsAfter: Range;
  /** Standard deviation of a day's step of a level that wanders. */
  step: Range;
  /** Damped Holt. */
  smoothing: { alpha: Range; beta: Range; gamma: Range; phi: Range };
}

const LEVEL = 4.6;
const DAYS_A_MONTH = 365.25 / 12;
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;

const between = (draw: Draw, [low, high]: Range): number => low + (high - low) * draw();
const inProportion = (draw: Draw, [low, high]: Range): number => low * (high / low) ** draw();
const growthOf = (draw: Draw, { growth }: Ranges): number => between(draw, growth) / DAYS_A_MONTH;

/** Daily peaks around a level: a week and errors of their own. */
function around(levels: readonly number[], draw: Draw, ranges: Ranges): number[] {
  const noise = inProportion(draw, ranges.noise);
  const lasting = draw() < 0.5 ? 0 : between(draw, ranges.lasting);
  const size = between(draw, [0.5, 1.5]);
  const fresh = noise * Math.sqrt(1 - lasting ** 2);
  let error = noise * normal(draw);
  return levels.map((level, day) => {
    error = lasting * error + fresh * normal(draw);
    return Math.exp(level + size * (ranges.week[day % 7] ?? 0) + error);
  });
}

/** A level whose growth of each day is given by a function that is drawn. */
const growing =
  (ranges: Ranges, growthOn: (draw: Draw) => () => number): Truth['path'] =>
  (draw, days) => {
    const growth = growthOn(draw);
    let level = LEVEL;
    const levels = Array.from({ length: days }, () => {
      level += growth();
      return level;
    });
    return around(levels, draw, ranges);
  };

const goesOn = (ranges: Ranges): Truth['path'] =>
  growing(ranges, (draw) => {
    const growth = growthOf(draw, ranges);
    return () => growth;
  });

const none = (ranges: Ranges): Truth['path'] => growing(ranges, () => () => 0);

/** From a day on that is drawn, growth dies away. */
const diesAway = (ranges: Ranges): Truth['path'] =>
  growing(ranges, (draw) => {
    let growth = growthOf(draw, ranges);
    let left = -inProportion(draw, ranges.turnsAfter) * Math.log(1 - draw());
    const keeps = 1 - 1 / inProportion(draw, ranges.turnsAfter);
    return () => {
      left--;
      if (left < 0) growth *= keeps;
      return growth;
    };
  });

/** Now and then growth is another. */
const turns = (ranges: Ranges): Truth['path'] =>
  growing(ranges, (draw) => {
    const chance = 1 / inProportion(draw, ranges.turnsAfter);
    let growth = growthOf(draw, ranges);
    return () => {
      if (draw() < chance) growth = growthOf(draw, ranges);
      return growth;
    };
  });

const wanders = (ranges: Ranges): Truth['path'] =>
  growing(ranges, (draw) => {
    const growth = growthOf(draw, ranges);
    const step = between(draw, ranges.step);
    return () => growth + step * normal(draw);
  });

/** Growth in numbers and not in proportion: so many more each month. */
const linear =
  (ranges: Ranges): Truth['path'] =>
  (draw, days) => {
    const growth = growthOf(draw, ranges);
    return around(
      Array.from({ length: days }, (_, day) => LEVEL + Math.log(Math.max(0.1, 1 + growth * day))),
      draw,
      ranges,
    );
  };

/** On its way to a ceiling that is 1.1 to 4 times what it is on the first day (P.-F. Verhulst, 1838). */
const logistic =
  (ranges: Ranges): Truth['path'] =>
  (draw, days) => {
    const ceiling = inProportion(draw, [1.1, 4]);
    const growth = Math.abs(growthOf(draw, ranges)) / (1 - 1 / ceiling);
    return around(
      Array.from(
        { length: days },
        (_, day) => LEVEL + Math.log(ceiling / (1 + (ceiling - 1) * Math.exp(-growth * day))),
      ),
      draw,
      ranges,
    );
  };

/** Damped Holt with a week: level, trend and week keep moving with every error. */
const holt =
  (ranges: Ranges): Truth['path'] =>
  (draw, days) => {
    const { alpha, beta, gamma, phi } = ranges.smoothing;
    const smoothing = {
      alpha: between(draw, alpha),
      beta: between(draw, beta),
      gamma: between(draw, gamma),
      phi: between(draw, phi),
    };
    const noise = inProportion(draw, ranges.noise) / 2;
    const trend = growthOf(draw, ranges);
    const start = { level: LEVEL, trend, season: ranges.week };
    return walk(start, smoothing, () => noise * normal(draw), days).map(Math.exp);
  };

/** On these, priors were chosen. */
const TUNED_ON: Ranges = {
  growth: [-0.02, 0.12],
  noise: [0.02, 0.12],
  lasting: [0.3, 0.8],
  week: [0, 0.05, 0.08, 0.06, 0.02, -0.15, -0.2],
  turnsAfter: [40, 200],
  step: [0.005, 0.015],
  smoothing: { alpha: [0.1, 0.5], beta: [0, 0.1], gamma: [0, 0.1], phi: [0.93, 0.99] },
};

/** On these, nothing was. */
const HELD_OUT: Ranges = {
  growth: [-0.04, 0.1],
  noise: [0.015, 0.16],
  lasting: [0.2, 0.9],
  week: [-0.12, -0.1, -0.06, 0, 0.12, 0.25, 0.15],
  turnsAfter: [60, 150],
  step: [0.003, 0.02],
  smoothing: { alpha: [0.05, 0.7], beta: [0, 0.06], gamma: [0.02, 0.15], phi: [0.9, 0.995] },
};

/** What the forecast supposes, to the letter: nothing is drawn that it does not hold for as probable as it is. */
const supposed: Truth['path'] = (draw, days) => {
  const point = draw();
  let end = 0;
  const drawn = smoothings(true).find(({ prior }) => {
    end += prior;
    return point < end;
  });
  if (drawn === undefined) throw new Error('the probabilities of the smoothings do not sum to 1');
  const noise = inProportion(draw, [0.02, 0.1]);
  const start = {
    level: LEVEL,
    trend: TREND_BEFORE * normal(draw),
    season: WEEKDAYS.map(() => SEASON_BEFORE * normal(draw)),
  };
  return walk(start, drawn.smoothing, () => noise * normal(draw), days).map(Math.exp);
};

/** Processes by what they are for. */
export const TRUTHS = {
  supposed: [{ name: 'drawn from what the forecast supposes', path: supposed }],
  tuning: [
    { name: 'growth goes on for good', path: goesOn(TUNED_ON) },
    { name: 'no growth', path: none(TUNED_ON) },
    { name: 'growth dies away', path: diesAway(TUNED_ON) },
    { name: 'growth turns', path: turns(TUNED_ON) },
    { name: 'level wanders around a growth', path: wanders(TUNED_ON) },
    { name: 'damped Holt', path: holt(TUNED_ON) },
  ],
  heldOut: [
    { name: 'growth goes on for good', path: goesOn(HELD_OUT) },
    { name: 'growth in numbers, not in proportion', path: linear(HELD_OUT) },
    { name: 'growth towards a ceiling', path: logistic(HELD_OUT) },
    { name: 'growth turns', path: turns(HELD_OUT) },
    { name: 'level wanders around a growth', path: wanders(HELD_OUT) },
    { name: 'damped Holt', path: holt(HELD_OUT) },
  ],
} as const satisfies Record<string, readonly Truth[]>;
