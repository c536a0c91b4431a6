/** A `kubectl` that answers as a cluster did, and notes what it is asked. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const NAME = 'load-20270115t080000-3fa1';

/** What `kubectl get testruns.k6.io NAME --output json` prints. */
function testRun(stage: string | null): object {
  return {
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    metadata: {
      creationTimestamp: '2027-01-15T08:00:03Z',
      generation: 1,
      name: NAME,
      namespace: 'perf',
      resourceVersion: '81733',
      uid: '0b4d7a8e',
    },
    spec: { parallelism: 2 },
    ...(stage === null
      ? {}
      : {
          status: {
            conditions: [
              {
                lastTransitionTime: '2027-01-15T08:00:04Z',
                message: '',
                reason: 'TestRunRunningUnknown',
                status: 'Unknown',
                type: 'TestRunRunning',
              },
            ],
            stage,
          },
        }),
  };
}

type PodState = 'pending' | 'unschedulable' | 'no image' | 'running' | 'ended' | 'invalid' | 'killed' | 'evicted';

const terminated = (exitCode: number, reason: string) => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [
    {
      containerID: 'containerd://5f1c',
      name: 'k6',
      ready: false,
      restartCount: 0,
      started: false,
      state: {
        terminated: {
          containerID: 'containerd://5f1c',
          exitCode,
          finishedAt: '2027-01-15T08:03:20Z',
          reason,
          startedAt: '2027-01-15T08:00:31Z',
        },
      },
    },
  ],
});

const STATUS: Record<PodState, object> = {
  pending: {
    phase: 'Pending',
    containerStatuses: [{ name: 'k6', ready: false, state: { waiting: { reason: 'ContainerCreating' } } }],
  },
  unschedulable: {
    phase: 'Pending',
    conditions: [
      {
        lastTransitionTime: '2027-01-15T08:00:20Z',
        message: '0/3 nodes are available: 3 Insufficient cpu.',
        reason: 'Unschedulable',
        status: 'False',
        type: 'PodScheduled',
      },
    ],
  },
  'no image': {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'k6',
        ready: false,
        state: { waiting: { message: 'Back-off pulling image "headroom-runner:0.1.0"', reason: 'ImagePullBackOff' } },
      },
    ],
  },
  running: {
    phase: 'Running',
    containerStatuses: [
      { name: 'k6', ready: true, started: true, state: { running: { startedAt: '2027-01-15T08:00:31Z' } } },
    ],
  },
  ended: terminated(0, 'Completed'),
  invalid: terminated(3, 'Error'),
  killed: terminated(137, 'OOMKilled'),
  evicted: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
};

/** What `kubectl get pods --selector … --output json` prints. */
export function pods(...states: PodState[]): object {
  return {
    apiVersion: 'v1',
    kind: 'List',
    metadata: { resourceVersion: '' },
    // In no order of theirs.
    items: states.toReversed().map((state, i) => {
      const job = `${NAME}-${states.length - i}`;
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${job}-x7k2p`,
          namespace: 'perf',
          labels: { app: 'k6', 'batch.kubernetes.io/job-name': job, 'job-name': job, k6_cr: NAME, runner: 'true' },
        },
        spec: {},
        status: STATUS[state],
      };
    }),
  };
}

/** One look after another; the last one stays. */
export interface Play {
  looks: readonly { stage: string | null; pods: object }[];
  /** What it complains of, by the first words of its arguments. */
  failures?: Readonly<Record<string, string>>;
}

const PROGRAM = `#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/calls"
while IFS='|' read -r words complaint; do
  case "$*" in "$words"*) [ -n "$words" ] && { cat > /dev/null; echo "$complaint" >&2; exit 1; } ;; esac
done < "$here/failures"
case "$1" in
  apply) cat >> "$here/applied"; echo '---' >> "$here/applied" ;;
  delete) cat > "$here/deleted" ;;
  logs) cat "$here/log" ;;
  cp) case "$*" in *":/volume/"*"/results "*) mkdir "$6" ;; esac ;;
  get)
    case "$2" in
      testruns.k6.io)
        n=$(cat "$here/look"); [ -e "$here/$((n + 1)).testrun.json" ] && n=$((n + 1)); echo "$n" > "$here/look"
        cat "$here/$n.testrun.json" ;;
      pods) cat "$here/$(cat "$here/look").pods.json" ;;
    esac ;;
esac
`;

export interface FakeCluster {
  env: Record<string, string>;
  calls(): Promise<string[]>;
  applied(): Promise<string>;
  deleted(): Promise<string>;
}

/** Puts one into a folder. */
export async function fakeCluster(folder: string, { looks, failures = {} }: Play): Promise<FakeCluster> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, text: string): Promise<void> => await writeFile(join(folder, name), text);
  const read = async (name: string): Promise<string> => await readFile(join(folder, name), 'utf8').catch(() => '');
  await write('kubectl', PROGRAM);
  await chmod(join(folder, 'kubectl'), 0o755);
  await write('look', '0\n');
  await write('log', 'time="2027-01-15T08:00:09Z" level=error msg="GoError: no such module"\n');
  await write(
    'failures',
    Object.entries(failures)
      .map(([words, complaint]) => `${words}|${complaint}\n`)
      .join(''),
  );
  for (const [i, look] of looks.entries()) {
    await write(`${i + 1}.testrun.json`, JSON.stringify(testRun(look.stage)));
    await write(`${i + 1}.pods.json`, JSON.stringify(look.pods));
  }
  return {
    env: { PATH: `${folder}:/usr/bin:/bin` },
    calls: async () => (await read('calls')).split('\n').filter((line) => line !== ''),
    applied: async () => await read('applied'),
    deleted: async () => await read('deleted'),
  };
}
