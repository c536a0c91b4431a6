/** bench/FORECAST.md. */
import type { Result, SetOfTruths } from './cases.ts';
import { type Claim, historiesOf, pooled } from './claims.ts';
import { AHEAD, HORIZON, type Rate } from './coverage.ts';
import type { StatedCoverage } from './stated.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const FEWEST = 20;
/** A share; a dash where too few forecasts name a date to tell. */
const share = ({ hits, of }: Rate): string => (of < FEWEST ? `– (${of})` : `${percent(hits / of)} (${of})`);
const interval = ({ hits, of, low, high }: Rate): string =>
  of === 0 ? '–' : `${percent(hits / of)} (${percent(low)} – ${percent(high)})`;

export function markdownOf(
  claims: readonly Claim[],
  stated: readonly StatedCoverage[],
  results: readonly Result[],
): string {
  return [
    '# How often 80 % intervals of a forecast hold what comes',
    '',
    'Written by `npm run prove:forecast` from fixed seeds, by simulation alone: each history has a future that the forecast does',
    'not see. In brackets: exact 95 % intervals (Clopper–Pearson), or the number of forecasts.',
    '',
    '| 80 % intervals hold 75 to 85 % | holds | measured | forecasts |',
    '| --- | --- | ---: | ---: |',
    ...claims.map(
      ({ claim, holds, rate }) => `| ${claim} | ${holds ? 'yes' : '**no**'} | ${interval(rate)} | ${rate.of} |`,
    ),
    '',
    ...straightLine(results),
    '',
    ...WHAT_WAS_WRONG,
    '',
    ...fromGrowth(stated),
    '',
    ...pools(results),
    '',
    ...demandOf(results),
    '',
    ...datesOf(results),
    '',
  ].join('\n');
}

function straightLine(results: readonly Result[]): string[] {
  const held = results
    .filter(({ row }) => row.set === 'heldOut')
    .map(({ row, line }) => ({ row, headroom: line, line }));
  return [
    'A straight line through the daily peaks with its 80 % prediction interval, on the same histories that were held out: demand',
    `${interval(pooled(held, 'heldOut', ({ demand }) => demand))}, date ${interval(pooled(held, 'heldOut', ({ date }) => date))}.`,
  ];
}

const WHAT_WAS_WRONG = [
  '## What is asked, and what is not',
  '',
  'What the forecast takes for likely before it sees a history (`src/capacity/holt-prior.ts`) was chosen on the **tuning set**.',
  'The **held-out set** has other processes, parameters, weeks, lengths of history and seeds, and no part in the choice. No',
  'forecast that is not told which process it sees can be right in each: what is cautious for growth that goes on is too narrow',
  'for growth that turns. So rows of single processes are shown, and all processes of a set together are held to the range.',
  '',
  'An earlier proof had two rows out of the range. In the proof:',
  '',
  '- “Damped Holt as the forecast supposes” was one corner of it: a level that always moves, a growth that always slows, and',
  '  the same trend each time. What the forecast supposes is now drawn to the letter, and tests its arithmetic; damped Holt with',
  '  parameters of its own is one process among others.',
  '- Dates counted growth that goes on for good and next to nothing else: where growth slows, P90 was beyond the horizon and left',
  '  out. Both sets now have as many processes that slow, turn or wander. Truth and forecast asked the same before: the first',
  '  day whose peak, noise included, is above a capacity drawn from one distribution.',
  '',
  'In the model: growth was taken to be within ±16 % a month, which was too wide for a short history (now ±8 %); levels that',
  'move much and slopes that turn fast were too likely, and errors that last not likely enough. That slowing down should be less',
  'likely with a short history was tried on the tuning set: it brings the probability of passing capacity a little nearer where',
  'growth goes on, and makes demand wider where it is too wide already. So it was left. The probability stays too low with a few',
  'weeks of growth that goes on, because as many processes are not so; and too low over a set in which demand grows on average,',
  'because the forecast takes growth and decline for equally likely.',
  '',
  'P10 – P90 of a date includes both days, so that it holds a little more than 80 % by itself: one or two points from a stated',
  'growth, more where capacity is near.',
];

