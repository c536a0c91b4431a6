/** What `npm run prove:forecast` exits 1 without. */
import { type Result, type SetOfTruths, sum } from './cases.ts';
import type { Coverage, Rate } from './coverage.ts';
import type { StatedCoverage } from './stated.ts';

export interface Claim {
  claim: string;
  holds: boolean;
  rate: Rate;
}

/** An 80 % interval holds 75 to 85 % of what comes. */
const inRange = ({ hits, of }: Rate): boolean => of > 0 && hits / of >= 0.75 && hits / of <= 0.85;

/** All rows of a set together, and those with one length of history where one is given. */
export function pooled(
  results: readonly Result[],
  set: SetOfTruths,
  rateOf: (coverage: Coverage) => Rate,
  history?: number,
): Rate {
  const rows = results.filter(({ row }) => row.set === set && (history === undefined || row.history === history));
  return sum(rows.map(({ headroom }) => rateOf(headroom)));
}

export const historiesOf = (results: readonly Result[], set: SetOfTruths): number[] => [
  ...new Set(results.filter(({ row }) => row.set === set).map(({ row }) => row.history)),
];

export function claimsOf(stated: readonly StatedCoverage[], results: readonly Result[]): Claim[] {
  const held = (claim: string, rate: Rate): Claim => ({ claim, holds: inRange(rate), rate });
  const early = pooled(results, 'heldOut', (coverage) => coverage.early);
  return [
    ...stated.flatMap(({ growth, date }) =>
      date === null ? [] : [held(`Stated growth of ${growth} a month: the date`, date)],
    ),
    held(
      'Drawn from what the forecast supposes: demand',
      pooled(results, 'supposed', ({ demand }) => demand),
    ),
    ...historiesOf(results, 'heldOut').map((history) =>
      held(
        `Held out, ${history} days of history: demand`,
        pooled(results, 'heldOut', ({ demand }) => demand, history),
      ),
    ),
    held(
      'Held out, all: demand',
      pooled(results, 'heldOut', ({ demand }) => demand),
    ),
    held(
      'Held out, all: the date',
      pooled(results, 'heldOut', ({ date }) => date),
    ),
    // A tenth is right; with 75 % inside, an eighth is outside on each side.
    {
      claim: 'Held out, all: before P10 (at most 12.5 %)',
      holds: early.of > 0 && early.hits / early.of <= 0.125,
      rate: early,
    },
  ];
}
