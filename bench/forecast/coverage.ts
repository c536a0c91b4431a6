/** How often 80 % intervals of a forecast hold what comes, over many histories whose future is known. */
import { demandFromHistory } from '../../src/capacity/demand.ts';
import { drawCapacity, forecast } from '../../src/capacity/forecast.ts';
import { clopperPearson, type Interval } from '../../src/stats/binomial.ts';
import { tQuantile } from '../../src/stats/distributions.ts';
import { type Draw, seeded } from '../../src/stats/random.ts';
import type { Truth } from './truths.ts';

/** How often something happened, with its exact 95 % interval. */
export interface Rate extends Interval {
  hits: number;
  of: number;
}

export interface Case {
  truth: Truth;
  /** Days of history that the forecast is given. */
  history: number;
  /** Days ahead for which demand is compared. */
  ahead: number;
  /** Days that dates look ahead. */
  horizon: number;
}

/** What came, beside what was foretold. */
export interface Coverage {
  /** Demand on the day was between P10 and P90. */
  demand: Rate;
  /** Of the forecasts that name all of P10 and P90: the day on which capacity was passed lay between them. */
  date: Rate;
  /** Of those that name P10: it was passed before. */
  early: Rate;
  /** Of those that name P90: it was passed after, or not within the horizon. */
  late: Rate;
  /** Mean of the probabilities that capacity is passed within the horizon, and how often it was. */
  foretold: number;
  passed: Rate;
}

/** A forecast in the form that is compared: [P10, P90] of demand on one day, and of the day; null beyond the horizon. */
interface Foretold {
  demand: readonly [number, number];
  date: readonly [number | null, number | null];
  probability: number;
}

/** Days ahead for which demand is compared, and days that dates look ahead. */
export const AHEAD = 42;
export const HORIZON = 365;
const FUTURES = 200;
const CAPACITY_WIDTH = 0.05;

export function rateOf(hits: number, of: number): Rate {
  return { hits, of, ...clopperPearson(hits, of) };
}

/** Headroom's forecast and a straight line, on the same histories with the same futures. */
export function coverageOf(seed: number, given: Case, replicates: number): { headroom: Coverage; line: Coverage } {
  const draw = seeded(seed);
  const ours = new Tally();
  const line = new Tally();
  for (let i = 0; i < replicates; i++) {
    const path = given.truth.path(draw, given.history + given.horizon);
    const history = path.slice(0, given.history);
    const future = path.slice(given.history);
    // Above the peaks of the last week, by 5 to 35 %: some are passed soon, some not within the horizon.
    const middle = Math.max(...history.slice(-7)) * (1.05 + 0.3 * draw());
    const capacity = { low: middle / (1 + CAPACITY_WIDTH / 2), high: middle * (1 + CAPACITY_WIDTH / 2) };
    const limit = drawCapacity(capacity, draw);
    const index = future.findIndex((value) => value > limit);
    const came = {
      demand: future[given.ahead - 1] ?? Number.NaN,
      day: index < 0 ? Number.POSITIVE_INFINITY : index + 1,
    };
    ours.add(ourForecast(history, capacity, given, draw), came);
    line.add(lineForecast(history, middle, given), came);
  }
  return { headroom: ours.coverage(), line: line.coverage() };
}

function ourForecast(history: readonly number[], capacity: Interval, { ahead, horizon }: Case, draw: Draw): Foretold {
  const { demand, exhausted, probability } = forecast(demandFromHistory(history), capacity, draw, {
    horizon,
    futures: FUTURES,
  });
  const day = demand[ahead - 1];
  return {
    demand: [day?.p10 ?? Number.NaN, day?.p90 ?? Number.NaN],
    date: [exhausted.p10, exhausted.p90],
    probability,
  };
}

/**
 * What a spreadsheet does: a straight line through the daily peaks with its 80 % prediction interval (N. R. Draper and
 * H. Smith, "Applied Regression Analysis", section 1.4); the dates are where the borders of that interval pass capacity.
 */
function lineForecast(history: readonly number[], limit: number, { ahead, horizon }: Case): Foretold {
  const n = history.length;
  const middle = (n - 1) / 2;
  const mean = history.reduce((sum, value) => sum + value, 0) / n;
  const square = history.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  const slope = history.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0) / square;
  const at = (i: number): number => mean + slope * (i - middle);
  const deviation = Math.sqrt(history.reduce((sum, value, i) => sum + (value - at(i)) ** 2, 0) / (n - 2));
  const t = tQuantile(0.9, n - 2);
  const band = (day: number): readonly [number, number] => {
    const i = n - 1 + day;
    const half = t * deviation * Math.sqrt(1 + 1 / n + (i - middle) ** 2 / square);
    return [at(i) - half, at(i) + half];
  };
  const days = Array.from({ length: horizon }, (_, i) => i + 1);
  const earliest = days.find((day) => band(day)[1] > limit) ?? null;
  const latest = days.find((day) => band(day)[0] > limit) ?? null;
  const likely = days.some((day) => at(n - 1 + day) > limit);
  return { demand: band(ahead), date: [earliest, latest], probability: Number(likely) };
}

class Tally {
  readonly #demand = { hits: 0, of: 0 };
  readonly #date = { hits: 0, of: 0 };
  readonly #early = { hits: 0, of: 0 };
  readonly #late = { hits: 0, of: 0 };
  readonly #passed = { hits: 0, of: 0 };
  #foretold = 0;

  add({ demand, date: [p10, p90], probability }: Foretold, came: { demand: number; day: number }): void {
    count(this.#demand, demand[0] <= came.demand && came.demand <= demand[1]);
    // A percentile beyond the horizon claims no date; which forecasts count hangs on the forecast, never on what came.
    if (p10 !== null) count(this.#early, came.day < p10);
    if (p90 !== null) count(this.#late, came.day > p90);
    if (p10 !== null && p90 !== null) count(this.#date, p10 <= came.day && came.day <= p90);
    count(this.#passed, Number.isFinite(came.day));
    this.#foretold += probability;
  }

  coverage(): Coverage {
    const rate = ({ hits, of }: { hits: number; of: number }): Rate => rateOf(hits, of);
    return {
      demand: rate(this.#demand),
      date: rate(this.#date),
      early: rate(this.#early),
      late: rate(this.#late),
      foretold: this.#foretold / this.#passed.of,
      passed: rate(this.#passed),
    };
  }
}

function count(tally: { hits: number; of: number }, hit: boolean): void {
  tally.of++;
  if (hit) tally.hits++;
}
