import { z } from 'zod';
import { parseDuration } from '../../lib/workload/duration.ts';

/** One k6 scenario (executor with its settings) as `k6 inspect` prints it. */
export type Executor = Record<string, unknown> & { executor: string };

/** A stretch in which the rate goes in a straight line from one value to another; seconds since the start, per second. */
const stretchSchema = z.strictObject({ start: z.number(), end: z.number(), from: z.number(), to: z.number() });
type Stretch = z.infer<typeof stretchSchema>;

/** What a test asks of the generator, as far as its executors say. Kept in the archive. */
export const planSchema = z.strictObject({
  /** Iterations asked for by the end; null when an executor has no planned number. */
  iterations: z.number().nullable(),
  /** Length without graceful stops, in seconds; null when not known beforehand. */
  seconds: z.number().nullable(),
  /** Most virtual users that may be active; null when unknown. */
  maxVus: z.number().int().nullable(),
  /** Whether virtual users are allotted by need (arrival-rate executors), so that running out of them is a symptom. */
  openModel: z.boolean(),
  /** Arrival rates, which add up where stretches overlap. */
  stretches: z.array(stretchSchema),
});
export type Plan = z.infer<typeof planSchema>;

/** Iterations per second asked for at so many seconds since the start; null when not planned. */
export function plannedRateAt(plan: Plan, second: number): number | null {
  if (!plan.openModel) return null;
  let rate = 0;
  for (const { start, end, from, to } of plan.stretches) {
    if (second >= start && second < end) rate += from + ((to - from) * (second - start)) / (end - start);
  }
  return rate;
}

/** Iterations asked for in the first so many seconds; null when not planned. */
export function plannedIterationsBy(plan: Plan, second: number): number | null {
  if (!plan.openModel) return null;
  let iterations = 0;
  for (const { start, end, from, to } of plan.stretches) {
    const until = Math.min(end, second);
    if (until <= start) continue;
    const last = from + ((to - from) * (until - start)) / (end - start);
    iterations += ((from + last) / 2) * (until - start);
  }
  return iterations;
}

/** Highest rate that is asked for; 0 when none is planned. */
export function peakRate(plan: Plan): number {
  // Sums of straight lines are highest at an end of one of them.
  const edges = plan.stretches.flatMap(({ start, end }) => [start, end - 1e-6]);
  return Math.max(0, ...edges.map((second) => plannedRateAt(plan, second) ?? 0));
}

/** Share of the iterations from one second to the end that the plan starts until another; null when none are planned. */
export function plannedShare(plan: Plan, from: number, until: number): number | null {
  if (!plan.openModel || plan.seconds === null) return null;
  let done = 0;
  let all = 0;
  for (const { start, end, from: low, to: high } of plan.stretches) {
    const rateAt = (second: number): number => low + ((high - low) * (second - start)) / (end - start);
    const between = (a: number, b: number): number => (b > a ? ((rateAt(a) + rateAt(b)) / 2) * (b - a) : 0);
    const first = Math.min(end, Math.max(start, from));
    all += between(first, end);
    done += between(first, Math.min(end, Math.max(first, until)));
  }
  return all > 0 ? done / all : null;
}

/**
 * Reads the arrival plan from the executors of a test. Several executors add up.
 *
 * @param executors the `scenarios` of `k6 inspect`
 * @param maxVus `maxVUs` of `k6 inspect --execution-requirements`
 */
export function planOf(executors: readonly Executor[], maxVus: number | null): Plan {
  const stretches: Stretch[] = [];
  let iterations: number | null = 0;
  let seconds: number | null = 0;
  let openModel = executors.length > 0;
  for (const executor of executors) {
    const start = secondsOf(executor.startTime) ?? 0;
    const planned = stretchesOf(executor, start);
    if (planned !== null) {
      stretches.push(...planned);
      for (const { start: a, end: b, from, to } of planned) {
        if (iterations !== null) iterations += ((from + to) / 2) * (b - a);
      }
      if (seconds !== null) seconds = Math.max(seconds, planned.at(-1)?.end ?? 0);
      continue;
    }
    openModel = false;
    const count = fixedIterations(executor);
    iterations = iterations === null || count === null ? null : iterations + count;
    const length = secondsOf(executor.duration);
    seconds = count !== null || seconds === null || length === null ? null : Math.max(seconds, start + length);
  }
  return { iterations, seconds, maxVus, openModel, stretches };
}

function stretchesOf(executor: Executor, start: number): Stretch[] | null {
  const unit = secondsOf(executor.timeUnit) ?? 1;
  if (executor.executor === 'constant-arrival-rate') {
    const rate = numberOf(executor.rate) / unit;
    return [{ start, end: start + (secondsOf(executor.duration) ?? 0), from: rate, to: rate }];
  }
  if (executor.executor !== 'ramping-arrival-rate') return null;
  const stretches: Stretch[] = [];
  let at = start;
  let rate = numberOf(executor.startRate) / unit;
  for (const stage of Array.isArray(executor.stages) ? executor.stages : []) {
    const end = at + (secondsOf(stage.duration) ?? 0);
    const target = numberOf(stage.target) / unit;
    if (end > at) stretches.push({ start: at, end, from: rate, to: target });
    at = end;
    rate = target;
  }
  return stretches;
}

function fixedIterations(executor: Executor): number | null {
  if (executor.executor === 'shared-iterations') return numberOf(executor.iterations);
  if (executor.executor === 'per-vu-iterations') return numberOf(executor.iterations) * numberOf(executor.vus);
  return null;
}

function secondsOf(value: unknown): number | null {
  return typeof value === 'string' ? parseDuration(value) : null;
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
