/**
 * `npm run prove:ab`: the gate of `headroom ab` on real services. The booking app against itself, many times, and against
 * itself with a search that is slower by 10 and by 20 %, at the same time and in turn; writes bench/AB.md.
 *
 * FOLDER keeps the comparisons and goes on with those that it holds; AA and AB are the numbers of comparisons, LONG of those
 * of the app with itself in longer rounds.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ab, type AbMode, compareBuilds, newComparison, parseSubject, readComparison } from '../src/ab/index.ts';
import { findK6 } from '../src/k6/find.ts';
import { changed } from '../src/report/numbers.ts';
import { clopperPearson } from '../src/stats/binomial.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const BIN = fileURLToPath(new URL('../src/cli/bin.ts', import.meta.url));
/** A statement holds a connection for 20 ms, so that two cores carry both, and 10 % of a search are 2 ms. */
const APP = `"${process.execPath}" "${BIN}" app --users 500 --sitters 200 --pool 12 --db-service-time 20`;
const SETTINGS = { RATE: '22', WARMUP: '1s', THINK: '0', USERS: '500', SITTERS: '200' };
const ROUNDS = 12;

interface Series {
  name: string;
  mode: AbMode;
  /** What B's search is slower by. */
  slower: number;
  /** Of a round. */
  duration: string;
  gates: number;
}
/** Long enough for a p95 of search, and so short that there are only medians. */
const [LONG, SHORT] = ['11s', '6s'];
const aaGates = Number(process.env.AA ?? 20);
const longGates = Number(process.env.LONG ?? 4);
const abGates = Number(process.env.AB ?? 2);
const SERIES: readonly Series[] = [
  { name: 'itself', mode: 'duet', slower: 0, duration: LONG, gates: longGates },
  { name: 'itself-short', mode: 'duet', slower: 0, duration: SHORT, gates: aaGates },
  ...([0.1, 0.2] as const).flatMap((slower): Series[] => [
    { name: `plus${slower * 100}-duet`, mode: 'duet', slower, duration: LONG, gates: abGates },
    { name: `plus${slower * 100}-interleaved`, mode: 'interleaved', slower, duration: LONG, gates: abGates },
  ]),
];

const folder = resolve(process.env.FOLDER ?? mkdtempSync(join(tmpdir(), 'headroom-ab-')));
const k6 = await findK6({ env: process.env, log: say });
const permission = { owned: false, allowedTargets: [] };

/** Comparisons that a folder holds already, the oldest first. */
async function held(parent: string): Promise<Ab[]> {
  const names = await readdir(parent).catch(() => []);
  return await Promise.all(names.sort().map((name) => readComparison(join(parent, name))));
}

async function gate(series: Series, parent: string, begun: Ab | undefined, number: number): Promise<Ab> {
  const b = series.slower === 0 ? APP : `${APP} --fault slow=search:+${series.slower * 100}%`;
  const given = { a: APP, b, mode: series.mode, scenario: 'load', floorMs: 0.5 };
  const settings = { ...SETTINGS, DURATION: series.duration };
  const plan = { ...given, settings, seed: number * 1_000, rounds: ROUNDS };
  const ab = begun ?? (await newComparison(plan, { parent, now: Date.now(), cwd: folder, k6Version: k6.version }));
  return await compareBuilds(ab, {
    a: parseSubject('a', ab.a, permission),
    b: parseSubject('b', ab.b, permission),
    k6,
    folder: join(parent, ab.id),
    cwd: folder,
    env: process.env,
    permission,
    audit: true,
    signal: new AbortController().signal,
    now: Date.now,
  });
}

for (const series of SERIES) {
  const parent = join(folder, series.name);
  for (;;) {
    const known = await held(parent);
    const open = known.find(({ endedAt }) => endedAt === null);
    const complete = known.filter(({ endedAt, verdict }) => endedAt !== null && verdict !== 'invalid');
    if (open === undefined && (complete.length >= series.gates || known.length >= 2 * series.gates)) break;
    const ab = await gate(series, parent, open, known.length + 1);
    say(`${series.name} ${known.length + (open === undefined ? 1 : 0)}: ${ab.verdict}, ${ab.because}`);
    await write();
  }
}
await write();
say(`written to bench/AB.md; the comparisons are in ${folder}`);

