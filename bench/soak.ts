/**
 * `npm run bench:soak`: half an hour at the highest rate that this machine sustains, of k6 and collector under `headroom soak`
 * beside a bare k6 of the same bundle with thresholds and summary on, and the slopes of their resident memory by the drift test
 * of soaks; writes bench/SOAK.md. `--minutes 5` makes it shorter, `--rate 200` leaves out the search for the rate.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, getPriority, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { findK6 } from '../src/k6/find.ts';
import { certaintyOf } from '../src/soak/judge.ts';
import { driftOf, judgeSignal, type Signal } from '../src/soak/judge-signal.ts';
import { DEFAULT_SOAK, KINDS } from '../src/soak/signals.ts';
import { LEAD_SHARE } from '../src/stats/drift.ts';
import { type Pair, type Reading, runPair } from './soak/pair.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string' } } });
const seconds = 60 * Number(values.minutes);
/** Bins of the judged part. */
const BINS = 15;
/** That each of the three processes is asked for, as a soak asks it of three figures. */
const CERTAINTY = certaintyOf(3);
const FIRST_RATE = 200;
const STRIDE = 1.25;
const TRIAL_SECONDS = 60;
/** Where the rate comes from. */
const ORIGIN =
  values.rate === undefined
    ? `the highest rate, in steps of ${STRIDE}, at\nwhich for ${TRIAL_SECONDS} s Headroom calls its run valid and neither drops an iteration.`
    : 'a rate that was given.';
const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const k6 = await findK6({ env: process.env, log: say });

const rate = values.rate === undefined ? await highestRate() : Number(values.rate);
say(`${seconds / 60} min at ${rate} journeys/s, twice at once`);
const pair = await runPair(k6.path, rate, seconds);
report(pair);

/** Journeys per second of each of both that are sustained for a minute, before the first rate that is not. */
async function highestRate(): Promise<number> {
  let sustained = 0;
  for (let next = FIRST_RATE; ; next = Math.round(next * STRIDE)) {
    const { invalid, dropped } = await runPair(k6.path, next, TRIAL_SECONDS);
    say(`  ${next} journeys/s: ${invalid.join(', ') || 'valid'}, ${dropped} dropped by the bare one`);
    if (invalid.length > 0 || dropped > 0) break;
    sustained = next;
  }
  if (sustained === 0) throw new Error(`not even ${FIRST_RATE} journeys/s are sustained`);
  return sustained;
}

function report({ readings, requests, bareRequests, verdict, invalid, dropped, bareExit }: Pair): void {
  const binSeconds = ((1 - LEAD_SHARE) * seconds) / BINS;
  const megabytes = (bytes: number | null | undefined): string =>
    typeof bytes === 'number' ? (bytes / 1e6).toFixed(1) : '–';
  const row = (name: string, of: (reading: Reading) => number): string => {
    const times = readings.map((reading) => reading.seconds);
    const signal: Signal = {
      id: name,
      signal: 'rss',
      source: 'proc',
      series: { times, values: readings.map(of) },
      load: times.map(() => rate),
      cellSeconds: (times[1] ?? 0) - (times[0] ?? 0),
      limit: null,
    };
    const settings = { ...DEFAULT_SOAK, binSeconds };
    const { rises } = driftOf(signal, settings, CERTAINTY);
    const { perHour, level, last, verdict, warmingSeconds, bins } = judgeSignal(signal, settings, CERTAINTY);
    const { slope = null, lower = null, upper = null } = perHour ?? {};
    const inside = (lower ?? 0) <= 0 && (upper ?? 0) >= 0;
    const warming = warmingSeconds === null ? '' : `, levels off with τ = ${(warmingSeconds / 60).toFixed(0)} min`;
    const bounds = `${megabytes(lower)} to ${megabytes(upper)}`;
    const figures = [level, last, Math.max(...readings.map(of)), slope].map(megabytes).join(' | ');
    return `| ${name} | ${figures} | ${bounds} | ${inside ? 'yes' : 'no'} | ${rises ? 'yes' : 'no'} | ${verdict}${warming} | ${bins} |`;
  };
  const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');
  const lines = [
    '# Half an hour at the highest sustainable rate',
    '',
    `Written by \`npm run bench:soak\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}.`,
    ...(getPriority() < 0 ? [`Measured at a higher priority (nice ${getPriority()}) beside other work.`] : []),
    '',
    `\`headroom soak\` and a bare \`k6 run\` of the same bundle, with its thresholds and its summary on, side by side for ${values.minutes} min, each`,
    `at ${rate} journeys/s without think times against a target of its own that costs next to nothing: ${ORIGIN} Headroom: ${whole(requests)} requests, verdict ${verdict}${invalid.length > 0 ? ` (${invalid.join(', ')})` : ''}.`,
    `The bare one: ${whole(bareRequests)} requests, ${whole(dropped)} iterations dropped, exit code ${bareExit}.`,
    '',
    `Resident memory in MB, read every ${(readings[1]?.seconds ?? 0) - (readings[0]?.seconds ?? 0)} s, by the drift test of soaks: after the first ${100 * LEAD_SHARE} %, or longer where it still warms up,`,
    `low-water marks of bins of ${binSeconds.toFixed(0)} s; Theil–Sen slope with one-sided bounds of 95 % on each side. One flat figure in ten has`,
    `zero outside of them by chance: to say that a figure rises, the drift test of a soak of three figures asks for ${(100 * CERTAINTY).toFixed(2)} %.`,
    `The verdict is that of a soak: fails when a day of 96 bins brings ${100 * DEFAULT_SOAK.budget} % or ${KINDS.rss.leastBudget / 1e6} MB more.`,
    '',
    '| process | at first | at last | peak | slope per hour | bounds | zero within them | rises | verdict | bins |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- | --- | --- | ---: |',
    row('k6 under Headroom', ({ k6Bytes }) => k6Bytes),
    row('collector', ({ collectorBytes }) => collectorBytes),
    row('bare k6', ({ bareBytes }) => bareBytes),
    '',
  ];
  writeFileSync(new URL('SOAK.md', import.meta.url), lines.join('\n'));
  say(lines.join('\n'));
  say('written to bench/SOAK.md');
}
