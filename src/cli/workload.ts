import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../lib/workload/duration.ts';
import { EXIT, HeadroomError } from '../errors.ts';
import { writeOutputs } from '../results/output.ts';
import {
  type DurationUnit,
  FIELDS,
  type Field,
  type LogProgress,
  type LogSettings,
  MOST_ROUTES,
  planScenario,
  renderScenario,
  type ScenarioChoices,
  type Workload,
  workloadFromFile,
  workloadFromStream,
  workloadJson,
  workloadText,
} from '../workload/index.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { durationText, keyValue, numberFrom, wholeNumber } from './options.ts';

interface FromLogFlags {
  route: string[];
  exclude: string[];
  static: boolean;
  maxRoutes: number;
  sessionGap: string;
  sessions: boolean;
  field?: Record<string, string>;
  durationUnit?: DurationUnit;
  window?: { from: number; to: number };
  duration?: string;
  scale: number;
  includeUnsafe?: true;
  body?: unknown;
  out: string;
  name: string;
  json?: true;
}

/** Milliseconds between two lines of progress. */
const PROGRESS_EVERY_MS = 3_000;

export const workloadCommand: AddCommand = (program, io, done) => {
  const command = program.command('workload').description('Workloads from reality.');
  fromLogFlags(command.command('from-log'))
    .description('Read an access log, say what workload it shows, and write a scenario that reproduces it.')
    .argument('<access.log>', 'common or combined format or JSON lines, plain or gzipped; - for standard input')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom workload from-log access.log\n  zcat access.log.*.gz | headroom workload from-log - --duration 10m --scale 5',
    )
    .action(async (log: string, flags: FromLogFlags) => {
      const choices = choicesOf(flags);
      const options = { settings: settingsOf(flags), signal: io.signal, onProgress: progressOf(io) };
      const workload =
        log === '-'
          ? await workloadFromStream(io.stdin, 'standard input', options)
          : await workloadFromFile(resolve(io.cwd, log), options);
      const scenario = renderScenario(workload, choices);
      const folder = resolve(io.cwd, flags.out);
      const files = { workload: join(folder, 'workload.json'), scenario: join(folder, `${flags.name}.ts`) };
      io.stderr.write(`${workloadText(workload)}\n\n${playedText(workload, choices)}\n`);
      io.stderr.write(`${files.workload}\n${files.scenario}\n`);
      if (flags.json === true) io.stdout.write(workloadJson(workload));
      done(EXIT.pass);
      await writeOutputs([
        { path: files.workload, render: () => workloadJson(workload) },
        { path: files.scenario, render: () => scenario },
      ]);
    });
};

function fromLogFlags(command: Command): Command {
  return command
    .option('--route <pattern>', 'a route that you know: "GET /sitters/{id}"; repeatable', pattern, [])
    .option('--exclude <endpoint>', 'leave out: "GET /health", "GET /internal/*"; repeatable', list, [])
    .option('--no-static', 'leave out style sheets, scripts, images and the like')
    .option('--max-routes <n>', 'endpoints that are told apart; the rest is one', routes, 50)
    .option('--session-gap <time>', 'time without a request that ends a session', durationText, '30m')
    .option('--no-sessions', 'model single requests, whatever the log says of clients')
    .option('--field <name=field>', `field of JSON lines for ${FIELDS.join(', ')}; repeatable`, field)
    .option('--duration-unit <unit>', 'of response times: s, ms, us or ns', unit)
    .option('--window <from/to>', 'part to play: 2026-01-05T09:00Z/2026-01-05T10:00Z; the busiest hour without', window)
    .option('--duration <time>', 'play it in this time; in real time without', durationText)
    .option('--scale <factor>', 'multiplies the arrivals', numberFrom(0, true), 1)
    .option('--include-unsafe', 'send requests other than GET and HEAD too, with an empty JSON body')
    .option('--body <json>', 'with --include-unsafe: what they send', json)
    .option('--out <folder>', 'where workload.json and the scenario go', 'workload')
    .option('--name <name>', 'of the scenario and its file', scenarioName, 'replay')
    .option('--json', 'print workload.json on stdout');
}

const list = (text: string, before: string[]): string[] => [...before, text];

function pattern(text: string, before: string[]): string[] {
  if (!/^(?:[A-Z]+ +)?\/\S*$/.test(text))
    throw new InvalidArgumentError('It takes a route such as "GET /sitters/{id}".');
  return [...before, text];
}

