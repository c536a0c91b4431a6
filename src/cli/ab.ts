import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import {
  type Ab,
  type AbMode,
  abMarkdown,
  compareBuilds,
  foresightLine,
  newComparison,
  parseSubject,
  readComparison,
  roundLine,
} from '../ab/index.ts';
import { loadConfig } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import { writeResults } from '../results/document.ts';
import { findScenario, ownScenario } from '../run/scenario.ts';
import type { TargetPermission } from '../run/target.ts';
import type { Io } from './io.ts';
import { loadEnv } from './load-env.ts';
import type { AddCommand } from './main.ts';
import { addLoadFlags, type LoadFlags, numberFrom, settingsOf, wholeNumber } from './options.ts';
import { ProgressView } from './progress.ts';

interface AbFlags extends LoadFlags {
  a?: string;
  b?: string;
  rounds: number;
  mode: AbMode;
  scenario: string;
  floor: number;
  out: string;
  resume?: string;
  audit: boolean;
  json?: true;
  yesIOwnThisTarget?: true;
}

/** A round of this length, unless the flags ask for another: many short rounds tell more than few long ones. */
export const ROUND: Readonly<Record<string, string>> = { DURATION: '30s', WARMUP: '5s' };
/** Sign-flip tests of more rounds take more than they give. */
const MOST_ROUNDS = 32;

export const abCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('ab')
    .description('Tell whether one build is slower than another, by paired rounds with proven error rates.')
    .option('--a <target or command>', 'the build that is known: an address, or a command that starts it afresh')
    .option('--b <target or command>', 'the build in question, likewise')
    .option('--rounds <n>', 'rounds of A and B', roundCount, 12)
    .addOption(
      new Option('--mode <mode>', 'duet: both at the same time; interleaved: one after the other, in random order')
        .choices(['duet', 'interleaved'])
        .default('duet'),
    )
    .option('--scenario <name or file>', 'what to send: a built-in scenario, one of your own, or a file', 'load');
  addLoadFlags(command)
    .option('--floor <ms>', 'smallest difference of a latency that counts', numberFrom(0), 0.5)
    .option('--out <folder>', 'where comparisons are kept', 'runs')
    .option('--resume <folder>', 'go on with a comparison that was interrupted')
    .option('--no-audit', 'do not ask the targets for their audit')
    .option('--json', 'print ab.json on stdout')
    .option('--yes-i-own-this-target', 'allow targets that are not this machine')
    .addHelpText(
      'after',
      '\nA command prints the address of its service, or has {port} where its port goes.\n\nExamples:\n  headroom ab --a "node old/server.js --port {port}" --b "node new/server.js --port {port}"\n  headroom ab --a http://127.0.0.1:8080 --b http://127.0.0.1:8081 --rate 50 --mode interleaved\n  headroom ab --a "headroom app" --b "headroom app --fault slow=search:+10%"\n  headroom ab --resume runs/20261124T020000-ab-3fa1',
    )
    .action(async (flags: AbFlags) => {
      const { allowedTargets, scenarios } = await loadConfig(io.cwd);
      const permission = { owned: flags.yesIOwnThisTarget === true, allowedTargets };
      const view = new ProgressView(io);
      const begun = flags.resume === undefined ? null : await readComparison(resolve(io.cwd, flags.resume));
      const [a, b] = [begun?.a ?? flags.a, begun?.b ?? flags.b];
      if (a === undefined || b === undefined) {
        throw new HeadroomError(
          'SETTING_INVALID',
          `There is no ${a === undefined ? '--a' : '--b'} to compare.`,
          'Give --a and --b, each an address or a command; or --resume.',
        );
      }
      // Before anything is started for it.
      const { asked } = findScenario(begun?.scenario ?? ownScenario(flags.scenario, scenarios, io.cwd), io.cwd);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      const ab = begun ?? (await plan({ ...flags, scenario: asked }, a, b, k6.version, io));
      const folder =
        flags.resume === undefined ? join(resolve(io.cwd, flags.out), ab.id) : resolve(io.cwd, flags.resume);
      const result = await makeComparison(ab, { folder, k6, view, permission, audit: flags.audit }, io);
      if (flags.json === true) io.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      else io.stdout.write(`${folder}\n`);
      done(exitCodeOf(result.verdict));
      await writeTable(folder, result);
    });
};

/** What a comparison is made with. */
export interface AbMeans {
  folder: string;
  k6: { path: string; version: string };
  view: ProgressView;
  permission: TargetPermission;
  audit: boolean;
}

/** Makes a comparison, and tells of it on stderr while it goes. */
export async function makeComparison(ab: Ab, { folder, k6, view, permission, audit }: AbMeans, io: Io): Promise<Ab> {
  const foresight = foresightLine(ab);
  if (foresight !== null && ab.rounds.length === 0) view.note(foresight);
  const result = await compareBuilds(ab, {
    a: parseSubject('a', ab.a, permission),
    b: parseSubject('b', ab.b, permission),
    k6,
    folder,
    cwd: io.cwd,
    env: loadEnv(io, ab.settings),
    permission,
    audit,
    signal: io.signal,
    now: io.now,
    onStatus: (status) => view.update(status),
    onMeasured: (_, known) => view.note(roundLine(known)),
  });
  view.end();
  if (result.verdict === 'interrupted') {
    io.stderr.write(`headroom: ${result.because}. Go on with: headroom ab --resume ${folder}\n`);
  } else {
    io.stderr.write(`\n${abMarkdown(result)}`);
  }
  return result;
}

/** Leaves the table of a comparison that came to its end in its folder; to be called when the verdict has been printed. */
export async function writeTable(folder: string, ab: Ab): Promise<void> {
  if (ab.verdict !== 'interrupted') await writeResults(folder, 'ab.md', abMarkdown(ab));
}

async function plan(flags: AbFlags, a: string, b: string, k6Version: string, io: Io): Promise<Ab> {
  const { mode, scenario, rounds, floor: floorMs } = flags;
  const settings = { ...ROUND, ...settingsOf(flags) };
  const seed = flags.seed ?? randomInt(2 ** 31 - MOST_ROUNDS * 2);
  const given = { a, b, mode, scenario, rounds, floorMs, seed, settings };
  return await newComparison(given, { parent: resolve(io.cwd, flags.out), now: io.now(), cwd: io.cwd, k6Version });
}

function roundCount(text: string): number {
  const rounds = wholeNumber(1)(text);
  if (rounds > MOST_ROUNDS) throw new InvalidArgumentError(`It takes at most ${MOST_ROUNDS} rounds.`);
  return rounds;
}
