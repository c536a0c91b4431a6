import { randomInt } from 'node:crypto';
import { extname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { newComparison } from '../ab/index.ts';
import { loadConfig } from '../config/load.ts';
import { EXIT, HeadroomError } from '../errors.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import { requireWritable, writeOutputs } from '../results/output.ts';
import { commandFor, suspicionOf } from '../trend/confirm.ts';
import { readHistory } from '../trend/history.ts';
import { trendPage, trendSvg } from '../trend/page.ts';
import type { Confirmed, TrendDocument } from '../trend/schema.ts';
import { trendText } from '../trend/table.ts';
import { trendOf } from '../trend/trend.ts';
import { makeComparison, ROUND, writeTable } from './ab.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { keyValue } from './options.ts';
import { ProgressView } from './progress.ts';

interface TrendFlags {
  runs: string;
  metric?: string[];
  scenario?: string;
  tag?: Record<string, string>;
  out?: string;
  confirm?: true;
  start?: string;
  json?: true;
}

/** What --out writes, by how the file's name ends. */
const PICTURES = { '.html': trendPage, '.svg': trendSvg };

export const trendCommand: AddCommand = (program, io, done) => {
  trendFlags(program.command('trend'))
    .description('Look for lasting changes in the history of runs, and name the run and the build that brought them.')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom trend --metric search.p95 --out trend.html\n  headroom trend --scenario load --confirm --start "docker run -p {port}:8080 shop:{build}"',
    )
    .action(async (flags: TrendFlags) => {
      if (flags.confirm === true && flags.out !== undefined) await requireWritable([resolve(io.cwd, flags.out)]);
      const history = await readHistory(resolve(io.cwd, flags.runs));
      const trend = trendOf(history, {
        ...(flags.metric === undefined ? {} : { metrics: flags.metric }),
        ...(flags.scenario === undefined ? {} : { scenario: flags.scenario }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
      });
      for (const { why } of trend.unreadable) io.stderr.write(`left out: ${why}\n`);
      if (flags.json !== true) io.stdout.write(`${trendText(trend)}\n`);
      // Before a comparison that may take an hour; what came of it is told when the verdict has been.
      const unwritten = await writePicture(trend, flags, io);
      const confirmation = flags.confirm === true ? await confirm(trend, flags, io) : null;
      const confirmed = confirmation?.confirmed ?? null;
      const document = { ...trend, ...(flags.confirm === true ? { confirmed } : {}) };
      if (flags.json === true) io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
      if (confirmed !== null) done(exitCodeOf(confirmed.verdict));
      else done(trend.verdict === 'pass' ? EXIT.pass : EXIT.inconclusive);
      await confirmation?.writeTable();
      if (unwritten !== null) throw unwritten;
    });
};

/** A comparison that was made, and what leaves its table in its folder. */
interface Confirmation {
  confirmed: Confirmed;
  writeTable(): Promise<void>;
}

/** Compares the last good build with the newest one, when that became worse; null when there is nothing to confirm. */
async function confirm(trend: TrendDocument, flags: TrendFlags, io: Io): Promise<Confirmation | null> {
  if (flags.start === undefined) {
    throw new HeadroomError(
      'SETTING_INVALID',
      '--confirm needs --start, the command that starts a build.',
      'Give one such as --start "docker run -p {port}:8080 shop:{build}".',
    );
  }
  const suspicion = suspicionOf(trend);
  if (suspicion === null) {
    io.stderr.write('nothing to confirm: with the newest run no metric became worse\n');
    return null;
  }
  const { lastGoodBuild, newestBuild, scenario, metrics } = suspicion;
  const [a, b] = [commandFor(flags.start, lastGoodBuild), commandFor(flags.start, newestBuild)];
  io.stderr.write(`confirming ${metrics.join(', ')}: build ${lastGoodBuild} against ${newestBuild}\n`);
  const view = new ProgressView(io);
  const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
  const settings = { ...ROUND, ...suspicion.settings };
  const plan = { a, b, mode: 'duet' as const, scenario, rounds: 12, floorMs: 0.5, seed: randomInt(2 ** 30), settings };
  const parent = resolve(io.cwd, flags.runs);
  const ab = await newComparison(plan, { parent, now: io.now(), cwd: io.cwd, k6Version: k6.version });
  const permission = { owned: false, allowedTargets: (await loadConfig(io.cwd)).allowedTargets };
  const folder = join(parent, ab.id);
  const result = await makeComparison(ab, { folder, k6, view, permission, audit: true }, io);
  const { id, verdict, because } = result;
  return {
    confirmed: { id, verdict, because, lastGoodBuild, newestBuild },
    writeTable: () => writeTable(folder, result),
  };
}

function trendFlags(command: Command): Command {
  return command
    .option('--runs <folder>', 'where runs are kept', 'runs')
    .option(
      '--metric <name>',
      'search.p95, or p95 of every endpoint; repeatable (default: p95, successRate, rate)',
      (text: string, before: string[] = []) => [...before, text],
    )
    .option('--scenario <name>', 'only its runs')
    .option('--tag <key=value>', 'only runs with this tag; repeatable', keyValue)
    .option('--out <file>', 'write charts to a file that ends in .html or .svg', (text: string) => {
      pictureOf(text);
      return text;
    })
    .option('--confirm', 'when the newest run became worse: compare its build with the last good one')
    .option('--start <command>', 'for --confirm: starts the build that stands for {build} in it, as ab --a')
    .option('--json', 'print one JSON document on stdout');
}

function pictureOf(file: string): typeof trendPage {
  const picture = Object.entries(PICTURES).find(([ending]) => ending === extname(file))?.[1];
  if (picture === undefined) throw new InvalidArgumentError('It takes a file that ends in .html or .svg.');
  return picture;
}

/** Writes what --out asks for. Returns why not, when it cannot be written. */
async function writePicture(trend: TrendDocument, { out }: TrendFlags, io: Io): Promise<HeadroomError | null> {
  if (out === undefined) return null;
  const path = resolve(io.cwd, out);
  try {
    await writeOutputs([{ path, render: () => pictureOf(out)(trend) }]);
    io.stderr.write(`written to ${path}\n`);
    return null;
  } catch (error) {
    if (error instanceof HeadroomError) return error;
    throw error;
  }
}
