import { HeadroomError } from '../errors.ts';
import type { Run } from '../results/schema.ts';
import type { InstancePart } from './part.ts';

/** What instances of one run have in common. */
const COMMON: readonly [what: string, of: (part: InstancePart, run: Run) => unknown][] = [
  ['ids of the run', (_, { instance }) => instance?.runId],
  ['numbers of instances', (_, { instance }) => instance?.count],
  ['scenarios', (_, { scenario }) => scenario],
  ['targets', (_, { target }) => target],
  ['seeds', (_, { seed }) => seed],
  ['settings', (_, { settings }) => settings],
  ['warm-ups', (_, { warmupSeconds }) => warmupSeconds],
  ['plans', ({ plan }) => plan],
  ['objectives', ({ asked }) => askedOf(asked, 'slos')],
  ['limits', ({ asked }) => askedOf(asked, 'limits')],
];

/**
 * Refuses runs that are no instances of one run.
 *
 * @throws HeadroomError MERGE_MISMATCH with what they differ in
 */
export function requireTogether(parts: readonly InstancePart[]): void {
  const numbers = new Map<number, InstancePart>();
  for (const part of parts) {
    const other = numbers.get(part.number);
    if (other !== undefined && other.run?.instance.runId === part.run?.instance.runId) {
      throw mismatch(`${other.where} and ${part.where} are both instance ${part.number} of one run`);
    }
    numbers.set(part.number, part);
  }
  const [first, ...others] = parts.filter(({ run }) => run !== null);
  for (const other of others) {
    for (const [what, of] of COMMON) {
      if (first?.run == null || other.run === null) continue;
      const [a, b] = [text(of(first, first.run)), text(of(other, other.run))];
      // Windows that cannot be read say nothing of it.
      if (a === b || a === 'null' || b === 'null') continue;
      const values = a.length + b.length < 100 ? ` (${a} and ${b})` : '';
      throw mismatch(`${first.where} and ${other.where} are no instances of one run: their ${what} differ${values}`);
    }
  }
}

const text = (value: unknown): string => JSON.stringify(value ?? null);

function askedOf(asked: unknown, key: 'slos' | 'limits'): unknown {
  return typeof asked === 'object' && asked !== null && key in asked
    ? Object.entries(asked).find(([k]) => k === key)?.[1]
    : null;
}

function mismatch(message: string): HeadroomError {
  return new HeadroomError('MERGE_MISMATCH', `${message}.`, 'Merge the instances of one run, each once.');
}
