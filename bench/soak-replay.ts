/**
 * `npm run bench:replay`: a synthetic soak of hours through the code of a run, and runs that are cut; writes bench/SOAK-REPLAY.md.
 * `--hours 1` makes it a shorter one, `--without-cuts` leaves the cuts out.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { findK6 } from '../src/k6/find.ts';
import { COARSENING } from '../src/results/segments.ts';
import { type ReplayedSoak, replayByCommand } from './soak/command.ts';
import { type Cut, measureCuts } from './soak/cuts.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const { values } = parseArgs({
  options: { hours: { type: 'string', default: '8' }, 'without-cuts': { type: 'boolean', default: false } },
});
const hours = Number(values.hours);
/** Lengths of which the archive is measured by itself: its first hours grow fastest. */
const FIRST_HOURS = hours < 1 ? [hours] : [1, 2];

say(`a soak of ${hours} h at 1,000 requests/s`);
const soak = await replayByCommand(1_000, hours * 3_600);
const growth: { hours: number; bytes: number }[] = [];
for (const each of FIRST_HOURS.filter((first) => first <= hours)) {
  say(`the archive of ${each} h at 500 requests/s`);
  const { archiveBytes } = await replayByCommand(500, each * 3_600);
  growth.push({ hours: each, bytes: archiveBytes });
}
let cuts: Cut[] = [];
if (!values['without-cuts']) {
  process.env.K6_PATH = (await findK6({ env: process.env, log: say })).path;
  say('runs that are cut');
  cuts = await measureCuts(say);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const whole = (value: number): string => Math.round(value).toLocaleString('en-GB');

function soakRows(replay: ReplayedSoak): [what: string, measured: string, goal: string][] {
  return [
    ['requests', whole(replay.run.requests.count), hours === 8 ? '≥ 28,000,000' : ''],
    ['rows of k6 for them', whole(replay.made.rows), ''],
    ['peak RSS of `headroom replay`', megabytes(replay.peakRssBytes), '≤ 300 MB'],
    ['archive', megabytes(replay.archiveBytes), '≤ 80 MB'],
    ['from the last row to the report, written', `${replay.afterSeconds.toFixed(1)} s`, '≤ 5 s'],
    ['report', megabytes(replay.reportBytes), '≤ 1 MB'],
    [
      'largest error of p50, p90, p95, p99 and p99.9 of twelve endpoints against their sorted values',
      `${(replay.largestError * 100).toFixed(3)} %`,
      '≤ 0.1 %',
    ],
    ['samples lost', whole(replay.run.generator.samplesLost), '0'],
  ];
}

const lines = [
  '# A soak of hours, replayed',
  '',
  `Written by \`npm run bench:replay\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}.`,
  'Times are of a machine that others may have used too; sizes and errors do not depend on it.',
  '',
  `## ${hours} hours at 1,000 requests/s over 12 endpoints`,
  '',
  'All rows that k6 writes for them, made on the fly by another process, through `headroom replay -`: decoder, windows, archive,',
  'verdict and report.',
  '',
  '| what | measured | goal |',
  '| --- | ---: | ---: |',
  ...soakRows(soak).map((row) => `| ${row.join(' | ')} |`),
  '',
  '## Growth of the archive at 500 requests/s over 12 endpoints',
  '',
  `Windows of a second, ${COARSENING.levels.map(({ seconds, afterSeconds }) => `of ${seconds} s after ${afterSeconds / 60} min`).join(', ')}. Goal: at most 10 MB/h.`,
  '',
  '| length | archive | per hour |',
  '| --- | ---: | ---: |',
  ...growth.map((each) => `| ${each.hours} h | ${megabytes(each.bytes)} | ${megabytes(each.bytes / each.hours)} |`),
  '',
  ...(cuts.length === 0
    ? []
    : [
        '## Runs that are cut',
        '',
        'Runs of 16 s at 25 requests/s with a real k6, cut after some seconds. Lost are the seconds from the cut back to the end of the last',
        'window that can be read. Goal: at most 5 s.',
        '',
        '| cut | lost | then |',
        '| --- | ---: | --- |',
        ...cuts.map(
          ({ what, lostSeconds, outcome }) =>
            `| ${what} | ${lostSeconds === null ? '–' : `${lostSeconds.toFixed(1)} s`} | ${outcome} |`,
        ),
        '',
      ]),
];
writeFileSync(new URL('SOAK-REPLAY.md', import.meta.url), lines.join('\n'));
say('written to bench/SOAK-REPLAY.md');
