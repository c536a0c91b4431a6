/** `headroom k8s run` against a cluster that is played. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { HeadroomError } from '../../src/errors.ts';
import { Kubectl } from '../../src/k8s/kubectl.ts';
import { yamlOf } from '../../src/k8s/manifests.ts';
import { type ClusterOptions, exitCodeOfCluster, runOnCluster } from '../../src/k8s/run.ts';
import type { RunOutcome } from '../../src/run/run.ts';
import { madeUpRun, madeUpSeries } from '../report/fixture.ts';
import { type FakeCluster, fakeCluster, NAME, type Play, POD_STATES, pods } from './kubectl.ts';
import { clusterRun } from './manifests.ts';
import { problemsOf } from './schemas.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-k8s-run-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const merged = (verdict: RunOutcome['run']['verdict']): RunOutcome => ({
  run: madeUpRun({ verdict }),
  series: madeUpSeries(),
  folder: 'runs/x',
  reportPath: 'runs/x/report.html',
});

let number = 0;
async function play(score: Play, changes: Partial<ClusterOptions> = {}) {
  const cluster: FakeCluster = await fakeCluster(join(folder, String(++number)), score);
  const lines: string[] = [];
  const outcome = await runOnCluster({
    run: clusterRun({ parallelism: 2 }),
    kubectl: new Kubectl({ env: cluster.env, namespace: 'perf', context: null }),
    plannedSeconds: 60,
    startSeconds: 60,
    runSeconds: null,
    keep: false,
    signal: new AbortController().signal,
    onProgress: (line) => lines.push(line),
    merge: async () => merged('pass'),
    pollMs: 1,
    ...changes,
  }).catch((error: unknown) => error);
  return { cluster, lines, outcome };
}

const STAGES = [
  { stage: null, pods: pods() },
  { stage: 'initialization', pods: pods() },
  { stage: 'created', pods: pods('running', 'pending') },
  { stage: 'started', pods: pods('running', 'running') },
];
const FINISHED = { stage: 'finished', pods: pods('ended', 'ended') };
const kinds = (yaml: string): string[] =>
  parseAllDocuments(yaml).flatMap((document) => (document.toJS() === null ? [] : [document.toJS().kind]));

describe('a run on a cluster', () => {
  it('is applied, watched, merged and taken away again', async () => {
    const { cluster, lines, outcome } = await play({
      looks: [...STAGES, { stage: 'stopped', pods: pods('ended', 'ended') }, FINISHED],
    });
    expect(outcome).toMatchObject({ run: { verdict: 'pass' }, died: [] });
    expect(kinds(await cluster.applied())).toEqual(['ServiceAccount', 'ConfigMap', 'TestRun']);
    expect(kinds(await cluster.deleted())).toEqual(['TestRun', 'ServiceAccount', 'ConfigMap']);
    expect(lines).toEqual([
      `applied TestRun ${NAME} in perf`,
      'new · 2 instances',
      'initialization · 2 instances',
      'created · 2 instances: 1 waiting, 1 running',
      'started · 2 instances: 2 running',
      'stopped · 2 instances: 2 ended',
      'finished · 2 instances: 2 ended',
      `deleted TestRun ${NAME} in namespace perf`,
    ]);
    expect(await cluster.calls()).toContain(
      'apply --server-side --field-manager headroom --filename - --namespace perf',
    );
  });

  it('stays with --keep', async () => {
    const { cluster, lines } = await play({ looks: [FINISHED] }, { keep: true });
    expect(await cluster.deleted()).toBe('');
    expect(lines.at(-1)).toBe(`kept in the cluster: TestRun ${NAME} in namespace perf`);
  });

  it('goes by the volume where one is named', async () => {
    let given: string | null = null;
    const { cluster } = await play(
      { looks: [FINISHED] },
      {
        run: clusterRun({ results: { to: 'volume', claim: 'results', make: null } }),
        merge: async (results) => {
          given = results;
          return merged('pass');
        },
      },
    );
    expect(given).toMatch(/results$/);
    expect(kinds(await cluster.applied())).toEqual(['ServiceAccount', 'Pod', 'TestRun']);
    const calls = (await cluster.calls()).map((call) => call.split(' ')[0]);
    expect(calls).toEqual(['apply', 'wait', 'cp', 'apply', 'get', 'get', 'cp', 'delete']);
  });

  it('makes the claim where one is asked for, and leaves it with what is on it', async () => {
    const make = { bytes: 2 ** 30, access: 'ReadWriteMany', storageClass: null } as const;
    const { cluster } = await play(
      { looks: [FINISHED] },
      { run: clusterRun({ results: { to: 'volume', claim: 'results', make } }) },
    );
    expect(kinds(await cluster.applied())).toEqual(['PersistentVolumeClaim', 'ServiceAccount', 'Pod', 'TestRun']);
    expect(kinds(await cluster.deleted())).toEqual(['TestRun', 'ServiceAccount', 'Pod']);
  });
});

describe('an instance that dies', () => {
  const DIED = { looks: [...STAGES, { stage: 'finished', pods: pods('ended', 'killed') }] };

  it('makes the run invalid, whatever the others measured', async () => {
    const { lines, outcome } = await play(DIED);
    expect(lines).toContain('instance 2 died: OOMKilled, exit code 137, at 2027-01-15T08:03:20Z');
    expect(outcome).not.toBeInstanceOf(Error);
    expect(exitCodeOfCluster(outcome as never)).toBe(3);
  });

  it('is told when its node has put it out', async () => {
    const { lines } = await play({ looks: [...STAGES, { stage: 'finished', pods: pods('evicted', 'ended') }] });
    expect(lines).toContain(
      'instance 1 died: Evicted: The node was low on resource: memory. Threshold quantity: 100Mi, available: 87Mi (ContainerStatusUnknown, exit code 137)',
    );
  });

  it.each([
    ['drained', 'EvictionByEvictionAPI: Eviction API: evicting (OOMKilled, exit code 143, at 2027-01-15T08:03:20Z)'],
    ['lost', 'NodeLost: Node worker-2 which was running pod is unresponsive'],
    ['killed inside', 'OOMKilled, exit code 0, at 2027-01-15T08:03:20Z'],
  ] as const)('is told of when it is %s', async (state, reason) => {
    const { lines, outcome } = await play({ looks: [...STAGES, { stage: 'finished', pods: pods('ended', state) }] });
    expect(lines).toContain(`instance 2 died: ${reason}`);
    expect(exitCodeOfCluster(outcome as never)).toBe(3);
  });

  it('and of which nothing is left is not taken for one that runs', async () => {
    const { lines, outcome } = await play({ looks: [...STAGES, { stage: 'finished', pods: pods('ended', null) }] });
    expect(lines).toContain('instance 2 died: its pod is gone, deleted by somebody or with its node');
    expect(exitCodeOfCluster(outcome as never)).toBe(3);
  });

  it('is not one that has ended beside a proxy that goes on', async () => {
    const { lines, outcome } = await play({
      looks: [{ stage: 'finished', pods: pods('ended', 'ended beside a proxy') }],
    });
    expect(lines).toContain('finished · 2 instances: 2 ended');
    expect(outcome).toMatchObject({ died: [] });
  });

  it('leaves a run that measured nothing when no other lived', async () => {
    const { outcome, cluster } = await play(DIED, {
      merge: async () => {
        throw new HeadroomError('RUN_NOT_FOUND', 'None.', 'None.');
      },
    });
    expect(outcome).toMatchObject({ code: 'INSTANCES_LOST', exitCode: 3 });
    expect(String(outcome)).toContain('instance 2 (OOMKilled, exit code 137');
    expect(kinds(await cluster.deleted())).toContain('TestRun');
  });

  it('before the load began ends it at once', async () => {
    const { outcome } = await play({ looks: [{ stage: 'created', pods: pods('running', 'killed') }] });
    expect(outcome).toMatchObject({ code: 'CLUSTER_RUN_FAILED', exitCode: 5 });
    expect(String(outcome)).toContain('instance 2 died before the load began');
    // The operator would wait for it for ever.
    const looks = [pods('running', 'running'), pods('running', null)].map((each) => ({ stage: 'created', pods: each }));
    expect(String((await play({ looks })).outcome)).toContain('instance 2 died before the load began (its pod is gone');
  });

  it('is not one that ended with a measurement that is invalid: the merge tells that', async () => {
    const { outcome } = await play({ looks: [{ stage: 'finished', pods: pods('ended', 'invalid') }] });
    expect(outcome).toMatchObject({ died: [] });
  });
});

describe('a run that comes to nothing', () => {
  it('has the words of the initializer', async () => {
    const { outcome, cluster } = await play({ looks: [STAGES[1] ?? FINISHED, { stage: 'error', pods: pods() }] });
    expect(outcome).toMatchObject({ code: 'CLUSTER_RUN_FAILED', exitCode: 5 });
    expect(String(outcome)).toContain('GoError: no such module');
    expect(kinds(await cluster.deleted())).toContain('TestRun');
  });

  it('because an image cannot be pulled is given up', async () => {
    const { outcome } = await play({ looks: [{ stage: 'created', pods: pods('no image', 'running') }] });
    expect(String(outcome)).toContain('instance 1 cannot start (ImagePullBackOff: Back-off pulling image');
  });

  it('because no node has room ends with its time', async () => {
    const { outcome } = await play(
      { looks: [{ stage: 'created', pods: pods('running', 'unschedulable') }] },
      { startSeconds: 0 },
    );
    expect(String(outcome)).toContain(
      'has not begun after 0 s (instance 2: 0/3 nodes are available: 3 Insufficient cpu.',
    );
  });

  it('because it does not end, ends with its time', async () => {
    const { outcome } = await play({ looks: STAGES.slice(3) }, { runSeconds: 0 });
    expect(String(outcome)).toContain('has not finished 0 s after its begin');
  });
});

describe('the cluster that is played', () => {
  it('has pods as Kubernetes has them', async () => {
    const { items } = pods(...POD_STATES);
    expect(items).toHaveLength(POD_STATES.length);
    expect(await problemsOf(yamlOf(items as never))).toEqual([]);
  });
});

describe('kubectl', () => {
  it('that is not there is one sentence', () => {
    expect(() => new Kubectl({ env: { PATH: '/nowhere' }, namespace: 'a', context: null })).toThrow(
      'There is no kubectl on the PATH.',
    );
  });

  it.each([
    [
      'apply --server-side',
      'error: resource mapping not found for name: "a" namespace: "b" from "STDIN": no matches for kind "TestRun" in version "k6.io/v1alpha1"',
      'Install k6-operator',
    ],
    [
      'apply --server-side',
      'Error from server (Forbidden): serviceaccounts is forbidden: User "ci" cannot patch resource',
      'rbac.yaml',
    ],
    ['apply --server-side', 'Error from server (NotFound): namespaces "perf" not found', 'Make the namespace'],
    [
      'get testruns.k6.io',
      'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?',
      'kubectl reaches the cluster',
    ],
  ])('%s that fails with %j is told, with what to do', async (words, complaint, remedy) => {
    const { outcome, cluster } = await play({ looks: STAGES, failures: { [words]: complaint } });
    expect(outcome).toMatchObject({ code: 'KUBECTL_FAILED', exitCode: 5 });
    expect((outcome as HeadroomError).message).toContain(complaint);
    expect((outcome as HeadroomError).remedy).toContain(remedy);
    expect(await cluster.deleted()).not.toBe('');
  });

  it('that cannot delete is told with how to', async () => {
    const { lines, outcome } = await play({
      looks: [FINISHED],
      failures: { delete: 'Unable to connect to the server: EOF' },
    });
    expect(outcome).toMatchObject({ run: { verdict: 'pass' } });
    expect(lines.at(-1)).toContain(`--selector app.kubernetes.io/instance=${NAME} --namespace perf`);
  });
});

it('takes away what it made when it is interrupted', async () => {
  const controller = new AbortController();
  const { outcome, cluster } = await play(
    { looks: STAGES },
    {
      signal: controller.signal,
      onProgress: (line) => {
        if (line.startsWith('started')) controller.abort(new Error('interrupted'));
      },
    },
  );
  expect(outcome).toBeInstanceOf(Error);
  expect(kinds(await cluster.deleted())).toEqual(['TestRun', 'ServiceAccount', 'ConfigMap']);
});
