/** From the runs of a folder to the changes among them: pure. */
import { HeadroomError } from '../errors.ts';
import { type HistoryPoint, judgeTrend, type TrendChange } from '../gate/trend.ts';
import { driftName } from '../report/drift-text.ts';
import { percent } from '../report/numbers.ts';
import { buildOf } from '../results/build.ts';
import type { Run } from '../results/schema.ts';
import { isLoopback } from '../run/target.ts';
import { median } from '../stats/order.ts';
import { driftTrends } from './drift.ts';
import { riseText } from './figures.ts';
import type { History } from './history.ts';
import { DEFAULT_METRICS, metricsOf, type TrendMetric } from './metrics.ts';
import type { MetricChange, MetricTrend, TrendDocument, TrendGroup } from './schema.ts';

/** Which metrics of which runs to look at. */
export interface TrendOptions {
  /** Ids such as `search.p95`, or what is the same of every endpoint: `p95`. */
  metrics?: readonly string[];
  /** Only runs of this scenario. */
  scenario?: string;
  /** Only runs with these tags. */
  tags?: Readonly<Record<string, string>>;
}

/** Runs whose median stands for the level before or after a change: as many as the scan compares with. */
const LEVEL_RUNS = 40;

/**
 * Scans the history of every metric for lasting changes. Runs are compared with their like alone: the same scenario,
 * target and settings. Invalid and interrupted runs are left out.
 *
 * @throws HeadroomError RUN_NOT_FOUND when no run is of that scenario and has those tags; SETTING_INVALID when no run has
 *   a metric that was asked for
 */
export function trendOf(history: History, options: TrendOptions = {}): TrendDocument {
  const { scenario, tags = {} } = options;
  const runs = history.runs.filter(
    (run) =>
      (scenario === undefined || run.scenario === scenario) &&
      Object.entries(tags).every(([name, value]) => run.tags[name] === value),
  );
  const newest = runs.at(-1);
  if (newest === undefined) {
    throw new HeadroomError(
      'RUN_NOT_FOUND',
      history.runs.length === 0
        ? `There is no run that this version of Headroom can read: ${history.unreadable[0]?.why}`
        : `None of the ${history.runs.length} runs is of that scenario and has those tags.`,
      'Name another folder with --runs, or ask for less with --scenario and --tag.',
    );
  }
  const wanted = options.metrics ?? [];
  mustKnow(wanted, [...metricsOf(runs), ...runs.flatMap(({ drift = [] }) => drift.map(named))]);
  const groups = byLoad(runs).map((members) => groupOf(members, wanted));
  const reasons = reasonsOf(groups, newest);
  return {
    schema: 'headroom.trend/1',
    verdict: reasons.length === 0 ? 'pass' : 'inconclusive',
    reasons,
    groups,
    unreadable: history.unreadable,
  };
}

type Named = Pick<TrendMetric, 'id' | 'name'>;

/** A figure of a soak as a metric is named: `search.p95` is the p95 of search. */
const named = ({ id }: { id: string }): Named => ({ id, name: id.slice(id.lastIndexOf('.') + 1) });

/** Asked for by its id, or by its name for all endpoints. */
const isWanted = ({ id, name }: Named, wanted: readonly string[]): boolean =>
  wanted.some((text) => text === id || text === name);

function mustKnow(wanted: readonly string[], known: readonly Named[]): void {
  const unknown = wanted.find((text) => !known.some((metric) => isWanted(metric, [text])));
  if (unknown === undefined) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `No run has a metric "${unknown}".`,
    `These runs have ${[...new Set(known.map(({ name }) => name))].join(', ')}, and each of them by endpoint, such as ${known[0]?.id}.`,
  );
}

/** What runs must share to be compared. The name that kept a run's bookings apart from another's is no part of the load. */
function loadOf(run: Run): string {
  const settings = Object.entries(settingsOf(run)).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([run.scenario, targetOf(run), settings]);
}

/** Runs of each load, oldest first; the load of the newest run comes first. */
function byLoad(runs: readonly Run[]): Run[][] {
  const loads = new Map<string, Run[]>();
  for (const run of runs.toReversed()) {
    const load = loadOf(run);
    const members = loads.get(load);
    if (members === undefined) loads.set(load, [run]);
    else members.push(run);
  }
  return [...loads.values()].map((members) => members.reverse());
}

function settingsOf({ settings: { RUN: _, ...settings } }: Run): Record<string, string> {
  return settings;
}

function targetOf({ target }: Run): string {
  if (!URL.canParse(target)) return target;
  const { hostname, pathname } = new URL(target);
  return isLoopback(hostname) ? `this machine${pathname === '/' ? '' : pathname}` : target;
}

const isJudged = (run: Run): boolean => run.validity.ok && run.verdict !== 'invalid' && run.verdict !== 'interrupted';

