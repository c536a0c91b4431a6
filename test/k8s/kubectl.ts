/**
 * A `kubectl` that answers as a cluster does, and notes what it is asked. No cluster was there to record from: a TestRun's status
 * is what k6-operator 1.6 writes (api/v1alpha1/k6conditions.go, pkg/types/conditions.go), labels and the container's name are its
 * own too (pkg/resources/jobs), and statuses of pods have the fields that the kubelet and the control plane fill in, with the
 * reasons and messages that they give. That they are none that Kubernetes does not know is tested against its schemas.
 */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const NAME = 'load-20270115t080000-3fa1';

const BEGUN = ['started', 'stopped', 'finished'];

/** What `kubectl get testruns.k6.io NAME --output json` prints. */
export function testRun(stage: string | null): object {
  const condition = (type: string, status: string, reason: string): object => ({
    lastTransitionTime: '2027-01-15T08:00:04Z',
    message: '',
    reason,
    status,
    type,
  });
  const running = stage === 'started' ? 'True' : BEGUN.includes(stage ?? '') ? 'False' : 'Unknown';
  const looked = stage !== 'initialization' && stage !== 'error';
  return {
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    metadata: {
      creationTimestamp: '2027-01-15T08:00:03Z',
      generation: 1,
      name: NAME,
      namespace: 'perf',
      resourceVersion: '81733',
      uid: '0b4d7a8e-5f0d-4a3e-9a55-6d3c1c0de1aa',
    },
    spec: {
      parallelism: 2,
      paused: 'true',
      quiet: 'true',
      script: { configMap: { file: 'load.js', name: NAME } },
    },
    // The operator has not seen it yet.
    ...(stage === null
      ? {}
      : {
          status: {
            conditions: [
              condition(
                'CloudTestRun',
                looked ? 'False' : 'Unknown',
                looked ? 'CloudTestRunFalse' : 'TestRunTypeUnknown',
              ),
              condition(
                'TestRunRunning',
                running,
                running === 'Unknown' ? 'TestRunPreparation' : `TestRunRunning${running}`,
              ),
              condition('TeardownExecuted', 'False', 'TeardownExecutedFalse'),
              condition('CloudTestRunAborted', 'False', 'CloudTestRunAbortedFalse'),
              condition('CloudPLZTestRun', 'False', 'CloudPLZTestRunFalse'),
            ],
            stage,
          },
        }),
  };
}

const condition = (type: string, status: string, reason?: string, message?: string): object => ({
  lastProbeTime: null,
  lastTransitionTime: '2027-01-15T08:00:20Z',
  ...(message === undefined ? {} : { message }),
  ...(reason === undefined ? {} : { reason }),
  status,
  type,
});

const container = (state: object, name = 'k6'): object => {
  const runs = 'running' in state;
  return {
    ...(runs || 'terminated' in state ? { containerID: 'containerd://5f1c0e' } : {}),
    image: 'registry.example.com/headroom-runner:0.1.0',
    imageID: '',
    lastState: {},
    name,
    ready: runs,
    restartCount: 0,
    started: runs,
    state,
  };
};

const STARTED = '2027-01-15T08:00:31Z';
const ended = (exitCode: number, reason: string, about: object = {}): object => ({
  terminated: {
    containerID: 'containerd://5f1c0e',
    exitCode,
    finishedAt: '2027-01-15T08:03:20Z',
    reason,
    startedAt: STARTED,
    ...about,
  },
});
const terminated = (exitCode: number, reason: string): object => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  conditions: [
    condition('PodReadyToStartContainers', 'False'),
    condition('Initialized', 'True', ...(exitCode === 0 ? ['PodCompleted'] : [])),
    condition('Ready', 'False', exitCode === 0 ? 'PodCompleted' : 'PodFailed'),
    condition('ContainersReady', 'False', exitCode === 0 ? 'PodCompleted' : 'PodFailed'),
    condition('PodScheduled', 'True'),
  ],
  containerStatuses: [container(ended(exitCode, reason))],
});
const RUNNING = { running: { startedAt: STARTED } };

