import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { PINNED_K6 } from '../../src/k6/version.ts';
import { runnerDockerfile } from '../../src/k8s/dockerfile.ts';
import {
  type ClaimSpec,
  type ClusterRun,
  CONFIG_MAP_BYTES,
  claimOf,
  groundOf,
  rbacOf,
  testRunOf,
  yamlOf,
} from '../../src/k8s/manifests.ts';
import { clusterRun } from './manifests.ts';
import { problemsOf } from './schemas.ts';

const influx = clusterRun();
const volume = clusterRun({ results: { to: 'volume', claim: 'results', make: null }, slos: '[]' });

/** Manifests as a reader of YAML 1.1, as Kubernetes is one, has them. */
const read = (yaml: string) => parseAllDocuments(yaml, { version: '1.1' }).map((document) => document.toJS());

describe('manifests', () => {
  it.each([
    ['InfluxDB', influx],
    ['a volume', volume],
  ])('for results in %s are what Kubernetes takes', async (_, run) => {
    expect(await problemsOf(yamlOf(groundOf(run)))).toEqual([]);
    expect(await problemsOf(yamlOf(rbacOf(run)))).toEqual([]);
  });

  it('give the runners no right, and whoever starts them no more than they use', () => {
    const [account] = read(yamlOf(groundOf(influx)));
    expect(account).toMatchObject({ kind: 'ServiceAccount', automountServiceAccountToken: false });
    const rights = (run: ClusterRun): string[] =>
      read(yamlOf(rbacOf(run)))[1].rules.flatMap(({ resources, verbs }: { resources: string[]; verbs: string[] }) =>
        resources.map((resource) => `${resource}: ${verbs.join(' ')}`),
      );
    expect(rights(influx)).toEqual([
      'testruns: create get patch delete',
      'serviceaccounts: create get patch delete',
      'configmaps: create get patch delete',
      'pods: get list',
      'jobs: get',
      'pods/log: get',
    ]);
    expect(rights(volume)).toEqual([
      'testruns: create get patch delete',
      'serviceaccounts: create get patch delete',
      'pods: create get patch delete list watch',
      'jobs: get',
      'pods/log: get',
      'pods/exec: create get',
    ]);
  });
});

describe('a claim', () => {
  const made = (make: ClaimSpec): ClusterRun => clusterRun({ results: { to: 'volume', claim: 'results', make } });

  it.each([
    [{ bytes: 5 * 2 ** 30, access: 'ReadWriteMany', storageClass: null }],
    [{ bytes: 512 << 20, access: 'ReadWriteOnce', storageClass: 'nfs' }],
  ] as [ClaimSpec][])('that is asked for as %j is one that Kubernetes takes', async (make) => {
    const run = made(make);
    expect(await problemsOf(yamlOf(claimOf(run)))).toEqual([]);
    expect(await problemsOf(yamlOf(rbacOf(run)))).toEqual([]);
    expect(claimOf(run)).toMatchObject([
      {
        metadata: { name: 'results', namespace: 'perf' },
        spec: {
          accessModes: [make.access],
          resources: { requests: { storage: `${make.bytes / (1 << 20)}Mi` } },
        },
      },
    ]);
    expect(JSON.stringify(rbacOf(run))).toContain('persistentvolumeclaims');
  });

  it('that is there already is left alone', () => {
    expect(claimOf(volume)).toEqual([]);
    expect(claimOf(influx)).toEqual([]);
    expect(JSON.stringify(rbacOf(volume))).not.toContain('persistentvolumeclaims');
  });
});

describe('a bundle', () => {
  const ofSize = (bytes: number): ClusterRun =>
    clusterRun({ bundle: { file: 'load.js', text: 'x'.repeat(bytes - 'load.js'.length) } });

  it('fits a ConfigMap up to its last byte', () => {
    expect(() => groundOf(ofSize(CONFIG_MAP_BYTES))).not.toThrow();
  });

  it('that is larger goes on a volume', () => {
    expect(() => groundOf(ofSize(CONFIG_MAP_BYTES + 1))).toThrow('a ConfigMap holds 1 MiB at most');
    expect(() => groundOf(clusterRun({ bundle: { file: 'a.js', text: 'é'.repeat(CONFIG_MAP_BYTES / 2) } }))).toThrow(
      '1 MiB',
    );
    expect(() => groundOf({ ...ofSize(2 * CONFIG_MAP_BYTES), results: volume.results })).not.toThrow();
  });

  it('comes out of the YAML as it went in', () => {
    const text = '"use strict";\n\t// yes: no # \r\n---\n- $(RATE) $$ \u2028 \\n é\n\n';
    expect(read(yamlOf(groundOf(clusterRun({ bundle: { file: 'load.js', text } }))))[1].data['load.js']).toBe(text);
  });
});

