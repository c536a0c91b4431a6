/** The trend as text for a terminal. */
import { driftName } from '../report/drift-text.ts';
import { count } from '../report/numbers.ts';
import { clean } from '../report/summary.ts';
import { driftRemark, figure, loadName, riseText, runsSentence, shortBuild, signed } from './figures.ts';
import type { MetricChange, MetricTrend, TrendDocument, TrendGroup } from './schema.ts';

/** Verdict, and for each load a table of its metrics and a list of its changes; the last line without a line feed. */
export function trendText(trend: TrendDocument): string {
  const next = trend.groups.flatMap(({ metrics }) => metrics.flatMap(confirmation));
  const head = [trend.verdict.toUpperCase(), ...trend.reasons, ...new Set(next)];
  const blocks = [head, ...trend.groups.map(groupLines)];
  return blocks.map((lines) => lines.map(clean).join('\n')).join('\n\n');
}

function groupLines(group: TrendGroup): string[] {
  const title = [loadName(group), runsSentence(group)];
  if (group.metrics.length === 0) return title;
  const head = ['metric', 'runs', 'newest', 'level', 'shift at the end', ''];
  const rows = group.metrics.map((metric) => [
    metric.id,
    count(valuesOf(metric).length),
    figure(valuesOf(metric).at(-1) ?? null, metric.unit),
    figure(metric.level, metric.unit),
    metric.newest === null ? '–' : `${signed(metric.newest.change)} (z ${metric.newest.z.toFixed(1)})`,
    remark(metric),
  ]);
  const drift = (group.drift ?? []).map((figure) => [
    driftName(figure),
    count(figure.rises.filter((rise) => rise !== null).length),
    riseText(figure),
    driftRemark(figure).replace(/^drifts/, figure.alarm ? 'DRIFTS' : 'drifts'),
  ]);
  const changes = group.metrics.flatMap((metric) => metric.changes.flatMap((change) => changeLines(metric, change)));
  const driftLines = drift.length === 0 ? [] : aligned([['drift', 'soaks', 'newest', ''], ...drift]);
  return [
    ...title,
    ...aligned([head, ...rows]),
    ...driftLines,
    ...(changes.length === 0 ? [] : ['changes', ...changes]),
  ];
}

function remark(metric: MetricTrend): string {
  if (metric.alarm) return 'WORSE';
  if (valuesOf(metric).length === 0) return 'too few samples in each run';
  if (metric.runsMissing > 0) return `${metric.runsMissing} more needed`;
  return metric.changes.length === 0 ? 'no change' : `${metric.changes.length} in the past`;
}

function changeLines({ id, unit }: MetricTrend, change: MetricChange): string[] {
  const built = (build: string | null): string => (build === null ? '' : `, build ${shortBuild(build)}`);
  const also = change.differences.map(({ what, before, after }) => `${what} ${before} → ${after}`);
  return [
    `  ${id} ${change.direction}, ${signed(change.change)}: ${figure(change.before, unit)} → ${figure(change.after, unit)} since ${change.run}${built(change.build)}`,
    `    last before: ${change.lastGood}${built(change.lastGoodBuild)}; certain with ${change.foundWith}`,
    ...(also.length === 0 ? [] : [`    more than the build changed: ${also.join(', ')}`]),
  ];
}

/** What to do about an alarm. */
function confirmation({ alarm, changes }: MetricTrend): string[] {
  const change = changes.at(-1);
  if (!alarm || change === undefined) return [];
  const name = (build: string | null, run: string): string =>
    build === null ? `the build of ${run}` : `build ${shortBuild(build)}`;
  return [
    `Nights differ in more than the build: compare ${name(change.lastGoodBuild, change.lastGood)} with ${name(change.build, change.run)} by headroom ab.`,
  ];
}

const valuesOf = ({ values }: MetricTrend): number[] => values.flatMap((value) => value ?? []);

/** Columns of one width each; the first and the last are words, set to the left. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      const width = widths[i] ?? 0;
      return i === 0 || i === columns - 1 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
