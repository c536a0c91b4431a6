import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode, HeadroomError } from '../errors.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import type { RunOutcome } from '../run/run.ts';
import type { Kubectl } from './kubectl.ts';
import {
  type ClusterRun,
  claimOf,
  filesOf,
  filesPodName,
  groundOf,
  testRunOf,
  VOLUME_FOLDER,
  yamlOf,
} from './manifests.ts';
import type { RunnerPod } from './status.ts';
import { watchTestRun } from './watch.ts';

/** How a cluster does a prepared run. */
export interface ClusterOptions {
  run: ClusterRun;
  kubectl: Kubectl;
  /** Length of the load, seconds; null when nobody knows it. */
  plannedSeconds: number | null;
  /** The load may take so long to begin, seconds. */
  startSeconds: number;
  /** The whole may take so long from its begin, seconds; null: its length and a quarter of an hour. */
  runSeconds: number | null;
  /** Leaves what it makes in the cluster. */
  keep: boolean;
  signal: AbortSignal;
  onProgress(line: string): void;
  /**
   * Makes one run of what the instances have left.
   *
   * @param folder that holds the instances' runs; null: they are in InfluxDB
   */
  merge(folder: string | null): Promise<RunOutcome>;
  pollMs?: number;
}

/** The run that all pods together made. */
export interface ClusterOutcome extends RunOutcome {
  /** Instances whose pod died. */
  died: RunnerPod[];
}

/** A merge that did not miss what a dead instance took with it would still be no measurement. */
export function exitCodeOfCluster({ run, died }: Pick<ClusterOutcome, 'run' | 'died'>): ExitCode {
  return died.length > 0 && run.verdict !== 'interrupted' ? EXIT.invalid : exitCodeOf(run.verdict);
}

const POLL_MS = 2_000;
const SLACK_SECONDS = 900;
/** A day: who knows no length sets --timeout. */
const LONGEST_SECONDS = 86_400;
const COPY_MS = 600_000;

/**
 * Runs a TestRun on a cluster and merges what its instances have measured. What it made there it takes away again, however it
 * ends.
 *
 * @throws HeadroomError BUNDLE_TOO_LARGE, KUBECTL_FAILED, CLUSTER_RUN_FAILED, INSTANCES_LOST
 */
export async function runOnCluster(options: ClusterOptions): Promise<ClusterOutcome> {
  const { run, kubectl, signal, onProgress, keep } = options;
  const ground = yamlOf(groundOf(run));
  const testRun = yamlOf(testRunOf(run));
  const apply = async (input: string): Promise<unknown> =>
    // On the server's side: else the whole of a ConfigMap would go into an annotation, which holds 256 KiB.
    await kubectl.run(['apply', '--server-side', '--field-manager', 'headroom', '--filename', '-'], { input, signal });
  const folder = await mkdtemp(join(tmpdir(), 'headroom-k8s-'));
  try {
    const claim = claimOf(run);
    if (claim.length > 0) await apply(yamlOf(claim));
    await apply(ground);
    if (run.results.to === 'volume') await copyTo(options, folder);
    await apply(testRun);
    onProgress(`applied TestRun ${run.name} in ${run.namespace}`);
    const pods = await watchTestRun(kubectl, {
      ...options,
      name: run.name,
      parallelism: run.parallelism,
      runSeconds: options.runSeconds ?? (options.plannedSeconds ?? LONGEST_SECONDS) + SLACK_SECONDS,
      pollMs: options.pollMs ?? POLL_MS,
      clock: () => performance.now(),
    });
    const died = pods.filter(({ state }) => state === 'died');
    const results = run.results.to === 'volume' ? await copyFrom(options, folder, died) : null;
    return { ...(await mergeWith(options, results, died)), died };
  } finally {
    await rm(folder, { recursive: true, force: true });
    if (keep) onProgress(`kept in the cluster: ${describe(run)}`);
    else await takeAway(options, testRun + '---\n' + ground);
  }
}

const describe = ({ name, namespace }: ClusterRun): string => `TestRun ${name} in namespace ${namespace}`;

/** The volume, as the pod that copies has it. */
const onVolume = ({ name, namespace }: ClusterRun, path: string): string =>
  `${namespace}/${filesPodName(name)}:${VOLUME_FOLDER}/${name}${path}`;

async function copyTo(
  { run, kubectl, signal, startSeconds, onProgress }: ClusterOptions,
  folder: string,
): Promise<void> {
  const pod = filesPodName(run.name);
  onProgress('copying the bundle to the volume');
  const wait = ['wait', '--for=condition=Ready', `pod/${pod}`, `--timeout=${startSeconds}s`];
  await kubectl.run(wait, { signal, timeoutMs: startSeconds * 1_000 + 10_000 });
  const bundle = join(folder, run.name);
  await mkdir(bundle);
  for (const [file, text] of Object.entries(filesOf(run))) await writeFile(join(bundle, file), text);
  await kubectl.run(['cp', '--no-preserve', bundle, onVolume(run, '')], { signal, timeoutMs: COPY_MS });
}

async function copyFrom(
  { run, kubectl, signal, onProgress }: ClusterOptions,
  folder: string,
  died: readonly RunnerPod[],
): Promise<string> {
  onProgress('copying the results from the volume');
  const results = join(folder, 'results');
  const args = ['cp', '--no-preserve', '--retries', '3', onVolume(run, '/results'), results];
  await kubectl.run(args, { signal, timeoutMs: COPY_MS }).catch((error: unknown) => {
    throw died.length > 0 && !signal.aborted ? lost(died, error) : error;
  });
  return results;
}

async function mergeWith(
  options: ClusterOptions,
  folder: string | null,
  died: readonly RunnerPod[],
): Promise<RunOutcome> {
  try {
    return await options.merge(folder);
  } catch (error) {
    if (died.length > 0 && error instanceof HeadroomError && error.code === 'RUN_NOT_FOUND') throw lost(died, error);
    throw error;
  }
}

function lost(died: readonly RunnerPod[], cause: unknown): HeadroomError {
  const each = died.map(({ number, reason }) => `${number} (${reason})`).join(', ');
  return new HeadroomError(
    'INSTANCES_LOST',
    `Nothing was measured: instance ${each} died and no other left a result.`,
    'Give them more with --memory, or more instances with --parallelism.',
    { cause },
  );
}

/** Takes away what was made, also when a user has had enough: then without asking how that went. */
async function takeAway({ run, kubectl, onProgress }: ClusterOptions, input: string): Promise<void> {
  const args = ['delete', '--ignore-not-found', '--wait=false', '--filename', '-'];
  await kubectl.run(args, { input }).then(
    () => onProgress(`deleted ${describe(run)}`),
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      onProgress(`${why} It may still be there: ${describe(run)}.`);
      onProgress(
        `Delete it with: kubectl delete testruns.k6.io,configmaps,pods,serviceaccounts --selector app.kubernetes.io/instance=${run.name} ${kubectl.place.join(' ')}`,
      );
    },
  );
}