async function write(): Promise<void> {
  const all = await Promise.all(
    SERIES.map(async (series) => ({
      series,
      gates: (await held(join(folder, series.name))).filter(({ endedAt }) => endedAt !== null),
    })),
  );
  const rows = all.flatMap(({ series, gates }) => (gates.length === 0 ? [] : [rowOf(series, gates)]));
  const equal = all
    .filter(({ series }) => series.slower === 0)
    .flatMap(({ gates }) => gates.filter(({ verdict }) => verdict !== 'invalid'));
  const failed = equal.filter(({ verdict }) => verdict === 'fail').length;
  const { high } = clopperPearson(failed, Math.max(1, equal.length));
  writeFileSync(
    new URL('AB.md', import.meta.url),
    [
      '# `headroom ab` on real services',
      '',
      `Written by \`npm run prove:ab\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}.`,
      'The booking app against itself, and against itself with a search that is slower; fresh processes with a database of their own',
      `for each round, ${SETTINGS.RATE} journeys/s for each side; ${ROUNDS} rounds, with a look after ${Math.ceil((ROUNDS * 2) / 3)}. Wanted: of 20 comparisons of the app with itself at`,
      'most 2 fail, and a slower search is found. Other work on the machine makes rounds that do not count, and comparisons `invalid`.',
      '',
      '| B | mode | round | comparisons | fail | pass | inconclusive | invalid | change found in search (median) | could find in search | rounds left out | minutes each |',
      '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: |',
      ...rows,
      '',
      `False alarms: ${failed} of ${equal.length} that were measured well, at most ${(high * 100).toFixed(0)} % with 97.5 % confidence (Clopper and Pearson). Error rates to a tenth of a per cent are`,
      'a matter of simulation: [GATES.md](GATES.md).',
      '',
    ].join('\n'),
  );
}

function rowOf({ mode, slower, duration }: Series, gates: readonly Ab[]): string {
  const of = (verdict: Ab['verdict']): number => gates.filter((each) => each.verdict === verdict).length;
  const search = gates.map(({ metrics }) => metrics.filter(({ id }) => /^search\.p\d+$/.test(id)));
  const named = ['search.p50', 'search.p95'];
  const middle = (pick: 'change' | 'detectable') =>
    named
      .flatMap((id) => {
        const values = search
          .flatMap((metrics) => metrics.find((metric) => metric.id === id)?.[pick] ?? [])
          .sort((x, y) => x - y);
        const value = values[Math.floor(values.length / 2)];
        return value === undefined ? [] : [`${id.slice(7)} ${changed('ratio', value)}`];
      })
      .join(', ');
  const left = gates.reduce((sum, { rounds }) => sum + rounds.filter(({ reasons }) => reasons.length > 0).length, 0);
  const minutes = gates.reduce((sum, { rounds }) => sum + minutesOf(rounds), 0) / gates.length;
  const name = slower === 0 ? 'itself' : `search +${slower * 100} %`;
  return `| ${name} | ${mode} | ${duration} | ${gates.length} | ${of('fail')} | ${of('pass')} | ${of('inconclusive')} | ${of('invalid')} | ${middle('change')} | ${middle('detectable')} | ${left} | ${minutes.toFixed(1)} |`;
}

/** From the first round's start to the last one's: a comparison may have been interrupted between two. */
function minutesOf(rounds: Ab['rounds']): number {
  const starts = rounds.map(({ startedAt }) => Date.parse(startedAt));
  const steps = starts.slice(1).map((start, i) => start - (starts[i] ?? start));
  const usual = [...steps].sort((x, y) => x - y)[Math.floor(steps.length / 2)] ?? 0;
  return (usual * rounds.length) / 60_000;
}
