/** What a plan tells people to do: one sentence each. */
import type { Interval } from '../capacity/index.ts';
import type { Capacity } from '../capacity-run/index.ts';
import type { Outlook, Plan } from './schema.ts';

/** What moves a limit by less is within the error of the prediction. */
const WORTH = 1.05;

interface Bought {
  spec: string;
  factor: number;
  /** The limit as it is now, requests per second. */
  limit: Interval;
  outlook: Outlook;
  resource: string | null;
}

/** What a change buys: "shards=2 moves the limit from 77 to 151 requests/s; good until March 2027." */
export function adviceFor({ spec, factor, limit, outlook, resource }: Bought): string {
  if (factor < 1 / WORTH)
    return `${spec} lowers the limit from ${whole(limit.low)} to ${whole(outlook.limit.low)} requests/s: do not.`;
  if (factor < WORTH) return `${spec} buys next to nothing: ${resource ?? 'something else'} gives in first.`;
  return `${spec} moves the limit from ${whole(limit.low)} to ${whole(outlook.limit.low)} requests/s${until(outlook)}.`;
}

function until({ exhausted }: Outlook): string {
  if (exhausted === null) return '';
  return exhausted.p10 === null ? '; good for two years and more' : `; good until ${monthOf(exhausted.p10)}`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** "March 2027" of 2027-03-14. */
function monthOf(date: string): string {
  return `${MONTHS[Number(date.slice(5, 7)) - 1]} ${date.slice(0, 4)}`;
}

const whole = (rate: number): string => rate.toFixed(rate < 10 ? 1 : 0);

/** What to do next, the most useful first. */
export function nextSteps(
  { peak, now, oneLost, question, whatIfs }: Pick<Plan, 'peak' | 'now' | 'oneLost' | 'question' | 'whatIfs'>,
  { result, mode }: Capacity,
): string[] {
  const steps: string[] = [];
  const bought = whatIfs.filter(({ factor }) => (factor ?? 0) >= WORTH);
  const wanted = question.multiple * peak;
  const enough = bought.filter(({ outlook }) => (outlook?.limit.low ?? 0) >= wanted).at(-1);
  if (peak > now.limit.low) {
    steps.push(`Today's peak is not held for certain: add capacity before the next one.`);
  }
  if (oneLost !== null && oneLost.headroom < 0) {
    steps.push(
      `With one of ${oneLost.instances} instances lost the peak is not held: add one, or the loss is an outage.`,
    );
  }
  if (!question.holds && enough !== undefined) {
    steps.push(
      `For ${question.multiple} × today's peak, ${enough.spec} is the least of the changes asked about that is enough.`,
    );
  } else if (!question.holds && bought.length > 0) {
    steps.push(
      `None of the changes asked about holds ${question.multiple} × today's peak alone: ask about several at once, as in --what-if "${combined(bought.map(({ spec }) => spec))}".`,
    );
  } else if (!question.holds && whatIfs.length === 0) {
    steps.push(
      `Ask what a change buys with --what-if${result?.bindingResource?.startsWith('pool') === true ? ' "shards=2" or "pool=20"' : ''}: ${result?.bindingResource ?? 'the target'} gives in first.`,
    );
  }
  const { p10 } = now.exhausted ?? { p10: null };
  if (p10 !== null) steps.push(`Have the change in place before ${p10}: one future in ten is past the limit by then.`);
  if (mode === 'quick')
    steps.push(
      'The search was a quick one: confirm the limit with headroom capacity --thorough before money is spent.',
    );
  return steps;
}

/** Several what-ifs as one; of two that set the same, the first. */
function combined(specs: readonly string[]): string {
  const parts = new Map<string, string>();
  for (const part of specs.flatMap((spec) => spec.split(','))) {
    const name = part.split('=')[0]?.trim() ?? '';
    if (!parts.has(name)) parts.set(name, part.trim());
  }
  return [...parts.values()].join(',');
}