function routes(text: string): number {
  const value = wholeNumber(1)(text);
  if (value > MOST_ROUTES) throw new InvalidArgumentError(`It takes ${MOST_ROUTES} at most.`);
  return value;
}

function field(text: string, before: Record<string, string> = {}): Record<string, string> {
  const given = keyValue(text, before);
  const wrong = Object.keys(given).find((name) => !isField(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${FIELDS.join(', ')}.`);
  return given;
}

const isField = (name: string): name is Field => FIELDS.some((known) => known === name);

function unit(text: string): DurationUnit {
  if (text === 's' || text === 'ms' || text === 'us' || text === 'ns') return text;
  throw new InvalidArgumentError('It takes s, ms, us or ns.');
}

function window(text: string): { from: number; to: number } {
  const [from = Number.NaN, to = Number.NaN] = text.split('/').map((part) => Date.parse(part));
  if (from < to) return { from, to };
  throw new InvalidArgumentError('It takes two times, the earlier first: 2026-01-05T09:00Z/2026-01-05T10:00Z.');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It takes JSON.');
  }
}

function scenarioName(text: string): string {
  if (/^[\w-]{1,60}$/.test(text)) return text;
  throw new InvalidArgumentError('It takes letters, digits, hyphens and underscores.');
}

function settingsOf(flags: FromLogFlags): Partial<LogSettings> {
  return {
    routes: flags.route,
    exclude: flags.exclude,
    staticFiles: flags.static,
    maxRoutes: flags.maxRoutes,
    sessionGapSeconds: parseDuration(flags.sessionGap) ?? 0,
    sessions: flags.sessions,
    fields: flags.field ?? {},
    durationUnit: flags.durationUnit ?? null,
  };
}

function choicesOf(flags: FromLogFlags): ScenarioChoices {
  if (flags.body !== undefined && flags.includeUnsafe !== true) {
    throw new HeadroomError(
      'USAGE',
      '--body is for requests other than GET and HEAD, which are left out.',
      'Give --include-unsafe too, or give bodies in the scenario.',
    );
  }
  const durationSeconds = flags.duration === undefined ? null : parseDuration(flags.duration);
  if (durationSeconds === 0) {
    throw new HeadroomError('SETTING_INVALID', 'Nothing can be played in no time.', 'Give a --duration above 0.');
  }
  return {
    name: flags.name,
    scale: flags.scale,
    ...(flags.window === undefined ? {} : { window: flags.window }),
    ...(durationSeconds === null ? {} : { durationSeconds }),
    ...(flags.includeUnsafe === true ? { unsafeBody: flags.body ?? {} } : {}),
  };
}

/** Says now and then how far the reading is. */
function progressOf(io: Io): (progress: LogProgress) => void {
  let last = io.now();
  return ({ bytes, size, requests }) => {
    if (io.now() - last < PROGRESS_EVERY_MS) return;
    last = io.now();
    const read = `${(bytes / 1e6).toFixed(0)} MB${size === null ? '' : ` of ${(size / 1e6).toFixed(0)} MB`}`;
    io.stderr.write(`read ${read}, ${requests.toLocaleString('en-GB')} requests\n`);
  };
}

/** What the scenario plays, and what it leaves out. */
function playedText(workload: Workload, choices: ScenarioChoices): string {
  const plan = planScenario(workload, choices);
  const { arrivals, duration, sessions } = plan.workload;
  const mean = (choices.scale * arrivals.reduce((sum, each) => sum + each, 0)) / arrivals.length;
  const what = sessions === undefined ? 'requests' : 'sessions';
  const left = [
    ...(choices.unsafeBody === undefined ? plan.needBody.map(({ name }) => `${name} needs a body`) : []),
    ...plan.withoutIds.map(({ name }) => `the log has no ids for ${name}`),
    ...(workload.other.count === 0 ? [] : [`other endpoints (${(workload.other.share * 100).toFixed(1)} %)`]),
  ];
  return [
    `the scenario plays ${plan.window.seconds} s from ${plan.window.from} in ${duration}, ${Number(mean.toPrecision(3))} ${what}/s in the mean`,
    ...(left.length === 0 ? [] : [`left out: ${left.join('; ')}`]),
  ].join('\n');
}