const STATUS = {
  pending: {
    phase: 'Pending',
    conditions: [condition('ContainersReady', 'False', 'ContainersNotReady', 'containers with unready status: [k6]')],
    containerStatuses: [container({ waiting: { reason: 'ContainerCreating' } })],
  },
  unschedulable: {
    phase: 'Pending',
    conditions: [
      condition(
        'PodScheduled',
        'False',
        'Unschedulable',
        '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
      ),
    ],
    qosClass: 'Burstable',
  },
  'no image': {
    phase: 'Pending',
    containerStatuses: [
      container({
        waiting: {
          message: 'Back-off pulling image "registry.example.com/headroom-runner:0.1.0"',
          reason: 'ImagePullBackOff',
        },
      }),
    ],
  },
  running: { phase: 'Running', conditions: [condition('Ready', 'True')], containerStatuses: [container(RUNNING)] },
  ended: terminated(0, 'Completed'),
  invalid: terminated(3, 'Error'),
  killed: terminated(137, 'OOMKilled'),
  /** A process in it ran out of memory, and the one that the kubelet waits for ended well (kubernetes#131530). */
  'killed inside': terminated(0, 'OOMKilled'),
  /** By the kubelet, which has lost sight of the container: times that it does not know are null. */
  evicted: {
    phase: 'Failed',
    reason: 'Evicted',
    message: 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 87Mi. ',
    conditions: [
      condition(
        'DisruptionTarget',
        'True',
        'TerminationByKubelet',
        'The node was low on resource: memory. Threshold quantity: 100Mi, available: 87Mi. ',
      ),
    ],
    containerStatuses: [
      container({
        terminated: {
          exitCode: 137,
          finishedAt: null,
          message: 'The container could not be located when the pod was terminated',
          reason: 'ContainerStatusUnknown',
          startedAt: null,
        },
      }),
    ],
  },
  /** By kubectl drain; some container runtimes say that it ran out of memory (kubernetes#140716). */
  drained: {
    phase: 'Failed',
    conditions: [condition('DisruptionTarget', 'True', 'EvictionByEvictionAPI', 'Eviction API: evicting')],
    containerStatuses: [container(ended(143, 'OOMKilled'))],
  },
  /** By a node that has not answered: no container tells anything. */
  lost: { phase: 'Failed', reason: 'NodeLost', message: 'Node worker-2 which was running pod is unresponsive' },
  /** With the proxy of a service mesh beside it, which goes on. */
  'ended beside a proxy': {
    phase: 'Running',
    containerStatuses: [container(RUNNING, 'istio-proxy'), container(ended(0, 'Completed'))],
  },
} satisfies Record<string, object>;
export type PodState = keyof typeof STATUS;
export const POD_STATES = Object.keys(STATUS) as PodState[];

/** What `kubectl get pods --selector … --output json` prints. */
export function pods(...states: (PodState | null)[]): { items: object[]; [field: string]: unknown } {
  return {
    apiVersion: 'v1',
    kind: 'List',
    metadata: { resourceVersion: '' },
    // In no order of theirs.
    items: states
      .flatMap((state, i) => {
        const job = `${NAME}-${i + 1}`;
        const labels = {
          app: 'k6',
          'batch.kubernetes.io/controller-uid': '6d3c1c0d-0b4d-4a3e-9a55-7a8e5f0de1aa',
          'batch.kubernetes.io/job-name': job,
          'controller-uid': '6d3c1c0d-0b4d-4a3e-9a55-7a8e5f0de1aa',
          'job-name': job,
          k6_cr: NAME,
          runner: 'true',
        };
        const metadata = { labels, name: `${job}-x7k2p`, namespace: 'perf' };
        const spec = { containers: [{ name: 'k6' }], restartPolicy: 'Never' };
        return state === null ? [] : [{ apiVersion: 'v1', kind: 'Pod', metadata, spec, status: STATUS[state] }];
      })
      .toReversed(),
  };
}

/** One look after another; the last one stays. */
export interface Play {
  looks: readonly { stage: string | null; pods: object }[];
  /** What it complains of, by the first words of its arguments. */
  failures?: Readonly<Record<string, string>>;
  /** Pods of the target, and what each answers when it is asked for its audit. */
  target?: readonly { name: string; restarts: number; audit: string }[];
  /** What the pods left on the volume. */
  results?: string;
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
  exec) cat "$here/$2.audit" ;;
  cp) case "$*" in *":/volume/"*"/results "*) mkdir "$6"; [ ! -e "$here/volume" ] || cp -r "$here/volume/." "$6" ;; esac ;;
  get)
    case "$2" in
      testruns.k6.io)
        n=$(cat "$here/look"); [ -e "$here/$((n + 1)).testrun.json" ] && n=$((n + 1)); echo "$n" > "$here/look"
        cat "$here/$n.testrun.json" ;;
      pods)
        case "$*" in
          *k6_cr=*) cat "$here/$(cat "$here/look").pods.json" ;;
          *) cat "$here/target.json" ;;
        esac ;;
    esac ;;
esac
`;

/** As the Deployment of `deploy/k8s` makes them; one that is being replaced runs no more. */
const targetPods = (target: NonNullable<Play['target']>): object => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    ...target.map(({ name, restarts }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, uid: `uid-of-${name}` },
      spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: 8080 }] }] },
      status: { ...STATUS.running, containerStatuses: [{ ...container(RUNNING, 'app'), restartCount: restarts }] },
    })),
    { metadata: { name: 'gone' }, spec: { containers: [{ name: 'app' }] }, status: STATUS.ended },
  ],
});

export interface FakeCluster {
  env: Record<string, string>;
  calls(): Promise<string[]>;
  applied(): Promise<string>;
  deleted(): Promise<string>;
}

/** Puts one into a folder. */
export async function fakeCluster(
  folder: string,
  { looks, failures = {}, target = [], results }: Play,
): Promise<FakeCluster> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, text: string): Promise<void> => await writeFile(join(folder, name), text);
  const read = async (name: string): Promise<string> => await readFile(join(folder, name), 'utf8').catch(() => '');
  await write('kubectl', PROGRAM);
  await chmod(join(folder, 'kubectl'), 0o755);
  if (results !== undefined) await symlink(results, join(folder, 'volume'));
  await write('look', '0\n');
  await write('log', 'time="2027-01-15T08:00:09Z" level=error msg="GoError: no such module"\n');
  await write(
    'failures',
    Object.entries(failures)
      .map(([words, complaint]) => `${words}|${complaint}\n`)
      .join(''),
  );
  await write('target.json', JSON.stringify(targetPods(target)));
  for (const { name, audit } of target) await write(`${name}.audit`, audit);
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
