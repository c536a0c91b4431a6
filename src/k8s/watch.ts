import { setTimeout as sleep } from 'node:timers/promises';
import { HeadroomError } from '../errors.ts';
import type { Kubectl } from './kubectl.ts';
import { type RunnerPod, runnerPods, type Stage, stageOf } from './status.ts';

export interface WatchOptions {
  name: string;
  parallelism: number;
  /** The load may take so long to begin. */
  startSeconds: number;
  /** The whole may take so long from then on. */
  runSeconds: number;
  pollMs: number;
  signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  clock(): number;
  /** Called when something has changed. */
  onProgress(line: string): void;
}

/** Looks in vain after which the cluster is given up. */
const MOST_FAILURES = 5;
/** Looks at a container that cannot start after which it is given up: some of that passes, as of a registry that is slow. */
const MOST_STUCK = 15;
const BEGUN: readonly Stage[] = ['started', 'stopped', 'finished'];

/**
 * Waits until the operator has finished a TestRun.
 *
 * @returns the pods as they were last seen: one that died is among them
 * @throws HeadroomError CLUSTER_RUN_FAILED when it does not come to an end, KUBECTL_FAILED
 */
export async function watchTestRun(kubectl: Kubectl, options: WatchOptions): Promise<RunnerPod[]> {
  const { name, signal, clock, onProgress } = options;
  const known = new Map<number, RunnerPod>();
  const madeAt = clock();
  let startedAt: number | null = null;
  let failures = 0;
  let stuck = 0;
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const look = await lookAt(kubectl, name, signal).catch((error: unknown) => {
      if (!(error instanceof HeadroomError) || signal.aborted || ++failures >= MOST_FAILURES) throw error;
      return null;
    });
    if (look !== null) {
      failures = 0;
      for (const pod of [...look.pods, ...goneFrom(look.pods, known)]) {
        if (pod.state === 'died' && known.get(pod.number)?.state !== 'died')
          onProgress(`instance ${pod.number} died: ${pod.reason}`);
        known.set(pod.number, pod);
      }
      const line = progressOf(look.stage, look.pods, options.parallelism);
      if (line !== said) onProgress(line);
      said = line;
      if (look.stage === 'finished') return [...known.values()].toSorted((a, b) => a.number - b.number);
      if (look.stage === 'error')
        throw failed('k6-operator could not start it', await complaintOf(kubectl, name, signal));
      if (BEGUN.includes(look.stage)) startedAt ??= clock();
      else {
        const dead = [...known.values()].find(({ state }) => state === 'died');
        if (dead !== undefined)
          throw failed(`instance ${dead.number} died before the load began (${dead.reason})`, null);
        const hopeless = look.pods.find((pod) => pod.stuck);
        stuck = hopeless === undefined ? 0 : stuck + 1;
        if (hopeless !== undefined && stuck >= MOST_STUCK)
          throw failed(`instance ${hopeless.number} cannot start (${hopeless.reason})`, null);
      }
    }
    const seconds = (clock() - (startedAt ?? madeAt)) / 1000;
    if (startedAt === null && seconds > options.startSeconds) {
      const waiting = [...known.values()].find(({ state, reason }) => state === 'waiting' && reason !== null);
      const because = waiting === undefined ? '' : ` (instance ${waiting.number}: ${waiting.reason})`;
      throw failed(`its load has not begun after ${options.startSeconds} s${because}`, null);
    }
    if (startedAt !== null && seconds > options.runSeconds)
      throw failed(`it has not finished ${options.runSeconds} s after its begin`, null);
    await sleep(options.pollMs, undefined, { signal }).catch(() => {});
  }
}

/** Pods that were there and had not ended. Their jobs make no others: with them went what they had not written yet. */
function goneFrom(pods: readonly RunnerPod[], known: ReadonlyMap<number, RunnerPod>): RunnerPod[] {
  return [...known.values()]
    .filter(({ number, state }) => state !== 'died' && state !== 'ended' && !pods.some((pod) => pod.number === number))
    .map((pod) => ({ ...pod, state: 'died', reason: 'its pod is gone, deleted by somebody or with its node' }));
}

async function lookAt(
  kubectl: Kubectl,
  name: string,
  signal: AbortSignal,
): Promise<{ stage: Stage; pods: RunnerPod[] }> {
  const selector = `k6_cr=${name},runner=true`;
  const stage = stageOf(await kubectl.run(['get', 'testruns.k6.io', name, '--output', 'json'], { signal }));
  const pods = runnerPods(
    await kubectl.run(['get', 'pods', '--selector', selector, '--output', 'json'], { signal }),
    name,
  );
  return { stage, pods };
}

function progressOf(stage: Stage, pods: readonly RunnerPod[], parallelism: number): string {
  const counts = (['waiting', 'running', 'ended', 'died'] as const).flatMap((state) => {
    const number = pods.filter((pod) => pod.state === state).length;
    return number === 0 ? [] : [`${number} ${state}`];
  });
  return `${stage} · ${parallelism} ${parallelism === 1 ? 'instance' : 'instances'}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

/** What the initializer says; null when it says nothing. */
async function complaintOf(kubectl: Kubectl, name: string, signal: AbortSignal): Promise<string | null> {
  const log = await kubectl.run(['logs', `job/${name}-initializer`, '--tail', '20'], { signal }).catch(() => '');
  return log.split('\n').findLast((line) => line.includes('level=error')) ?? (log.trim().split('\n').at(-1) || null);
}

function failed(what: string, complaint: string | null): HeadroomError {
  return new HeadroomError(
    'CLUSTER_RUN_FAILED',
    `The TestRun came to nothing: ${what}${complaint === null ? '' : `: ${complaint}`}.`,
    'Look at its pods with --keep, kubectl describe and kubectl logs.',
  );
}
