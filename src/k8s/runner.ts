/** What stands for k6 in the runner's image: k6-operator starts it, and Headroom runs. */
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { type InstanceNumber, instanceOfSegment, segmentFlags } from '../instances/segments.ts';
import { loadVariables } from '../results/settings.ts';

/** Variables by which a TestRun of ours tells its runners what to do; the script's own variables stand beside them. */
export const RUNNER_ENV = {
  runId: 'HEADROOM_RUN_ID',
  out: 'HEADROOM_OUT',
  slo: 'HEADROOM_SLO',
  tags: 'HEADROOM_TAGS',
  target: 'BASE_URL',
  seed: 'SEED',
  influx: 'INFLUX_URL',
} as const;

const tagsSchema = z.record(z.string(), z.string());

/** k6's flags that the operator may give and that Headroom sets itself. */
const OWN_FLAGS = new Set(['--quiet', '-q', '--no-color', '--no-usage-report', '--no-thresholds']);
const VALUE_FLAGS = new Set([
  '--execution-segment',
  '--execution-segment-sequence',
  '--address',
  '-a',
  '--tag',
  '--env',
  '-e',
]);

interface K6Run {
  script: string;
  paused: boolean;
  values: Map<string, string[]>;
}

/**
 * Reads the command that k6-operator gives its runner: `k6 run --quiet --execution-segment=1/4:2/4
 * --execution-segment-sequence=0,1/4,2/4,3/4,1 script --address=0.0.0.0:6565 --paused --tag instance_id=2 --tag testrun_name=…`
 * (pkg/resources/jobs/runner.go of k6-operator 1.6), and turns it into the arguments of `headroom run`.
 *
 * @param argv behind `k6`, the first being `run`
 * @throws HeadroomError SETTING_INVALID
 */
export function runnerArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): string[] {
  const { script, paused, values } = readK6Run(argv.slice(1));
  const tags = Object.fromEntries((values.get('--tag') ?? []).map(splitPair));
  const { number, count } = instanceOf(
    values.get('--execution-segment')?.at(-1),
    values.get('--execution-segment-sequence')?.at(-1),
  );
  const { instance_id: instance, testrun_name: testRun, ...others } = tags;
  if (instance !== undefined && instance !== String(number)) {
    throw wrong(
      `the instance_id ${instance} has the execution segment of instance ${number}`,
      'Leave both to k6-operator.',
    );
  }
  const address = values.get('--address')?.at(-1);
  if (!paused || address === undefined) {
    throw wrong(
      'the runner is not started with --paused and --address',
      'Leave spec.paused of the TestRun as it is: "true".',
    );
  }
  const needed = (name: string): string => {
    const value = env[name];
    if (!value) throw wrong(`the runner lacks ${name}`, 'Start it with the TestRun that headroom k8s render writes.');
    return value;
  };
  const slo = env[RUNNER_ENV.slo];
  const runId = env[RUNNER_ENV.runId] || testRun || needed(RUNNER_ENV.runId);
  return [
    'run',
    script,
    ...['--target', needed(RUNNER_ENV.target)],
    ...['--seed', needed(RUNNER_ENV.seed)],
    ...['--instance', `${number}/${count}`],
    ...['--run-id', runId],
    ...['--address', address],
    ...['--out', env[RUNNER_ENV.out] || '/results'],
    ...(slo ? ['--slo', slo] : []),
    ...Object.entries({ ...tagsOf(env[RUNNER_ENV.tags]), ...others }).flatMap(([key, value]) => [
      '--tag',
      `${key}=${value}`,
    ]),
    ...Object.entries(loadVariables(env)).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...[...(values.get('--env') ?? []), ...(values.get('-e') ?? [])].flatMap((pair) => ['--env', pair]),
    // Whoever rendered the TestRun has said so.
    '--yes-i-own-this-target',
  ];
}

function readK6Run(args: readonly string[]): K6Run {
  const values = new Map<string, string[]>();
  const scripts: string[] = [];
  let paused = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const flag = equals < 0 ? arg : arg.slice(0, equals);
    if (flag === '--paused') paused = equals < 0 || arg.slice(equals + 1) === 'true';
    else if (VALUE_FLAGS.has(flag)) {
      const value = equals < 0 ? args[++i] : arg.slice(equals + 1);
      if (value === undefined) throw wrong(`${flag} has no value`, 'Correct spec.arguments of the TestRun.');
      const name = flag === '-a' ? '--address' : flag;
      values.set(name, [...(values.get(name) ?? []), value]);
    } else if (arg.startsWith('-') && arg !== '-') {
      if (!OWN_FLAGS.has(flag)) {
        throw wrong(
          `the runner is given ${flag}, which Headroom does not pass to k6`,
          'Take it out of spec.arguments of the TestRun.',
        );
      }
    } else scripts.push(arg);
  }
  const [script, second] = scripts;
  if (script === undefined || second !== undefined) {
    throw wrong(`k6 run takes one script, not ${scripts.length}`, 'Correct spec.arguments of the TestRun.');
  }
  return { script, paused, values };
}

/** The instance whose flags these are; without segments there is one. */
function instanceOf(segment: string | undefined, sequence: string | undefined): InstanceNumber {
  if (segment === undefined && sequence === undefined) return { number: 1, count: 1 };
  const instance = instanceOfSegment(segment ?? '');
  const given = [`--execution-segment=${segment}`, `--execution-segment-sequence=${sequence}`];
  if (segmentFlags(instance).join(' ') !== given.join(' ')) {
    throw wrong(
      `the execution segments ${sequence} are none of equal parts`,
      'Leave the execution segments to k6-operator.',
    );
  }
  return instance;
}

function tagsOf(text: string | undefined): Record<string, string> {
  if (!text) return {};
  try {
    return tagsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw wrong(
      `${RUNNER_ENV.tags} is no JSON object of strings`,
      'Take it from the TestRun that headroom k8s render writes.',
      cause,
    );
  }
}

function splitPair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  if (equals < 1)
    throw wrong(`--tag takes key=value, not ${JSON.stringify(pair)}`, 'Correct spec.arguments of the TestRun.');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

function wrong(what: string, remedy: string, cause?: unknown): HeadroomError {
  return new HeadroomError('SETTING_INVALID', `${what.slice(0, 1).toUpperCase()}${what.slice(1)}.`, remedy, { cause });
}
