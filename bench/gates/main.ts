/**
 * `npm run prove:gates`: simulates the gates on noise of known kind from fixed seeds, writes bench/GATES.md, and exits 1
 * when a claim does not hold.
 */
import { writeFileSync } from 'node:fs';
import { type AbRates, naiveRates, type Rate } from './ab.ts';
import { baselineRates } from './baseline.ts';
import { delays, falseAlarms } from './nightly.ts';
import { type Mode, type Noise, QUIET, SHARED, STICKY, WILD } from './noise.ts';
import { type Row, simulateAll } from './pool.ts';
import { realSection } from './real.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const AA_REPLICATES = 2_000;
const POWER_REPLICATES = 400;
const ROUNDS = 12;
const AA_LIMIT = 0.07;
const POWER_LIMIT = 0.8;
const DUET_GOAL = 0.9;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const interval = ({ hits, of, low, high }: Rate): string =>
  `${percent(hits / of)} (${percent(low)} – ${percent(high)})`;

/** Every simulation has its own seed, so that none changes when another is added. */
function rowOf(seed: number, noise: Noise, mode: Mode, looks: readonly number[], change: number): Row {
  return { seed, noise, mode, looks, change, replicates: change === 0 ? AA_REPLICATES : POWER_REPLICATES };
}

const MODES = ['duet', 'interleaved'] as const;
const equalRows = [
  ...[QUIET, SHARED, WILD].flatMap((noise, n) =>
    MODES.map((mode, m) => rowOf(100 + 10 * n + m, noise, mode, [ROUNDS], 0)),
  ),
  rowOf(150, SHARED, 'duet', [6, 9, ROUNDS], 0),
];
const changedRows = [
  ...[QUIET, SHARED].flatMap((noise, n) =>
    MODES.flatMap((mode, m) =>
      [0.05, 0.1, 0.2].map((change, c) => rowOf(200 + 30 * n + 10 * m + c, noise, mode, [ROUNDS], change)),
    ),
  ),
  ...[8, 10].flatMap((rounds) => MODES.map((mode, m) => rowOf(300 + 10 * rounds + m, SHARED, mode, [rounds], 0.1))),
  rowOf(400, SHARED, 'duet', [6, 9, ROUNDS], 0.2),
];
const stickyRows = MODES.map((mode, m) => rowOf(160 + m, STICKY, mode, [ROUNDS], 0));
const rates = await simulateAll([...equalRows, ...stickyRows, ...changedRows], ({ noise, mode, looks, change }) =>
  say(`done: ${change === 0 ? 'A/A' : `A/B +${percent(change)}`}, ${mode}, rounds ${looks.join(', ')}, ${noise.name}`),
);
const equal = rates.slice(0, equalRows.length);
const sticky = rates.slice(equalRows.length, equalRows.length + stickyRows.length);
const changed = rates.slice(equalRows.length + stickyRows.length);
say('naive rules');
const naive = naiveRates(500, SHARED, AA_REPLICATES);
say('baseline');
const baselineEqual = [8, 20, 40].flatMap((runs, r) =>
  [0, 0.5].map((shared, s) => baselineRates(800 + 10 * r + s, { runs, shared, change: 0, replicates: AA_REPLICATES })),
);
const baselineChanged = [8, 20, 40].flatMap((runs, r) =>
  [0.1, 0.2, 0.3].map((change, c) =>
    baselineRates(850 + 10 * r + c, { runs, shared: 0.5, change, replicates: POWER_REPLICATES }),
  ),
);
say('nightly');
const nightly = falseAlarms(600, 100, 400);
const found = [0.05, 0.1, 0.2].map((change, i) => delays(700 + i, change, 500));

const duet = changed.find(
  ({ noise, mode, looks, change }) =>
    noise.name === SHARED.name && mode === 'duet' && looks.join() === String(ROUNDS) && change === 0.1,
);
const duetFound = duet?.found ?? { hits: 0, of: 1, low: 0, high: 1 };
const claims = [
  {
    claim: `A/A: family-wise false alarms over 60 metrics, upper bound at most ${percent(AA_LIMIT)} wherever rounds are independent`,
    holds: equal.every(({ falseFail }) => falseFail.high <= AA_LIMIT),
  },
  {
    claim: `Duet at ${ROUNDS} rounds on a shared host: +10 % on a p95 found at least ${percent(DUET_GOAL)} of the time`,
    holds: duetFound.hits / duetFound.of >= DUET_GOAL,
  },
  {
    claim: `The same: lower bound at least ${percent(POWER_LIMIT)}`,
    holds: duetFound.low >= POWER_LIMIT,
  },
  {
    claim: `One run against a baseline: family-wise false alarms over 80 metrics, upper bound at most ${percent(AA_LIMIT)}`,
    holds: baselineEqual.every(({ falseFail }) => falseFail.high <= AA_LIMIT),
  },
];

