import type { DriftResult } from '../results/schema.ts';
import { autocorrelation } from '../stats/autocorrelation.ts';
import { type DailyRise, type Drift, judgeDrift, LEAD_SHARE, type Series } from '../stats/drift.ts';
import { theilSen } from '../stats/theil-sen.ts';
import { KINDS, type SignalName, type SoakSettings } from './signals.ts';

/** A figure of the target over a soak, in cells of equal length; cells that are not known are missing. */
export interface Signal {
  id: string;
  signal: SignalName;
  source: string;
  series: Series;
  /** Requests per second at the same times. */
  load: readonly number[];
  /** Length of a cell, seconds. */
  cellSeconds: number;
  /** In the unit of the signal; null when none is known. */
  limit: number | null;
}

const HOURS_PER_DAY = 24;
/** A period counts when cells one and two of it apart resemble each other at least this much. */
const PERIODIC = 0.4;
const PERIODIC_TWICE = 0.2;
/**
 * F statistic from which a latency levels off. It is less than that of the others, as noise hides the curve more: a latency on
 * its way to a plateau is called a creep half as often, and a creep still is seldom called such a latency.
 */
const LATENCY_LEVELS_OFF = 4;
/** Longest period that is looked for, as a share of the judged part: there must be some of them to know it for one. */
const LONGEST_PERIOD = 1 / 6;

/**
 * The drift of a signal; that of a latency is one of its logarithm, as its noise and its growth are in proportion to it.
 *
 * @param certainty with which it must rise at all, as `certaintyOf` says
 */
export function driftOf(of: Signal, settings: Pick<SoakSettings, 'budget' | 'binSeconds'>, certainty = 0.95): Drift {
  const { summary, leastBudget } = KINDS[of.signal];
  const logarithmic = of.signal === 'latency';
  const values = logarithmic ? of.series.values.map((ms) => Math.log(Math.max(ms, 1e-4))) : of.series.values;
  const series = { times: of.series.times, values };
  return judgeDrift(series, {
    summary,
    budgetPerDay: (level) =>
      logarithmic
        ? Math.log1p(Math.max(settings.budget, leastBudget / Math.exp(level)))
        : Math.max(settings.budget * level, leastBudget),
    periodSeconds: periodOf(series, of.cellSeconds),
    warmupSeconds: null,
    load: of.load,
    binSeconds: settings.binSeconds,
    certainty,
    ...(logarithmic ? { straightScale: Math.exp, levelsOff: LATENCY_LEVELS_OFF } : {}),
  });
}

/** Whether a signal drifts, as a soak tells it; the parameters are those of `driftOf`. */
export function judgeSignal(
  of: Signal,
  settings: Pick<SoakSettings, 'budget' | 'binSeconds'>,
  certainty = 0.95,
): DriftResult {
  const { unit } = KINDS[of.signal];
  const logarithmic = of.signal === 'latency';
  const drift = driftOf(of, settings, certainty);
  const day = settings.binSeconds / 900;
  const empty = drift.bins === 0;
  // Level and slope of a logarithm as those of the figure itself, at the end, where the limit lies ahead. None is below 0.
  const natural = (value: number): number => (logarithmic ? Math.exp(value) : Math.max(0, value));
  const last = empty ? null : natural(drift.to);
  const perUnit = logarithmic ? (last ?? 1) : 1;
  const perHour = empty ? null : hourly(drift.perDay, perUnit);
  const result = {
    id: of.id,
    signal: of.signal,
    source: of.source,
    unit,
    level: empty ? null : natural(drift.from),
    last,
    perHour,
    lastHalfPerHour: empty ? null : hourly(drift.lastHalfPerDay, perUnit),
    budgetPerDay: logarithmic ? natural(drift.from) * Math.expm1(drift.budgetPerDay) : drift.budgetPerDay,
    limit: of.limit,
    hoursToLimit: hoursTo(of.limit, last, perHour),
    binSeconds: drift.binSeconds,
    bins: drift.bins,
    loadExplains: drift.loadExplains,
    warmingSeconds: drift.warmingSeconds,
  };
  if (empty) Object.assign(result, { budgetPerDay: 0 });
  return { ...result, ...verdictOf(drift, day) };
}