describe('settings', () => {
  const HOSTILE = [
    'yes',
    'off',
    '1e3',
    '0o17',
    '012',
    'null',
    '~',
    '',
    ' a ',
    'a: b',
    '# c',
    "it's",
    '"q"',
    'a\nb\n',
    '{x}',
    '*a',
    '&b',
    '!c',
    '%d',
    '@e',
    '`f',
    '=',
    '<<',
    '2027-01-15',
    '1:30:00',
    '$(SEED)',
    '$$',
    '$5',
    'a$',
  ];

  it('arrive as the strings that they are', () => {
    const settings = Object.fromEntries(HOSTILE.map((value, i) => [`S${i}`, value]));
    const [{ spec }] = read(yamlOf(testRunOf(clusterRun({ settings, tags: { odd: HOSTILE.join() } }))));
    const env = new Map<string, unknown>(
      spec.runner.env.map(({ name, value }: { name: string; value: unknown }) => [name, value]),
    );
    for (const [i, value] of HOSTILE.entries()) expect(kubeletReads(env.get(`S${i}`))).toBe(value);
    expect(JSON.parse(kubeletReads(env.get('HEADROOM_TAGS')))).toEqual({ odd: HOSTILE.join() });
  });
});

/** As the kubelet expands a value (third_party/forked/golang/expansion of Kubernetes) where no variable is known. */
function kubeletReads(value: unknown): string {
  expect(value).toBeTypeOf('string');
  return String(value).replaceAll(/\$(\$|\([^)]*\))?/g, (all, next) =>
    next === '$' ? '$' : next === undefined ? all : 'expanded',
  );
}

describe('a TestRun', () => {
  const specOf = (changes: Partial<ClusterRun> = {}) => read(yamlOf(testRunOf(clusterRun(changes))))[0].spec;

  it('leaves the flags of k6 to the operator', () => {
    expect(specOf()).not.toHaveProperty('arguments');
    expect(specOf()).not.toHaveProperty('args');
    expect(specOf()).not.toHaveProperty('paused');
  });

  it('waits for a runner that hands its results over, where the operator would kill it after 30 seconds', () => {
    const { livenessProbe } = specOf().runner;
    expect(livenessProbe.periodSeconds * livenessProbe.failureThreshold).toBe(600);
  });

  it('names the secret and does not hold it', () => {
    const { runner, initializer } = specOf({ results: { to: 'influx', url: 'http://i:8086/h', secret: 'influx' } });
    expect(runner.envFrom).toEqual([{ secretRef: { name: 'influx' } }]);
    expect(initializer).not.toHaveProperty('envFrom');
  });

  it('takes the bundle from the volume, and leaves the results there', () => {
    const { script, runner } = specOf({ results: volume.results, slos: '[]' });
    expect(script).toEqual({ volumeClaim: { name: 'results', file: `${influx.name}/load.js` } });
    expect(runner.env).toContainEqual({ name: 'HEADROOM_OUT', value: `/results/${influx.name}/results` });
    expect(runner.env).toContainEqual({ name: 'HEADROOM_SLO', value: `/test/${influx.name}/slo.json` });
    expect(runner.volumes).toContainEqual({ name: 'results', persistentVolumeClaim: { claimName: 'results' } });
  });
});

it('the runners’ image takes k6 from its makers, at the version that Headroom drives, and is called by its name', () => {
  const lines = runnerDockerfile().split('\n');
  // The digest is that of this version: another needs another.
  expect(PINNED_K6).toBe('2.2.0');
  expect(lines.find((line) => line.startsWith('FROM grafana/k6'))).toMatch(
    /^FROM grafana\/k6:2\.2\.0@sha256:9bd01d69[0-9a-f]{56} AS k6$/,
  );
  expect(lines).toContain('COPY --from=k6 /usr/bin/k6 /opt/k6/k6');
  expect(lines).toContain('ENV K6_PATH=/opt/k6/k6');
  expect(lines.find((line) => line.startsWith('RUN'))).toContain(
    'ln -s /opt/headroom/dist/cli/k6.js /usr/local/bin/k6',
  );
  expect(lines.findLast((line) => line.startsWith('USER'))).toBe('USER 1000:1000');
});
