import type { IPoint } from 'influx';
import { encodeBuckets } from '../results/encode.ts';
import { type Buckets, mergeBuckets, quantileOfBuckets } from '../results/histogram.ts';
import type { CellData, Window } from '../results/window.ts';
import { tidy } from '../results/window-lines.ts';

/** What all points of a run are tagged with. */
export interface RunLabels {
  run: string;
  scenario: string;
  instance: string;
  /** Tags that the user gave the run. */
  tags: Readonly<Record<string, string>>;
}

/** Measurement of the merged histograms; the others are named after k6's metrics. */
const HISTOGRAMS = 'histograms';
const ANNOTATIONS = 'annotations';
/** Measurement of the target's own metrics, by the tag `metric`. */
const TARGET = 'target';
const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

const TAGS = ['run', 'scenario', 'instance', 'endpoint', 'status_class', 'check', 'journey', 'metric', 'kind'];
const FIELDS = [
  ...['count', 'rate', 'mean', 'min', 'max', 'last', ...Object.keys(QUANTILES)],
  ...['histogram', 'title', 'text', 'verdict', 'commit'],
];
/**
 * Names that Headroom gives; tags of others get a prefix where they have one of them: points would take each other's place,
 * and InfluxQL could not tell tag from field. InfluxDB refuses `time`.
 */
export const RESERVED: ReadonlySet<string> = new Set([...TAGS, ...FIELDS, 'time']);

const apart = (tags: Readonly<Record<string, string>>, prefix: string): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [RESERVED.has(key) ? `${prefix}_${key}` : key, value]));

/** Cells that become one point: of one metric, endpoint, status class and check. */
interface Merged extends Omit<CellData, 'series'> {
  metric: string;
  tags: Record<string, string>;
}

/** Tags of a point: few values each, whatever is loaded. */
function tagsOf({ series }: CellData): Record<string, string> {
  // The target chose these labels, few as Prometheus wants them.
  if (series.metric === TARGET) {
    const { metric: named = '', ...labels } = series.tags;
    return { ...apart(labels, 'label'), metric: named };
  }
  const { name, status, check, journey, metric } = series.tags;
  const statusClass = status === undefined ? undefined : status === '0' ? 'none' : `${status.slice(0, 1)}xx`;
  const tags = { endpoint: name, status_class: statusClass, check, journey, metric };
  return Object.fromEntries(Object.entries(tags).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function merge(window: Window): Merged[] {
  const points = new Map<string, Merged>();
  for (const cell of window.cells) {
    const tags = tagsOf(cell);
    const key = `${cell.series.metric} ${Object.values(tags).join('\n')}`;
    const known = points.get(key);
    if (known === undefined) {
      const { count, sum, min, max, last, buckets } = cell;
      points.set(key, { metric: cell.series.metric, tags, count, sum, min, max, last, buckets });
      continue;
    }
    known.count += cell.count;
    known.sum = tidy(known.sum) + tidy(cell.sum);
    known.min = Math.min(known.min, cell.min);
    known.max = Math.max(known.max, cell.max);
    known.last = cell.last;
    if (cell.buckets !== null) {
      known.buckets = known.buckets === null ? cell.buckets : mergeBuckets(known.buckets, cell.buckets);
    }
  }
  return [...points.values()];
}

const labelsOf = ({ run, scenario, instance, tags }: RunLabels): Record<string, string> => ({
  ...apart(tags, 'tag'),
  run,
  scenario,
  instance,
});

/**
 * Turns windows into points: one for each second, metric, endpoint and status class, and every few seconds one with the
 * merged histogram. The same windows always give the same points, so that what is sent twice is there once.
 */
export class PointMaker {
  readonly #labels: Record<string, string>;
  readonly #stretchSeconds: number;
  #stretch: { start: number; merged: Map<string, Merged> } | null = null;

  /** @param stretchSeconds seconds that a histogram covers */
  constructor(labels: RunLabels, stretchSeconds: number) {
    this.#labels = labelsOf(labels);
    this.#stretchSeconds = stretchSeconds;
  }

  /**
   * Points of a window, and of the stretch that it ends. A window that is longer than a second, as old ones of an archive
   * are, is spread over its seconds: its points take the place of those that were sent while the run went, and no sum
   * changes.
   */
  of(window: Window): IPoint[] {
    const merged = merge(window);
    const points: IPoint[] = [];
    for (let second = window.second; second < window.second + window.seconds; second++) {
      const start = second - (second % this.#stretchSeconds);
      if (this.#stretch !== null && this.#stretch.start !== start) points.push(...this.end());
      this.#stretch ??= { start, merged: new Map() };
      // All of its histogram stands in its first stretch; those after it are there, and empty.
      for (const part of merged) {
        if (part.buckets === null) continue;
        const first = second === window.second;
        this.#collect(first ? part : { ...part, count: 0 }, first ? part.buckets : new Uint32Array());
      }
      points.push(...merged.map((part) => this.#point(part, second, window.seconds)));
    }
    return points;
  }

  /** Points of the stretch that is open: to be asked for after the last window. */
  end(): IPoint[] {
    const stretch = this.#stretch;
    this.#stretch = null;
    if (stretch === null) return [];
    return [...stretch.merged.values()].map(({ metric, tags, count, buckets }) => ({
      measurement: HISTOGRAMS,
      tags: { ...this.#labels, ...tags, metric },
      fields: { histogram: encodeBuckets(buckets ?? new Uint32Array()), count },
      timestamp: String(stretch.start),
    }));
  }

  #collect({ metric, tags, count }: Merged, buckets: Buckets): void {
    const key = `${metric} ${Object.values(tags).join('\n')}`;
    const known = this.#stretch?.merged.get(key);
    if (known === undefined) {
      this.#stretch?.merged.set(key, {
        metric,
        tags,
        count,
        sum: 0,
        min: 0,
        max: 0,
        last: 0,
        buckets: buckets.slice(),
      });
      return;
    }
    known.count += count;
    known.buckets = mergeBuckets(known.buckets ?? new Uint32Array(), buckets);
  }

  #point({ metric, tags, count, sum, min, max, last, buckets }: Merged, second: number, seconds: number): IPoint {
    const rate = count / seconds;
    const fields: Record<string, number> = { count: rate, rate, mean: tidy(sum) / count, min, max };
    if (buckets === null) fields.last = last;
    else for (const [name, q] of Object.entries(QUANTILES)) fields[name] = quantileOfBuckets(buckets, q) ?? max;
    return { measurement: metric, tags: { ...tags, ...this.#labels }, fields, timestamp: String(second) };
  }
}

/** What is told of a run at its begin and its end. */
export interface Marked {
  target: string;
  /** Commit of the folder that the run was started in; null without one. */
  gitSha: string | null;
  /** Empty at the begin. */
  verdict: string;
}

/** Marks the begin or the end of a run, for the dashboards. */
export function annotation(labels: RunLabels, kind: 'start' | 'end', second: number, marked: Marked): IPoint {
  const { target: text, verdict, gitSha } = marked;
  return {
    measurement: ANNOTATIONS,
    tags: { ...labelsOf(labels), kind },
    fields: { title: `${kind} of ${labels.scenario}`, text, verdict, commit: gitSha ?? '' },
    timestamp: String(second),
  };
}
