import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { requireWindowsFit, type Slo } from '../gate/slo.ts';
import type { Plan } from '../k6/plan.ts';
import { withoutLoadVariables } from '../results/settings.ts';
import { newRunId } from '../run/environment.ts';
import { prepareScenario } from '../run/scenario.ts';
import { isLoopback, publicTarget } from '../run/target.ts';
import type { ClusterRun } from './manifests.ts';
import { requireNamespace, requireObjectName, requireTestRunName, testRunNameFor } from './name.ts';

export interface PrepareOptions {
  /** A built-in scenario's name or a file. */
  scenario: string;
  cwd: string;
  k6Path: string;
  /** Checked with `permittedTarget`. */
  target: URL;
  seed: number;
  settings: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string | undefined>>;
  slos: readonly Slo[] | null;
  parallelism: number;
  namespace: string;
  /** Null: made of the scenario and the time. */
  name: string | null;
  image: string;
  results: ClusterRun['results'];
  cpus: number;
  /** Null: by the virtual users of an instance. */
  memoryBytes: number | null;
  separate: boolean;
  now: number;
}

/** A run that a cluster can be given, and what it will ask of the target. */
export interface PreparedRun {
  run: ClusterRun;
  plan: Plan;
}

/**
 * Bundles a scenario for a cluster and asks k6 what it comes to.
 *
 * @throws HeadroomError SETTING_INVALID, SCENARIO_NOT_FOUND, SCENARIO_BROKEN
 */
export async function prepareClusterRun(options: PrepareOptions): Promise<PreparedRun> {
  const { parallelism, namespace, results, target } = options;
  requireNamespace(namespace);
  if (options.name !== null) requireTestRunName(options.name);
  if (results.to === 'volume') {
    requireObjectName(results.claim, '--volume');
    if (results.make?.storageClass != null) requireObjectName(results.make.storageClass, '--storage-class');
  } else if (results.secret !== null) requireObjectName(results.secret, '--influx-secret');
  if (isLoopback(target.hostname)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `In a pod, ${target.hostname} is the pod itself.`,
      'Give the target as the cluster reaches it: http://booking.default.svc:8080.',
    );
  }
  const variable = Object.keys(options.settings).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (variable !== undefined) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `--env takes the name of a variable, not ${JSON.stringify(variable)}.`,
      'Give letters, digits and underscores, the first no digit.',
    );
  }
  if (options.scenario.endsWith('.tar')) {
    throw new HeadroomError(
      'SETTING_INVALID',
      'The instances take a script, and not an archive of k6.',
      'Name the script: it is bundled with all that it imports.',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'headroom-'));
  try {
    const base = publicTarget(target);
    const env = {
      ...withoutLoadVariables(options.env),
      ...options.settings,
      BASE_URL: base,
      SEED: String(options.seed),
      HEADROOM: '1',
    };
    const scenario = await prepareScenario({ ...options, outDir: folder, env, instances: parallelism });
    const { plan } = scenario;
    requireWindowsFit(options.slos ?? scenario.slos, plan.seconds, scenario.warmupSeconds);
    if (plan.maxVus !== null && plan.maxVus < parallelism) {
      throw new HeadroomError(
        'SETTING_INVALID',
        `${parallelism} instances cannot share ${plan.maxVus} virtual users.`,
        'Give fewer instances with --parallelism, or more users with --vus.',
      );
    }
    const text = await readFile(scenario.bundlePath, 'utf8');
    const run: ClusterRun = {
      name: options.name ?? testRunNameFor(newRunId(options.now, scenario.name)),
      namespace,
      parallelism,
      image: options.image,
      target: base,
      seed: options.seed,
      settings: options.settings,
      tags: options.tags,
      bundle: { file: configMapKey(basename(scenario.bundlePath)), text },
      slos: options.slos === null ? null : JSON.stringify(options.slos),
      results,
      cpus: options.cpus,
      memoryBytes: options.memoryBytes ?? memoryFor(plan.maxVus, parallelism, Buffer.byteLength(text)),
      separate: options.separate,
    };
    return { run, plan };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Keys of a ConfigMap are letters, digits, dots, dashes and underscores. */
const configMapKey = (file: string): string => file.replaceAll(/[^A-Za-z0-9._-]+/g, '-');

/** Node with the collector, and k6 before its first user. */
const BASE_BYTES = 320 << 20;
/** Of a user with a bundle that does nothing, and for each byte of bundle, as measured with k6 2.2 (docs/guides/scale-out.md). */
const USER_BYTES = 205_000;
const USER_BYTES_PER_BUNDLE_BYTE = 5;
const STEP = 64 << 20;

/** Memory that an instance needs for its share of the virtual users, rounded up to 64 MiB. */
function memoryFor(maxVus: number | null, parallelism: number, bundleBytes: number): number {
  const users = Math.ceil((maxVus ?? 100) / parallelism);
  const bytes = BASE_BYTES + users * (USER_BYTES + USER_BYTES_PER_BUNDLE_BYTE * bundleBytes);
  return Math.ceil(bytes / STEP) * STEP;
}