const tableOf = (of: readonly AbRates[], cells: (rate: AbRates) => string[]): string[] =>
  of.map((rate) => `| ${rate.noise.name} | ${rate.mode} | ${rate.looks.join(', ')} | ${cells(rate).join(' | ')} |`);

const lines = [
  '# What the gates get wrong, and how rarely',
  '',
  'Written by `npm run prove:gates` from fixed seeds: the gates’ own code judges simulated rounds of 60 metrics (20',
  'endpoints; p50, p95 and p99 with slot noise of 2, 4 and 8 %). In brackets: exact 95 % intervals (Clopper–Pearson).',
  'Shared host: drifts by 5 % from slot to slot, spikes of 20 % in 5 % of the slots, half of the slot noise common to all',
  'endpoints. Wild host: 10 %, 50 % in 10 %, four fifths. Quiet host: none of these.',
  '',
  '| claim | holds |',
  '| --- | --- |',
  ...claims.map(({ claim, holds }) => `| ${claim} | ${holds ? 'yes' : '**no**'} |`),
  '',
  '## Equal builds',
  '',
  `${AA_REPLICATES.toLocaleString('en-GB')} comparisons a row. A false alarm is any of the 60 metrics failing at any look.`,
  'Pass: the gate showed that no metric became slower by its margin (5 %, p99: 10 %); the rest is inconclusive.',
  '',
  '| host | mode | looks after rounds | false alarms | pass |',
  '| --- | --- | --- | ---: | ---: |',
  ...tableOf(equal, ({ falseFail, passed }) => [interval(falseFail), interval(passed)]),
  '',
  'The test takes the rounds as independent of each other: whatever one build alone carries from round to round looks',
  'like a difference between the builds, to this test and to any other. This is why every round starts fresh processes.',
  'What it costs to break that rule, here with processes that keep their luck (autocorrelation 0.6):',
  '',
  '| host | mode | looks after rounds | false alarms | pass |',
  '| --- | --- | --- | ---: | ---: |',
  ...tableOf(sticky, ({ falseFail, passed }) => [interval(falseFail), interval(passed)]),
  '',
  'Equal builds under rules in common use, interleaved, shared host:',
  '',
  '| rule | false alarms |',
  '| --- | ---: |',
  ...naive.map(({ rule, rate }) => `| ${rule} | ${interval(rate)} |`),
  '',
  '## One p95 slower',
  '',
  `${POWER_REPLICATES} comparisons a row.`,
  '',
  '| host | mode | looks after rounds | slower by | found | other metric failed | pass |',
  '| --- | --- | --- | ---: | ---: | ---: | ---: |',
  ...tableOf(changed, ({ change, found: hit, falseFail, passed }) => [
    percent(change),
    interval(hit),
    percent(falseFail.hits / falseFail.of),
    percent(passed.hits / passed.of),
  ]),
  '',
  '## One run against a baseline',
  '',
  'Normal noise of 2, 4 and 8 % from run to run, none or half of it common to all metrics of a run; and a share of errors for',
  'each endpoint. One run tells less than twelve paired rounds: what it finds hangs on how many runs the baseline has.',
  '',
  '| runs | noise in common | slower by | false alarms | found | pass |',
  '| ---: | ---: | ---: | ---: | ---: | ---: |',
  ...[...baselineEqual, ...baselineChanged].map(
    ({ runs, shared, change, falseFail, found: ofThem, passed }) =>
      `| ${runs} | ${percent(shared)} | ${percent(change)} | ${interval(falseFail)} | ${change > 0 ? interval(ofThem) : '–'} | ${interval(passed)} |`,
  ),
  '',
  '## Nightly history',
  '',
  'Nights differ by 3 %, neighbours resemble each other (0.3), one night in twenty is slower by 5 to 30 % for no reason.',
  '',
  `False alarms per 1,000 nights, over ${nightly.nights.toLocaleString('en-GB')}: scan ${nightly.scan.toFixed(1)}, “10 % above the last run” ${nightly.lastRatio.toFixed(1)}. An alarm of the scan starts an A/B comparison; it fails no build.`,
  '',
  '| slower by | found by night 7 | found by night 14 |',
  '| ---: | ---: | ---: |',
  ...found.map(({ change, by7, by14 }) => `| ${percent(change)} | ${interval(by7)} | ${interval(by14)} |`),
  '',
  ...realSection(),
];
writeFileSync(new URL('../GATES.md', import.meta.url), lines.join('\n'));
for (const { claim, holds } of claims) if (!holds) say(`does not hold: ${claim}`);
process.exitCode = claims.every(({ holds }) => holds) ? 0 : 1;
