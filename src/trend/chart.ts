/** The history of one metric as a picture: a dot for each run, a line for each level, a mark for each change. */
import { linearScale, tenth } from '../report/axis.ts';
import { type Html, html } from '../report/html.ts';
import { median, quantile } from '../stats/order.ts';
import { figure, shortBuild, signed } from './figures.ts';
import type { MetricTrend, TrendGroup, TrendUnit } from './schema.ts';

export const CHART_WIDTH = 1000;
export const CHART_HEIGHT = 170;
const LEFT = 84;
const RIGHT = 16;
const TOP = 22;
const BOTTOM = 22;
const MOST_TICKS = 5;
/** Room above and below the values, as a share of their range. */
const ROOM = 0.12;
/** The same as a share of the highest: what does not vary is a line in the middle. */
const LEAST_ROOM = 0.02;

/** Colours are the report's variables. */
export const CHART_STYLE = `.trend{font-family:inherit;font-size:12px}.trend text{fill:var(--muted)}.trend .grid{stroke:var(--grid)}
.trend circle{fill:var(--line-1)}.trend circle.beyond{fill:none;stroke:var(--line-1)}
.trend .level{stroke:var(--text);stroke-width:1.5;fill:none}.trend .worse,.trend .better{stroke-width:1.5;stroke-dasharray:4 3}
.trend path.worse{stroke:var(--bad)}.trend path.better{stroke:var(--good)}.trend text.worse{fill:var(--bad);font-weight:600}.trend text.better{fill:var(--good);font-weight:600}`;

/** The picture's content, for an SVG of `CHART_WIDTH` × `CHART_HEIGHT`; null without a value. */
export function chart(metric: MetricTrend, { runs }: TrendGroup): Html | null {
  if (metric.level === null) return null;
  const placeOf = (id: string): number => runs.findIndex((run) => run.id === id);
  const levels = levelsOf(metric, placeOf);
  const range = rangeOf(levels, metric.unit);
  const x = (index: number): number =>
    tenth(LEFT + ((CHART_WIDTH - LEFT - RIGHT) * (index + 0.5)) / metric.values.length);
  const y = (value: number): number => {
    const share = (value - range.low) / (range.high - range.low);
    return tenth(CHART_HEIGHT - BOTTOM - Math.min(Math.max(share, 0), 1) * (CHART_HEIGHT - TOP - BOTTOM));
  };
  const grid = linearScale(range.low, range.high, MOST_TICKS).ticks.map(
    (value) => html`<path class="grid" d="M${LEFT} ${y(value)}H${CHART_WIDTH - RIGHT}"/>
<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${figure(value, metric.unit)}</text>`,
  );
  const dots = metric.values.map((value, i) => {
    const run = runs[i];
    if (value === null || run === undefined) return null;
    const beyond = value < range.low || value > range.high;
    return html`<circle${beyond ? html` class="beyond"` : null} cx="${x(i)}" cy="${y(value)}" r="2.4"><title>${run.startedAt.slice(0, 10)}, ${run.id}${run.build === null ? null : `, build ${shortBuild(run.build)}`}: ${figure(value, metric.unit)}</title></circle>`;
  });
  const marks = metric.changes.map(({ run, direction, change }) => {
    const at = placeOf(run);
    const between = tenth((x(at - 1) + x(at)) / 2);
    const onTheLeft = at > metric.values.length / 2;
    return html`<path class="${direction}" d="M${between} ${TOP - 8}V${CHART_HEIGHT - BOTTOM}"/>
<text class="${direction}" x="${between + (onTheLeft ? -5 : 5)}" y="${TOP - 6}" text-anchor="${onTheLeft ? 'end' : 'start'}">${signed(change)} ${direction}</text>`;
  });
  const lines = levels.map(
    ({ start, end, values }) => html`<path class="level" d="M${x(start)} ${y(median(values))}H${x(end - 1)}"/>`,
  );
  const dates = [runs[0], runs.at(-1)].map((run, i) => {
    const place = i === 0 ? LEFT : CHART_WIDTH - RIGHT;
    return html`<text x="${place}" y="${CHART_HEIGHT - 6}" text-anchor="${i === 0 ? 'start' : 'end'}">${run?.startedAt.slice(0, 10) ?? null}</text>`;
  });
  return html`${grid}${dots}${lines}${marks}${dates}`;
}

/** Where the values of each level lie but for those far out: one bad night must not press all others into a line. */
function rangeOf(levels: readonly Level[], unit: TrendUnit): { low: number; high: number } {
  const near = levels.flatMap(({ values }) => {
    const [q1, q3] = [quantile(values, 0.25), quantile(values, 0.75)];
    // Outer fences: J. W. Tukey, "Exploratory Data Analysis", 1977, section 2D.
    const reach = 3 * (q3 - q1);
    return values.filter((value) => value >= q1 - reach && value <= q3 + reach);
  });
  const [low, high] = [Math.min(...near), Math.max(...near)];
  const room = Math.max((high - low) * ROOM, high * LEAST_ROOM);
  return { low: Math.max(0, low - room), high: unit === 'ratio' ? Math.min(1, high + room) : high + room };
}

/** Runs between two changes, by their places in the group. */
interface Level {
  start: number;
  end: number;
  values: number[];
}

function levelsOf({ values, changes }: MetricTrend, placeOf: (run: string) => number): Level[] {
  const borders = [0, ...changes.map(({ run }) => placeOf(run)), values.length];
  return borders.slice(1).map((end, i) => {
    const start = borders[i] ?? 0;
    return { start, end, values: values.slice(start, end).flatMap((value) => value ?? []) };
  });
}
