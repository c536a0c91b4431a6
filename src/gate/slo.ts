import { z } from 'zod';
import type { Slo as DeclaredSlo } from '../../thresholds/slo.ts';
import { HeadroomError } from '../errors.ts';
import type { SloResult } from '../results/schema.ts';
import type { Ratio, Totals } from '../results/totals.ts';
import { budgetOf } from './budget.ts';
import { nearestName } from './nearest.ts';
import type { SloWatch } from './sliding.ts';

/** Quantiles that an objective may name, and their share. */
export const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;
const METRICS = [...Object.keys(QUANTILES), 'errorRate', 'successRate'];

function wholeNumber(name: string) {
  const error = `${name} is a whole number from 1 on`;
  return z.number({ error }).int({ error }).min(1, { error });
}

const scope = {
  tags: z.record(z.string().min(1), z.string().min(1)).optional(),
  windowSeconds: wholeNumber('windowSeconds').optional(),
  minSamples: wholeNumber('minSamples').optional(),
};

/**
 * An objective: a latency quantile of an endpoint in milliseconds, its share of failed requests (0 to 1), or the
 * share of journeys that must succeed; over the run or any window, of all samples or those with some tags.
 */
export const sloSchema = z.union(
  [
    z.strictObject({
      endpoint: z.string().min(1),
      metric: z.enum(['p50', 'p90', 'p95', 'p99', 'p999']),
      max: z.number().positive(),
      ...scope,
    }),
    z.strictObject({
      endpoint: z.string().min(1),
      metric: z.literal('errorRate'),
      max: z.number().min(0).max(1),
      ...scope,
    }),
    z.strictObject({
      journey: z.string().min(1),
      metric: z.literal('successRate'),
      min: z.number().min(0).max(1),
      ...scope,
    }),
  ],
  { error: ({ input }) => `${complaintAbout(input)}; ${FORMS}` },
);
/** An objective, as docs/reference/slo.md describes its forms. */
export type Slo = DeclaredSlo;

const FORMS =
  'an objective is {endpoint, metric: p50|p90|p95|p99|p999, max: ms}, {endpoint, metric: errorRate, max: 0…1} or {journey, metric: successRate, min: 0…1}, each with tags, windowSeconds and minSamples if need be';

/** What is wrong with an entry that is no objective, as far as its metric tells. */
function complaintAbout(input: unknown): string {
  const metric = typeof input === 'object' && input !== null && 'metric' in input ? input.metric : undefined;
  if (typeof metric !== 'string') return 'it names no metric';
  if (METRICS.includes(metric)) return `its other fields do not fit ${metric}`;
  const [, percentile] = /^p(\d+(?:\.\d+)?)$/i.exec(metric) ?? [];
  if (percentile !== undefined && !(Number(percentile) > 0 && Number(percentile) < 100)) {
    return `${metric} is no percentile, which lies between 0 and 100`;
  }
  return `there is no metric "${metric}"; the nearest is ${nearestName(metric, METRICS)}`;
}

/** An objective with what was observed and how many samples that rests on. */
export interface JudgedSlo {
  result: SloResult;
  /** Of a sliding window, the most that any of them had. */
  samples: number;
  /** Samples that the objective needs before it can be judged. */
  samplesNeeded: number;
  /** Why no sample can be what it asks for, in a sentence; not there otherwise. */
  impossible?: string;
}

/**
 * Refuses sliding windows that do not fit into a run, before it begins.
 *
 * @param seconds length of the run, warm-up included; null when it is not known
 * @throws HeadroomError SETTING_INVALID
 */
export function requireWindowsFit(slos: readonly Slo[], seconds: number | null, warmupSeconds: number): void {
  if (seconds === null) return;
  const judged = seconds - warmupSeconds;
  for (const slo of slos) {
    if (slo.windowSeconds === undefined || slo.windowSeconds <= judged) continue;
    throw new HeadroomError(
      'SETTING_INVALID',
      `${sloId(slo)} looks at windows of ${slo.windowSeconds} s, and only ${judged} s of this run are judged.`,
      'Give it a longer --duration, or the objective a shorter windowSeconds.',
    );
  }
}

/** Where an objective takes its samples from. */
interface Source {
  metric: string;
  tags: Readonly<Record<string, string>>;
  /** Null for a share. */
  quantile: number | null;
  /** Which samples of a share are bad; null for a quantile. */
  bad: 'hits' | 'misses' | null;
  samplesNeeded: number;
}

export function sourceOf(slo: Slo): Source {
  const { tags, minSamples } = slo;
  if (slo.metric === 'successRate') {
    const own = { ...tags, journey: slo.journey };
    return { metric: 'journey_success', tags: own, quantile: null, bad: 'misses', samplesNeeded: minSamples ?? 1 };
  }
  const own = { ...tags, name: slo.endpoint };
  if (slo.metric === 'errorRate') {
    return { metric: 'http_req_failed', tags: own, quantile: null, bad: 'hits', samplesNeeded: minSamples ?? 1 };
  }
  const quantile = QUANTILES[slo.metric];
  const samplesNeeded = minSamples ?? samplesNeededFor(quantile);
  return { metric: 'http_req_duration', tags: own, quantile, bad: null, samplesNeeded };
}

