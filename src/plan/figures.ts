/** Figures and dates of a plan as people read them. */
import { count, latency } from '../report/numbers.ts';
import { metricName } from '../report/sentences.ts';
import type { Outlook, Plan } from './schema.ts';

/** Requests per second: "410/s". */
export function rate(value: number): string {
  return `${count(Number(value.toPrecision(4)))}/s`;
}

/** "410–422/s", or one figure when both are the same to people. */
export function rates({ low, high }: { low: number; high: number }): string {
  return rate(low) === rate(high) ? rate(low) : `${rate(low).slice(0, -2)}–${rate(high)}`;
}

/** A multiple: "3.42 ×". */
export function times(value: number): string {
  return `${value >= 99.5 ? count(Math.round(value)) : value.toFixed(value >= 9.995 ? 1 : 2)} ×`;
}

/** A share with its sign, in tenths of a percent. */
export function share(value: number): string {
  return `${(value * 100).toFixed(1).replace('-', '−')} %`;
}

/** A probability from a model is worth no more than whole percents, and never certain. */
export function probability(value: number): string {
  if (value < 0.005) return '< 1 %';
  if (value > 0.995) return '> 99 %';
  return `${Math.round(value * 100)} %`;
}

/** Three significant digits, without an exponent where it can be helped. */
export function parameter(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

export const PERCENTILES = [
  ['p10', 'P10'],
  ['p50', 'P50'],
  ['p90', 'P90'],
] as const;

/** A date, or that it lies beyond what was looked at. */
export function dateText(date: string | null): string {
  return date ?? 'beyond';
}

/** When demand passes a limit, in a sentence without its full stop. */
export function whenText({ exhausted, probability: chance }: Outlook, demand: Plan['demand']): string {
  if (exhausted === null || demand === null) return 'no growth and no history was given, so there is no date';
  const dates = PERCENTILES.map(([key, name]) => `${name} ${dateText(exhausted[key])}`).join(', ');
  const within = `within ${count(demand.horizonDays)} days`;
  if (Object.values(exhausted).every((date) => date === null)) {
    return `not ${within}${chance === null ? '' : `, at a probability of ${probability(1 - chance)}`}`;
  }
  return `${dates}${chance === null ? '' : `; ${probability(chance)} that it happens ${within}`}`;
}

/** "3 instances, in proportion". */
export function oneLostNote(oneLost: NonNullable<Plan['oneLost']>): string {
  return `${oneLost.instances - 1} of ${oneLost.instances} instances hold ${rate(oneLost.limit)}, ${oneLost.how}`;
}

/** The word over the page: how much is left. */
export function headline({ verdict, now }: Plan): string {
  if (verdict === 'inconclusive') return 'Open: today’s peak lies between what holds and what does not';
  if (now.headroom < 0) return `No headroom: today’s peak is ${share(-now.headroom)} above the limit`;
  return `${share(now.headroom)} headroom`;
}

/** The question of a plan with its answer: "5 × today's peak holds: no, probability 2 %". */
export function answer({ question }: Plan): { asked: string; word: string; chance: string } {
  return {
    asked: `${question.multiple} × today’s peak?`,
    word: question.holds ? 'yes' : 'no',
    chance: `holds with a probability of ${probability(question.probability)}`,
  };
}

/** Name of the quantile that the binding objective is about: "book p95". */
export function quantileName({ network, source }: Plan): string {
  const quantile = network?.quantile;
  if (quantile) return `${quantile.endpoint} ${metricName(quantile.metric)}`;
  const [, endpoint, metric] = /^(.*?)\.(p\d+)\b/.exec(source.bindingSlo ?? '') ?? [];
  return endpoint === undefined || metric === undefined ? 'binding quantile' : `${endpoint} ${metricName(metric)}`;
}

/** What gives in first: the objective with what it allows, and the resource. */
export function bindingText({ source }: Plan): string {
  const allowed = source.bindingLimit === null ? '' : ` ≤ ${latency(source.bindingLimit)}`;
  const objective = source.bindingSlo === null ? 'no objective' : `${source.bindingSlo}${allowed}`;
  return `${objective}; ${source.bindingResource ?? 'no resource known to be busy'}`;
}

/** Milliseconds of service by class: "search 2.10 ms, book 5.30 ms". */
export function demandsText(demands: Readonly<Record<string, number>>): string {
  const entries = Object.entries(demands);
  return entries.map(([name, ms]) => (name === 'all' ? latency(ms) : `${name} ${latency(ms)}`)).join(', ') || '–';
}

/** Of the whole network. */
export function mixText(mix: Readonly<Record<string, number>>): string {
  return Object.entries(mix)
    .map(([name, number]) => `${name} ${parameter(number)}`)
    .join(', ');
}
