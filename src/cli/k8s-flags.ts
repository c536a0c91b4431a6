import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig, loadSlos } from '../config/load.ts';
import { HeadroomError } from '../errors.ts';
import type { Slo } from '../gate/slo.ts';
import { listScenarios } from '../k6/bundle.ts';
import { findK6 } from '../k6/find.ts';
import { type ClaimSpec, type PreparedRun, prepareClusterRun, runnerImage } from '../k8s/index.ts';
import { influxAddress } from '../publish/influx.ts';
import { ownScenario } from '../run/scenario.ts';
import { permittedTarget } from '../run/target.ts';
import type { Io } from './io.ts';
import { loadEnv } from './load-env.ts';
import { addLoadFlags, keyValue, type LoadFlags, numberFrom, settingsOf, wholeNumber } from './options.ts';

/** What `k8s render` and `k8s run` share. */
export interface RenderFlags extends LoadFlags {
  target: string;
  parallelism: number;
  influx?: string;
  influxSecret?: string;
  volume?: string;
  volumeSize?: number;
  volumeAccess: ClaimSpec['access'];
  storageClass?: string;
  namespace: string;
  name?: string;
  image?: string;
  cpu: number;
  memory?: number;
  separate?: true;
  slo?: string;
  tag?: Record<string, string>;
  env?: Record<string, string>;
  yesIOwnThisTarget?: true;
  json?: true;
}

/** Bytes of "2Gi" or "512Mi". */
function memory(text: string): number {
  const [, number, unit] = /^([1-9]\d*)(Mi|Gi)$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('It takes an amount such as 512Mi or 2Gi.');
  return Number(number) * (unit === 'Gi' ? 1 << 30 : 1 << 20);
}

export function addRenderFlags(command: Command): Command {
  return addLoadFlags(
    command
      .argument('<scenario>', `${listScenarios().join(', ')}, one of your own, or a file`)
      .requiredOption('--target <url>', 'where to send the load, as the cluster reaches it')
      .requiredOption('--parallelism <n>', 'instances, each in a pod of its own', wholeNumber(1)),
  )
    .option(
      '--influx <url>',
      'the instances send what they measure there: http://influxdb.monitoring.svc:8086/headroom',
    )
    .option('--influx-secret <name>', 'secret of the cluster with INFLUX_TOKEN, or INFLUX_USER and INFLUX_PASSWORD')
    .option('--volume <claim>', 'instead of --influx: claim of a volume that all pods may write (ReadWriteMany)')
    .option(
      '--volume-size <amount>',
      'of --volume: make the claim, such as 5Gi; it is there already without it',
      memory,
    )
    .addOption(
      new Option('--volume-access <mode>', 'of --volume-size: ReadWriteOnce when all pods are on one node')
        .choices(['ReadWriteMany', 'ReadWriteOnce'])
        .default('ReadWriteMany'),
    )
    .option('--storage-class <name>', 'of --volume-size; the cluster’s default without it')
    .option('--namespace <name>', 'of the cluster', 'default')
    .option('--name <name>', 'of the TestRun, and id of the run; made of scenario and time without it')
    .option('--image <image>', 'of the runners, built of the Dockerfile that render writes')
    .option('--cpu <cores>', 'that each instance asks for', numberFrom(0, true), 1)
    .option('--memory <amount>', 'that each instance gets, such as 2Gi; by its virtual users without it', memory)
    .option('--separate', 'each instance on a node of its own')
    .option('--slo <file>', 'objectives to judge by, instead of the scenario’s own (.json, .js or .ts)')
    .option('--tag <key=value>', 'kept with the run; repeatable', keyValue)
    .option('--env <key=value>', 'environment variable for the scenario; repeatable', keyValue)
    .option('--yes-i-own-this-target', 'allow the target')
    .option('--json', 'print one JSON document on stdout');
}

export const slosOf = async ({ slo }: RenderFlags, io: Io): Promise<readonly Slo[] | null> =>
  slo === undefined ? null : await loadSlos(slo, io.cwd);

export async function prepare(scenario: string, flags: RenderFlags, io: Io): Promise<PreparedRun> {
  const { allowedTargets, scenarios } = await loadConfig(io.cwd);
  const target = permittedTarget(flags.target, { owned: flags.yesIOwnThisTarget === true, allowedTargets });
  const slos = await slosOf(flags, io);
  const results = resultsOf(flags, io);
  const settings = { ...settingsOf(flags), ...flags.env };
  const k6 = await findK6({ env: io.env, log: (line) => io.stderr.write(`${line}\n`), signal: io.signal });
  return await prepareClusterRun({
    scenario: ownScenario(scenario, scenarios, io.cwd),
    cwd: io.cwd,
    k6Path: k6.path,
    target,
    seed: flags.seed ?? randomInt(2 ** 31),
    settings,
    tags: flags.tag ?? {},
    env: loadEnv(io, settings),
    slos,
    parallelism: flags.parallelism,
    namespace: flags.namespace,
    name: flags.name ?? null,
    image: flags.image ?? runnerImage(),
    results,
    cpus: flags.cpu,
    memoryBytes: flags.memory ?? null,
    separate: flags.separate === true,
    now: io.now(),
  });
}

function resultsOf({ influx, influxSecret, volume, ...claim }: RenderFlags, io: Io): PreparedRun['run']['results'] {
  if ((influx === undefined) === (volume === undefined)) {
    throw new HeadroomError(
      'USAGE',
      'The instances leave what they measure in one place.',
      'Give --influx with the address of an InfluxDB, or --volume with the name of a claim.',
    );
  }
  const { volumeSize: bytes, volumeAccess: access, storageClass = null } = claim;
  if (volume !== undefined)
    return { to: 'volume', claim: volume, make: bytes === undefined ? null : { bytes, access, storageClass } };
  if (bytes !== undefined)
    throw new HeadroomError('USAGE', '--volume-size is for --volume.', 'Name the claim to be made with --volume.');
  // Read as the instances will read it, so that a mistake shows here.
  influxAddress(influx ?? '', io.env);
  return { to: 'influx', url: influx ?? '', secret: influxSecret ?? null };
}