/** `search.p95`, `search{region=north}.p95`, `search.p95/60s`. */
export function sloId(slo: Slo): string {
  const tags = Object.entries(slo.tags ?? {}).map(([tag, value]) => `${tag}=${value}`);
  const of = tags.length === 0 ? '' : `{${tags.sort().join(',')}}`;
  const window = slo.windowSeconds === undefined ? '' : `/${slo.windowSeconds}s`;
  return `${subjectOf(slo)}${of}.${slo.metric}${window}`;
}

/** The objective that a result was judged by. */
export function sloOf({ endpoint, metric, objective, tags, window }: SloResult): Slo {
  const scoped = { ...(tags && { tags }), ...(window && { windowSeconds: window.seconds }) };
  return sloSchema.parse(
    metric === 'successRate'
      ? { journey: endpoint, metric, min: objective, ...scoped }
      : { endpoint, metric, max: objective, ...scoped },
  );
}

const subjectOf = (slo: Slo): string => (slo.metric === 'successRate' ? slo.journey : slo.endpoint);

/**
 * Judges objectives on the steady part of a run. An objective without samples is not met; the validity check says so
 * separately, because then nothing was measured.
 *
 * @param watch has followed the same objectives; without it there are no sliding windows and no budgets
 */
export function judgeSlos(slos: readonly Slo[], totals: Totals, watch?: SloWatch): JudgedSlo[] {
  return slos.map((slo) => {
    const source = sourceOf(slo);
    const windows = slo.windowSeconds === undefined ? null : (watch?.windowsOf(slo) ?? null);
    const { observed, samples } =
      slo.windowSeconds === undefined
        ? wholeOf(source, totals)
        : { observed: windows?.worst?.value ?? null, samples: windows?.mostSamples ?? 0 };
    const bound = slo.metric === 'successRate' ? 'min' : 'max';
    const objective = slo.metric === 'successRate' ? slo.min : slo.max;
    const events = source.bad === null || slo.windowSeconds !== undefined ? null : (watch?.badEventsOf(slo) ?? null);
    const impossible =
      windows !== null && windows.tooCoarse > 0
        ? `the archive has windows of ${windows.tooCoarse} s by now, which cannot be cut into ${slo.windowSeconds} s`
        : samples > 0
          ? null
          : whyNone(slo, source, totals, windows?.judged === 0 && windows.unjudged === 0);
    return {
      result: {
        id: sloId(slo),
        endpoint: subjectOf(slo),
        metric: slo.metric,
        objective,
        observed,
        unit: source.quantile === null ? 'ratio' : 'ms',
        bound,
        ok: observed !== null && (bound === 'max' ? observed <= objective : observed >= objective),
        ...(slo.tags !== undefined && { tags: slo.tags }),
        ...(windows !== null && {
          window: {
            seconds: slo.windowSeconds ?? 0,
            judged: windows.judged,
            unjudged: windows.unjudged,
            worstAtSeconds: windows.worst?.atSeconds ?? null,
          },
        }),
        ...(events !== null && { budget: budgetOf(events, bound === 'max' ? objective : 1 - objective) }),
      },
      samples,
      samplesNeeded: source.samplesNeeded,
      ...(impossible !== null && { impossible }),
    };
  });
}

function wholeOf(source: Source, totals: Totals): { observed: number | null; samples: number } {
  if (source.quantile !== null) {
    const histogram = totals.steadyHistogram(source.metric, source.tags);
    return { observed: histogram.quantileMs(source.quantile), samples: histogram.count };
  }
  const { hits, count }: Ratio = totals.steadyRatio(source.metric, source.tags);
  return { observed: count > 0 ? hits / count : null, samples: count };
}

/** Why an objective has no sample, when it is not for want of time. */
function whyNone(slo: Slo, { metric }: Source, totals: Totals, noWindow: boolean): string | null {
  const [what, tag] = slo.metric === 'successRate' ? (['journey', 'journey'] as const) : (['request', 'name'] as const);
  const subject = subjectOf(slo);
  const names = totals.tagValues(metric, tag, {});
  if (names.size === 0) return null;
  if (!names.has(subject)) return `no ${what} is named "${subject}"; the nearest is "${nearestName(subject, names)}"`;
  for (const [key, value] of Object.entries(slo.tags ?? {})) {
    if (totals.tagValues(metric, tag, { [tag]: subject, [key]: value }).size > 0) continue;
    const values = [...totals.tagValues(metric, key, { [tag]: subject })].sort().slice(0, 5);
    const there = values.length === 0 ? `no tag "${key}"` : `${key}=${values.join(', ')}`;
    return `no ${what} named "${subject}" has ${key}=${value}; they have ${there}`;
  }
  return noWindow ? `the judged part of the run is shorter than ${slo.windowSeconds} s` : null;
}

/**
 * Samples needed for a quantile: twenty beyond it, so that the observed value does not hang on a handful of requests.
 *
 * @param q share, 0 to 1
 */
export function samplesNeededFor(q: number): number {
  return Math.round(20 / (1 - q));
}
