import type { CapacityResult } from '../capacity-run/index.ts';
import { count } from '../report/numbers.ts';

/** Which of the report's verdicts an outcome looks like. */
export function toneOf(result: CapacityResult | null): 'pass' | 'fail' | 'invalid' | 'inconclusive' | 'interrupted' {
  switch (result?.outcome) {
    case 'found':
      return 'pass';
    case 'audit-failed':
      return 'fail';
    case 'not-measurable':
    case 'generator-saturated':
      return 'invalid';
    case undefined:
    case 'interrupted':
      return 'interrupted';
    default:
      return 'inconclusive';
  }
}

/** The limit in a few words. */
export function headlineOf(result: CapacityResult | null): string {
  if (result === null) return 'Not ended';
  const { outcome, lower, upper } = result;
  if (outcome === 'found' && lower !== null && upper !== null) return `${count(lower)} to ${count(upper)} journeys/s`;
  if (outcome === 'never-saturated' && lower !== null) return `At least ${count(lower)} journeys/s`;
  if (outcome === 'fails-at-lowest' && upper !== null) return `Below ${count(upper)} journeys/s`;
  return outcome === 'interrupted' ? 'Interrupted' : 'No limit found';
}