function hourly({ slope, lower, upper }: DailyRise, factor: number): DriftResult['perHour'] {
  if (!Number.isFinite(slope)) return null;
  const hour = (rise: number): number | null => (Number.isFinite(rise) ? (rise * factor) / HOURS_PER_DAY : null);
  return { slope: (slope * factor) / HOURS_PER_DAY, lower: hour(lower), upper: hour(upper) };
}

function hoursTo(limit: number | null, last: number | null, perHour: DriftResult['perHour']): number | null {
  if (limit === null || last === null || perHour === null || perHour.lower === null || perHour.lower <= 0) return null;
  return Math.max(0, (limit - last) / perHour.slope);
}

function verdictOf(drift: Drift, day: number): Pick<DriftResult, 'verdict' | 'because'> {
  const bins = `${drift.bins} bins of ${minutes(drift.binSeconds)}`;
  switch (drift.verdict) {
    case 'steady':
      return { verdict: 'pass', because: `over ${bins} it does not rise by more than is allowed with 95 % certainty` };
    case 'drifting':
      return {
        verdict: 'fail',
        because: `it rises by more than is allowed, with 95 % certainty over ${bins}, and goes on in the last half`,
      };
    case 'still-warming': {
      const tau = drift.warmingSeconds;
      const levels = tau === null ? '' : `: it levels off with a time constant of about ${minutes(tau)}`;
      return {
        verdict: 'inconclusive',
        because: `still warming${levels || ': the last half alone does not show that the rise goes on'}; a longer soak will tell`,
      };
    }
    case 'too-short': {
      const why = drift.binSeconds > 900 * day ? `, which its period of garbage collection asks for` : '';
      return { verdict: 'inconclusive', because: `${bins}${why} are too few to tell a slope from noise` };
    }
  }
}

function minutes(seconds: number): string {
  return seconds < 120 ? `${Number(seconds.toPrecision(3))} s` : `${Math.round(seconds / 60)} min`;
}

/**
 * Dominant period of a series in cells, in seconds: of garbage collection, flushing, rotation. The slope is taken out first,
 * and slow noise, which has no second period like its first, is none.
 */
function periodOf({ times, values }: Series, cellSeconds: number): number | null {
  const first = times[0] ?? 0;
  const from = first + LEAD_SHARE * ((times.at(-1) ?? 0) - first);
  const start = times.findIndex((time) => time >= from);
  const cells = Math.round(((times.at(-1) ?? 0) - (times[start] ?? 0)) / cellSeconds) + 1;
  if (cells < 24 || values.length - start < cells / 2) return null;
  // Cells that are missing repeat the one before.
  const even = new Array<number>(cells).fill(Number.NaN);
  for (let i = start; i < values.length; i++) {
    even[Math.round(((times[i] ?? 0) - (times[start] ?? 0)) / cellSeconds)] = values[i] ?? Number.NaN;
  }
  for (let i = 1; i < cells; i++) if (Number.isNaN(even[i] ?? Number.NaN)) even[i] = even[i - 1] ?? 0;
  // Every so many cells are enough for the slope, whose cost grows with the square.
  const step = Math.ceil(cells / 60);
  const sparse = even.filter((_, i) => i % step === 0);
  const { slope } = theilSen(
    sparse,
    sparse.map((_, i) => i * step),
  );
  const longest = Math.floor(cells * LONGEST_PERIOD);
  const r = autocorrelation(
    even.map((value, i) => value - slope * i),
    2 * longest,
  );
  const below = r.findIndex((value) => value < 0);
  if (below < 0) return null;
  let period = below;
  for (let lag = below; lag <= longest; lag++) if ((r[lag] ?? 0) > (r[period] ?? 0)) period = lag;
  const twice = Math.max(...[-1, 0, 1].map((off) => r[2 * period + off] ?? -1));
  return (r[period] ?? 0) >= PERIODIC && twice >= PERIODIC_TWICE ? period * cellSeconds : null;
}
