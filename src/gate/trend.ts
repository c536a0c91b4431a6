/** Judges the history of a metric: pure, from the figures of past runs to the changes among them. */
import { type ChangePoint, changePoints, SCAN, type ScanOptions, scanEnd } from '../stats/scan.ts';

/** The figure of one past run. */
export interface HistoryPoint {
  /** Id of the run. */
  run: string;
  /** Above 0. */
  value: number;
}

/** A lasting change of a metric. */
export interface TrendChange {
  /** First run after the change, the last one before it, and the one with which it became certain. */
  run: string;
  lastGood: string;
  foundWith: string;
  /** Ratio of the medians after and before, less 1: 0.1 is 10 % more. */
  change: number;
  /** Standard errors that the change is away from none. */
  z: number;
  direction: 'worse' | 'better';
}

export interface Trend {
  metric: string;
  runs: number;
  changes: TrendChange[];
  /** The last change is for the worse and was found with the newest run: time to compare last-good with head by A/B. */
  alarm: boolean;
  /** Runs that are missing before the scan can begin; 0 when it has. */
  runsMissing: number;
  /** What the newest run is judged by: how far out the most conspicuous shift at the end is. Null while runs are missing. */
  newest: { z: number; change: number } | null;
}

/** Whether more of a metric is worse, as of a latency, or less is, as of a throughput. */
export type Worse = 'higher' | 'lower';

/**
 * Scans a history for lasting changes. A change here is a reason to look, not to fail a build: nights differ in more than
 * the build.
 *
 * @param history oldest first; runs without a valid figure are to be left out before
 */
export function judgeTrend(
  metric: string,
  history: readonly HistoryPoint[],
  worse: Worse = 'higher',
  options: ScanOptions = SCAN,
): Trend {
  const unfit = history.find(({ value }) => !(value > 0));
  if (unfit !== undefined) throw new RangeError(`run ${unfit.run} has no figure above 0 for ${metric}`);
  const logs = history.map(({ value }) => Math.log(value));
  const points = changePoints(logs, options);
  const last = points.at(-1);
  const changes = points.map((point) => describe(point, history, worse));
  const shifted = scanEnd(logs.slice(last?.at ?? 0), options, last?.noise);
  const lastChange = changes.at(-1);
  return {
    metric,
    runs: history.length,
    changes,
    alarm: lastChange?.direction === 'worse' && last?.foundAt === history.length - 1,
    runsMissing: Math.max(0, options.leastReference + options.shortest - history.length),
    newest: shifted && { z: shifted.z, change: Math.expm1(shifted.shift) },
  };
}

function describe(point: ChangePoint, history: readonly HistoryPoint[], worse: Worse): TrendChange {
  const rose = point.shift > 0;
  return {
    run: history[point.at]?.run ?? '',
    lastGood: history[point.at - 1]?.run ?? '',
    foundWith: history[point.foundAt]?.run ?? '',
    change: Math.expm1(point.shift),
    z: point.z,
    direction: rose === (worse === 'higher') ? 'worse' : 'better',
  };
}
