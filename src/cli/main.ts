import { Command, CommanderError } from 'commander';
import { EXIT, type ExitCode, exitCodeAfter, HeadroomError } from '../errors.ts';
import { headroomVersion } from '../run/environment.ts';
import { abCommand } from './ab.ts';
import { appCommand } from './app.ts';
import { auditCommand } from './audit.ts';
import { baselineCommand } from './baseline.ts';
import { bundleCommand } from './bundle.ts';
import { calibrateCommand } from './calibrate.ts';
import { capacityCommand } from './capacity.ts';
import { checkCommand } from './check.ts';
import { compareCommand } from './compare.ts';
import { completionCommand } from './completion.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { exitCodesHelp } from './exit-codes.ts';
import { explainCommand } from './explain.ts';
import { gateCommand } from './gate.ts';
import { initCommand } from './init.ts';
import type { Io } from './io.ts';
import { k8sCommand } from './k8s.ts';
import { matrixCommand } from './matrix.ts';
import { mergeCommand } from './merge.ts';
import { notifyCommand } from './notify.ts';
import { planCommand } from './plan.ts';
import { publishCommand } from './publish.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { resumeCommand } from './resume.ts';
import { runCommand } from './run.ts';
import { runsCommand } from './runs.ts';
import { sloCommand } from './slo.ts';
import { soakCommand } from './soak.ts';
import { stackCommand } from './stack.ts';
import { trendCommand } from './trend.ts';
import { uiCommand } from './ui.ts';
import { workloadCommand } from './workload.ts';

/**
 * A command adds itself to the program and hands its exit code to `done`, when its result has been printed: an error that
 * comes after that, as of a file that cannot be written, hides no verdict.
 */
export type AddCommand = (program: Command, io: Io, done: (code: ExitCode) => void) => void;

const COMMANDS: readonly AddCommand[] = [
  demoCommand,
  initCommand,
  checkCommand,
  runCommand,
  soakCommand,
  appCommand,
  auditCommand,
  bundleCommand,
  mergeCommand,
  gateCommand,
  explainCommand,
  baselineCommand,
  compareCommand,
  abCommand,
  matrixCommand,
  capacityCommand,
  calibrateCommand,
  planCommand,
  workloadCommand,
  resumeCommand,
  replayCommand,
  k8sCommand,
  runsCommand,
  reportCommand,
  trendCommand,
  uiCommand,
  publishCommand,
  notifyCommand,
  sloCommand,
  stackCommand,
  doctorCommand,
  completionCommand,
];

/** The whole command line, for running and for the tests that hold the docs to it. */
export function createProgram(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('headroom');
  program
    .description('Load testing and capacity planning on k6, with verdicts you can trust.')
    .version(headroomVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError('(see `headroom help`)')
    .addHelpText('after', '\nExit codes: `headroom help exit-codes`.\nStart with: headroom demo');
  for (const add of COMMANDS) add(program, io, done);
  // Subcommands made before settings were copied keep commander's own defaults.
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/**
 * Runs one command line.
 *
 * @param argv arguments without node and script
 * @returns the exit code; nothing is thrown for a user's mistake
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv[0] === 'help' && argv[1] === 'exit-codes') {
    io.stdout.write(exitCodesHelp());
    return EXIT.pass;
  }
  let code: ExitCode | null = null;
  const program = createProgram(io, (exitCode) => {
    code = exitCode;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code ?? EXIT.pass;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.usage;
    const known: ExitCode | null = code;
    if (io.signal.aborted && known === null) return EXIT.interrupted;
    if (error instanceof HeadroomError) {
      io.stderr.write(`headroom: ${error.message}\n${error.remedy}\n`);
      return known === null ? error.exitCode : exitCodeAfter(known, error.exitCode);
    }
    const text = error instanceof Error ? (io.env.HEADROOM_DEBUG ? error.stack : error.message) : String(error);
    io.stderr.write(
      `headroom: unexpected error: ${text}\nThis is a defect of Headroom; HEADROOM_DEBUG=1 shows where.\n`,
    );
    return EXIT.environment;
  }
}