/** @param members runs of one load, oldest first, one or more */
function groupOf(members: readonly Run[], wanted: readonly string[]): TrendGroup {
  const judged = members.filter(isJudged);
  const newest = members.at(-1);
  const drift = driftTrends(judged).filter((figure) => wanted.length === 0 || isWanted(named(figure), wanted));
  return {
    scenario: newest?.scenario ?? '',
    target: newest === undefined ? '' : targetOf(newest),
    settings: newest === undefined ? {} : settingsOf(newest),
    runs: judged.map((run) => ({ id: run.id, startedAt: run.startedAt, build: buildOf(run) })),
    leftOut: members
      .filter((run) => !isJudged(run))
      .map(({ id, verdict }) => ({ id, why: verdict === 'interrupted' ? 'interrupted' : 'invalid' })),
    metrics: metricsOf(judged)
      .filter((metric) => judged.length > 0 && isWanted(metric, wanted.length === 0 ? DEFAULT_METRICS : wanted))
      .map((metric) => metricTrend(metric, judged)),
    ...(drift.length === 0 ? {} : { drift }),
  };
}

function metricTrend(metric: TrendMetric, runs: readonly Run[]): MetricTrend {
  const values = runs.map((run) => metric.of(run));
  const points = runs.flatMap((run, i): HistoryPoint[] => {
    const value = values[i] ?? null;
    return value === null ? [] : [{ run: run.id, value }];
  });
  const { changes, alarm, runsMissing, newest } = judgeTrend(metric.id, points, metric.worse, metric.scan);
  const starts = changes.map(({ run }) => points.findIndex((point) => point.run === run));
  const levelOf = (from: number, to: number): number => median(points.slice(from, to).map(({ value }) => value));
  const end = points.length;
  return {
    id: metric.id,
    unit: metric.unit,
    worse: metric.worse,
    values,
    level: end === 0 ? null : levelOf(Math.max(starts.at(-1) ?? 0, end - LEVEL_RUNS), end),
    runsMissing,
    newest,
    alarm,
    changes: changes.map((change, i) => {
      const at = starts[i] ?? 0;
      const before = levelOf(Math.max(starts[i - 1] ?? 0, at - LEVEL_RUNS), at);
      const after = levelOf(at, Math.min(starts[i + 1] ?? end, at + LEVEL_RUNS));
      return { ...described(change, runs), before, after, change: after / before - 1 };
    }),
  };
}

function described(
  { run, lastGood, foundWith, direction, z }: TrendChange,
  runs: readonly Run[],
): Omit<MetricChange, 'before' | 'after' | 'change'> {
  const [first, good] = [run, lastGood].map((id) => runs.find((other) => other.id === id));
  return {
    run,
    lastGood,
    foundWith,
    build: first === undefined ? null : buildOf(first),
    lastGoodBuild: good === undefined ? null : buildOf(good),
    direction,
    z,
    differences: first === undefined || good === undefined ? [] : differences(good, first),
  };
}

/** What else than the build can have changed a figure: where and with what it was measured. */
const SURROUNDINGS: readonly [what: string, of: (run: Run) => string][] = [
  ['Headroom', ({ environment }) => environment.headroomVersion],
  ['k6', ({ generator }) => generator.k6Version],
  ['Node', ({ environment }) => environment.node],
  ['system', ({ environment }) => environment.os],
  ['cores', ({ environment }) => String(environment.cpus)],
];

function differences(before: Run, after: Run): MetricChange['differences'] {
  return SURROUNDINGS.map(([what, of]) => ({ what, before: of(before), after: of(after) })).filter(
    (difference) => difference.before !== difference.after,
  );
}

/** Why the history does not pass, one sentence each; none when it does. */
function reasonsOf(groups: readonly TrendGroup[], newest: Run): string[] {
  const changes = groups.flatMap(({ metrics }) =>
    metrics.flatMap(({ id, alarm, changes }) => {
      const change = changes.at(-1);
      if (!alarm || change === undefined) return [];
      const size = `${change.change < 0 ? '−' : '+'}${percent(Math.abs(change.change))}`;
      return `${id} is worse since run ${change.run} (${size}).`;
    }),
  );
  const drifts = groups.flatMap(({ drift = [] }) =>
    drift.flatMap((figure) =>
      figure.alarm ? [`${driftName(figure)} drifts since run ${figure.driftsSince} (${riseText(figure)}).`] : [],
    ),
  );
  const alarms = [...changes, ...drifts];
  const group = groups[0];
  const leftOut = group?.leftOut.find(({ id }) => id === newest.id);
  if (leftOut !== undefined) return [...alarms, `The newest run, ${newest.id}, is ${leftOut.why} and was not judged.`];
  const missing = runsMissing(group?.metrics ?? []);
  if (missing === 0) return alarms;
  if (missing === null)
    return [...alarms, `The newest run, ${newest.id}, has none of the metrics that were asked for.`];
  const many = missing === 1 ? 'One more run' : `${missing} more runs`;
  return [...alarms, `${many} like ${newest.id} with enough samples are needed before its figures can be judged.`];
}

/** Until anything is judged; where latencies are followed, that is a latency. Null without metrics. */
function runsMissing(metrics: readonly MetricTrend[]): number | null {
  const latencies = metrics.filter(({ unit }) => unit === 'ms');
  const missing = (latencies.length > 0 ? latencies : metrics).map((metric) => metric.runsMissing);
  return missing.length === 0 ? null : Math.min(...missing);
}
