import type { Trial } from '../capacity/index.ts';
import { QUANTILES, samplesNeededFor } from '../gate/slo.ts';
import type { Run, SloResult } from '../results/schema.ts';
import type { CapacityTrial } from './schema.ts';

/** What an overloaded target does to a generator that has cores to spare; journeys that fail early call less. */
const SIGNS_OF_OVERLOAD: ReadonlySet<string> = new Set([
  'dropped-iterations',
  'rate-not-reached',
  'vus-exhausted',
  'too-few-samples',
]);

/** Severities stay within these, so that their logarithms and means are finite. */
const LEAST = 1e-6;
const MOST = 1e6;

/** A trial, and the objective that was nearest to its limit or furthest past it; null when none was observed. */
export interface JudgedTrial extends Trial {
  binding: SloResult | null;
}

/**
 * What a run says to the search. Iterations that wait for virtual users make a run invalid, and are also what a target
 * past its limit brings about: such a run is a fail when an objective is broken and nothing else is wrong with the
 * measurement. It never is a pass.
 *
 * @param rate the rate that was asked for, per second
 * @param seconds length of the trial, the pause after it included
 */
export function trialOf(run: Run, rate: number, seconds: number): JudgedTrial {
  const observed = run.slo.flatMap((slo) => (slo.observed === null ? [] : [{ slo, severity: severityOf(slo) }]));
  const worst = observed.toSorted((a, b) => b.severity - a.severity)[0];
  const achieved = run.iterations.planned ? (rate * run.iterations.count) / run.iterations.planned : rate;
  return {
    rate,
    verdict: verdictOf(run),
    severity: worst?.severity ?? LEAST,
    achieved,
    seconds,
    binding: worst?.slo ?? null,
  };
}

/** Observed ÷ objective; for a least share of successes, failures observed ÷ failures allowed. */
function severityOf({ observed, objective, bound }: SloResult): number {
  const [is, may] = bound === 'max' ? [observed ?? 0, objective] : [1 - (observed ?? 1), 1 - objective];
  return Math.min(MOST, Math.max(LEAST, may > 0 ? is / may : is > 0 ? MOST : LEAST));
}

function verdictOf(run: Run): Trial['verdict'] {
  const { verdict, slo, validity } = run;
  if (verdict === 'interrupted' || slo.length === 0) return 'invalid';
  const broken = slo.some((line) => !line.ok && line.observed !== null && hasSamples(line, run));
  if (validity.ok) return broken ? 'fail' : slo.every(({ ok }) => ok) ? 'pass' : 'invalid';
  return broken && validity.reasons.every(({ code }) => SIGNS_OF_OVERLOAD.has(code)) ? 'fail' : 'invalid';
}

/** Whether an objective can be judged by itself, however few samples others have. */
function hasSamples({ endpoint, metric }: SloResult, { endpoints }: Run): boolean {
  const quantile = Object.entries(QUANTILES).find(([name]) => name === metric);
  const samples = endpoints.find(({ name }) => name === endpoint)?.count ?? 0;
  return quantile === undefined || samples >= samplesNeededFor(quantile[1]);
}

/** Severity of a trial that would have broken its objective had it gone on. */
const JUST_MISSED = 1.05;

/**
 * A pass whose latencies had not settled may be the beginning of a queue: the first one at a rate is no pass, and is
 * repeated at twice the length; the next one is believed, unless its latencies rose as those before did: then there is
 * no steady state at this rate, and it is a fail.
 *
 * @param before the trials so far
 */
export function unlessUnsteady(
  trial: CapacityTrial,
  before: readonly CapacityTrial[],
): Pick<CapacityTrial, 'verdict' | 'reasons' | 'severity'> {
  const { verdict, reasons, severity, rate, steady, rising } = trial;
  const earlier = before.filter((each) => each.rate === rate);
  const asItIs = { verdict, reasons, severity };
  if (verdict !== 'pass' || (steady !== false && rising !== true)) return asItIs;
  if (rising === true && earlier.some((each) => each.rising === true)) {
    return { verdict: 'fail', reasons: [...reasons, 'latencies-rising'], severity: Math.max(severity, JUST_MISSED) };
  }
  if (earlier.some((each) => each.steady === false || each.rising === true)) return asItIs;
  return { ...asItIs, verdict: 'invalid', reasons: [...reasons, 'unsteady'] };
}