function fromGrowth(stated: readonly StatedCoverage[]): string[] {
  return [
    '## From a stated growth',
    '',
    'Growth is normal on its logarithm, as stated; capacity log-normal; both drawn here apart from Headroom’s code, and the day',
    'solved for. Where P90 is beyond the horizon of two years there is no interval to check: a dash.',
    '',
    '| growth a month | capacity, multiples of the peak | date in P10 – P90 | before P10 | foretold within the horizon | was |',
    '| ---: | ---: | ---: | ---: | ---: | ---: |',
    ...stated.map(
      ({ growth, capacity, date, early, foretold, passed }) =>
        `| ${growth} | ${capacity} | ${date === null ? '–' : interval(date)} | ${interval(early)} | ${percent(foretold)} | ${interval(passed)} |`,
    ),
  ];
}

const SETS: readonly { set: SetOfTruths; title: string }[] = [
  { set: 'heldOut', title: 'held out' },
  { set: 'tuning', title: 'tuning' },
];

function pools(results: readonly Result[]): string[] {
  const row = (set: SetOfTruths, title: string, history?: number): string => {
    const rows = results.filter(
      (result) => result.row.set === set && (history ?? result.row.history) === result.row.history,
    );
    const foretold = rows.reduce((sum, { headroom }) => sum + headroom.foretold, 0) / rows.length;
    const rate = (of: Parameters<typeof pooled>[2]): Rate => pooled(results, set, of, history);
    const passed = rate((coverage) => coverage.passed);
    return `| ${title} | ${history ?? 'all'} | ${interval(rate(({ demand }) => demand))} | ${interval(rate(({ date }) => date))} | ${interval(rate(({ early }) => early))} | ${percent(foretold)} | ${percent(passed.hits / passed.of)} |`;
  };
  return [
    '## Tuning set and held-out set',
    '',
    `Demand ${AHEAD} days ahead; the date, and the probability that capacity is passed within ${HORIZON} days.`,
    '',
    '| set | days of history | demand | date in P10 – P90 | before P10 | foretold within the horizon | was |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...SETS.flatMap(({ set, title }) => [
      ...historiesOf(results, set).map((history) => row(set, title, history)),
      row(set, title),
    ]),
  ];
}

function demandOf(results: readonly Result[]): string[] {
  const order: readonly SetOfTruths[] = ['supposed', 'heldOut', 'tuning'];
  return [
    `## Each process: demand ${AHEAD} days ahead`,
    '',
    '| set | what demand does | days of history | Headroom | straight line |',
    '| --- | --- | ---: | ---: | ---: |',
    ...order.flatMap((set) =>
      results
        .filter(({ row }) => row.set === set)
        .map(
          ({ row, headroom, line }) =>
            `| ${titleOf(set)} | ${row.name} | ${row.history} | ${interval(headroom.demand)} | ${interval(line.demand)} |`,
        ),
    ),
  ];
}

const titleOf = (set: SetOfTruths): string => SETS.find((each) => each.set === set)?.title ?? 'as supposed';

function datesOf(results: readonly Result[]): string[] {
  const rows = results.filter(({ row }) => row.set === 'heldOut');
  return [
    '## Each process held out: the day on which capacity is passed',
    '',
    `Capacity is 5 to 35 % above the highest peak of the last week, and known to ±2.5 %; the horizon is ${HORIZON} days. A percentile`,
    'beyond the horizon claims no date. So the share in P10 – P90 is of the forecasts whose P90 is within it, before P10 of those',
    'whose P10 is (right: at most 10 %), and the probability is of all. Which forecasts count hangs on the forecast alone. The',
    'straight line’s dates are where the borders of its interval pass capacity.',
    '',
    '| what demand does | days of history | in P10 – P90 | before P10 | after P90 | foretold within the horizon | was | line: in P10 – P90 | line: before P10 |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ row, headroom: { date, early, late, foretold, passed }, line }) =>
        `| ${row.name} | ${row.history} | ${share(date)} | ${share(early)} | ${share(late)} | ${percent(foretold)} | ${percent(passed.hits / passed.of)} | ${share(line.date)} | ${share(line.early)} |`,
    ),
  ];
}
