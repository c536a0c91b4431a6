import type { DriftResult, Run, SoakResult } from '../results/schema.ts';
import { bytes, clock, count, duration, latency, percent } from './numbers.ts';

const NAMES: Record<DriftResult['signal'], string> = {
  latency: 'latency',
  rss: 'resident memory',
  heap: 'heap',
  connections: 'open connections',
  fileDescriptors: 'file descriptors',
  poolWait: 'wait for the pool',
  eventLoopLag: 'event-loop lag',
  errorRate: 'failed requests',
};

/** A figure's name for people: `search p95`, `resident memory`. */
export function driftName({ id, signal }: Pick<DriftResult, 'id' | 'signal'>): string {
  return signal === 'latency' ? id.replace(/\.(?=[^.]*$)/, ' ') : NAMES[signal];
}

/** A value in the unit of its figure. */
export function driftValue(unit: DriftResult['unit'], value: number | null): string {
  if (value === null) return '–';
  if (unit === 'ms') return latency(value);
  if (unit === 'bytes') return bytes(value);
  return unit === 'ratio' ? percent(value) : count(Number(value.toPrecision(3)));
}

/** A rise with its sign: `+1.2 MB`, `−3.00 ms`. */
function signed(unit: DriftResult['unit'], rise: number): string {
  const text = driftValue(unit, Math.abs(rise));
  return /[1-9]/.test(text) ? `${rise < 0 ? '−' : '+'}${text}` : text;
}

/** `+1.2 MB/h`. */
export function perHourText({ unit, perHour }: DriftResult): string {
  return perHour === null ? '–' : `${signed(unit, perHour.slope)}/h`;
}

/** What the slope is at least and at most. */
export function boundTexts({ unit, perHour }: DriftResult): string[] {
  if (perHour === null) return [];
  const low = perHour.lower === null ? 'no bound below' : `at least ${signed(unit, perHour.lower)}/h`;
  const high = perHour.upper === null ? 'no bound above' : `at most ${signed(unit, perHour.upper)}/h`;
  return [low, high];
}

/** What the slope is at least: `+0.9 MB/h`. */
export function leastText({ unit, perHour }: DriftResult): string {
  return perHour === null || perHour.lower === null ? '–' : `${signed(unit, perHour.lower)}/h`;
}

/** When the limit is reached at the present slope: `1,000 MB in 5 h 20 min`; null where none is ahead. */
export function limitText({ unit, limit, hoursToLimit, last }: DriftResult): string | null {
  if (limit === null) return null;
  const named = driftValue(unit, limit);
  if (last !== null && last >= limit) return `${named}, passed`;
  if (hoursToLimit === null) return `${named}, not approached`;
  return `${named} in ${aheadText(hoursToLimit)}`;
}

/** A time ahead, no finer than a slope can tell it. */
function aheadText(hours: number): string {
  if (hours > 24 * 365) return 'over a year';
  return hours > 48 ? `${Math.round(hours / 24)} days` : duration(hours * 3600);
}

/** The figures in reading order: those that drift, those that are not known, the steady ones. */
export function inDriftOrder(drift: readonly DriftResult[]): DriftResult[] {
  return (['fail', 'inconclusive', 'pass'] as const).flatMap((wanted) =>
    drift.filter(({ verdict }) => verdict === wanted),
  );
}

/** `2 of 14 figures drift: search p50 +3.0 ms/h, heap +2.1 MB/h.` Empty where none does. */
export function driftingSentence({ drift = [] }: Pick<Run, 'drift'>): string {
  const failed = drift.filter(({ verdict }) => verdict === 'fail');
  if (failed.length === 0) return '';
  const named = failed.slice(0, 3).map((each) => `${driftName(each)} ${perHourText(each)}`);
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : '';
  return `${failed.length} of ${drift.length} figures ${failed.length === 1 ? 'drifts' : 'drift'}: ${named.join(', ')}${more}.`;
}

/** Of which figures nothing can be said. Empty where all are known. */
export function undecidedSentence({ drift = [] }: Pick<Run, 'drift'>): string {
  const undecided = drift.filter(({ verdict }) => verdict === 'inconclusive');
  const [first] = undecided;
  if (first === undefined) return '';
  const others = undecided.length === 1 ? '' : ` (and ${undecided.length - 1} more)`;
  return `Whether ${driftName(first)} drifts cannot be told: ${first.because}${others}.`;
}

/** `outage from 3:00:00 to 3:30:00`. */
export function gapText({ why, fromSeconds, toSeconds }: SoakResult['gaps'][number]): string {
  return `${why} from ${clock(fromSeconds)} to ${clock(toSeconds)}`;
}
