/** Manifests of a run on Kubernetes: pure. */
import { stringify } from 'yaml';
import { HeadroomError } from '../errors.ts';
import { RUNNER_ENV } from './runner.ts';

/** A run on a cluster, ready to be written down. */
export interface ClusterRun {
  /** Name of the TestRun, and id of the run. */
  name: string;
  namespace: string;
  parallelism: number;
  image: string;
  target: string;
  seed: number;
  /** Variables of the scenario: RATE, DURATION, … */
  settings: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  bundle: { file: string; text: string };
  /** The objectives as JSON; null: those of the scenario. */
  slos: string | null;
  results: /** Sent to InfluxDB as the pods reach it; user and token are in a secret that is there already. */
    | { to: 'influx'; url: string; secret: string | null }
    /** Written to a volume, from where the bundle comes too. */
    | { to: 'volume'; claim: string; make: ClaimSpec | null };
  /** What each pod asks for. */
  cpus: number;
  memoryBytes: number;
  /** Each pod on a node of its own. */
  separate: boolean;
}

/** A claim that is made; null: it is there already. */
export interface ClaimSpec {
  bytes: number;
  /** Pods on several nodes need ReadWriteMany, which not every storage class has. */
  access: 'ReadWriteMany' | 'ReadWriteOnce';
  /** Null: the cluster's default. */
  storageClass: string | null;
}

type Manifest = Record<string, unknown>;

/** A server takes no more in one ConfigMap, keys and values together (MaxSecretSize of Kubernetes). */
export const CONFIG_MAP_BYTES = 1 << 20;
const MEBIBYTE = 1 << 20;
/** Where k6-operator mounts the script. */
const SCRIPT_FOLDER = '/test';
const RESULTS_FOLDER = '/results';
/** Where the pod that copies to and from the volume has it. */
export const VOLUME_FOLDER = '/volume';
const SLO_FILE = 'slo.json';
/** User `node` of the image. */
const USER = 1000;
/** Seconds that a runner may take, when its k6 has ended, to write and send what it has measured. */
const HAND_OVER_SECONDS = 600;

const labels = ({ name }: ClusterRun): Record<string, string> => ({
  'app.kubernetes.io/name': 'headroom',
  'app.kubernetes.io/instance': name,
  'app.kubernetes.io/managed-by': 'headroom',
});

const metadata = (run: ClusterRun, name = run.name): Manifest => ({
  name,
  namespace: run.namespace,
  labels: labels(run),
});

const podSecurity = (user: number): Manifest => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: 'RuntimeDefault' },
});
const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** The kubelet makes `$(NAME)` the variable's value and `$$` a dollar sign. */
const literal = (value: string): string => value.replaceAll('$', '$$$$');

const variables = (values: Readonly<Record<string, string>>): Manifest[] =>
  Object.entries(values).map(([name, value]) => ({ name, value: literal(value) }));

/** Files that the pods are given, by name. */
export function filesOf({ bundle, slos }: ClusterRun): Record<string, string> {
  return { [bundle.file]: bundle.text, ...(slos === null ? {} : { [SLO_FILE]: slos }) };
}

/**
 * The bundle, as long as it fits.
 *
 * @throws HeadroomError BUNDLE_TOO_LARGE
 */
function configMap(run: ClusterRun): Manifest {
  const data = filesOf(run);
  const bytes = Object.entries(data).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  if (bytes > CONFIG_MAP_BYTES) {
    throw new HeadroomError(
      'BUNDLE_TOO_LARGE',
      `The bundle has ${(bytes / MEBIBYTE).toFixed(1)} MiB, and a ConfigMap holds 1 MiB at most.`,
      'Put it on a volume: --volume with the name of a claim, and --volume-size where there is none yet.',
    );
  }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(run), data };
}

/** The runners' account, which may do nothing: they talk to the target and to where results go, never to the cluster. */
const account = (run: ClusterRun): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: metadata(run),
  automountServiceAccountToken: false,
});

const scriptFolder = ({ results, name }: ClusterRun): string =>
  results.to === 'volume' ? `${SCRIPT_FOLDER}/${name}` : SCRIPT_FOLDER;

/** What both the runners and the initializer see of the script. */
const scriptVariables = ({ target, seed, settings }: ClusterRun): Record<string, string> => ({
  ...settings,
  [RUNNER_ENV.target]: target,
  [RUNNER_ENV.seed]: String(seed),
  HEADROOM: '1',
});

const quantityOf = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)}Mi`;

function testRun(run: ClusterRun): Manifest {
  const { results, name, tags } = run;
  const script =
    results.to === 'volume'
      ? { volumeClaim: { name: results.claim, file: `${name}/${run.bundle.file}` } }
      : { configMap: { name, file: run.bundle.file } };
  const pod = {
    image: run.image,
    serviceAccountName: name,
    automountServiceAccountToken: 'false',
    securityContext: podSecurity(USER),
    containerSecurityContext: containerSecurity,
    metadata: { labels: labels(run) },
  };
  const probe = (failureThreshold: number): Manifest => ({
    httpGet: { path: '/v1/status', port: 6565 },
    periodSeconds: 10,
    failureThreshold,
  });
  const runner = {
    ...pod,
    resources: {
      // No limit of CPU time: a generator that is throttled measures itself.
      requests: { cpu: String(run.cpus), memory: quantityOf(run.memoryBytes) },
      limits: { memory: quantityOf(run.memoryBytes) },
    },
    env: variables({
      ...scriptVariables(run),
      [RUNNER_ENV.runId]: name,
      [RUNNER_ENV.out]: results.to === 'volume' ? `${RESULTS_FOLDER}/${name}/results` : RESULTS_FOLDER,
      ...(run.slos === null ? {} : { [RUNNER_ENV.slo]: `${scriptFolder(run)}/${SLO_FILE}` }),
      ...(Object.keys(tags).length === 0 ? {} : { [RUNNER_ENV.tags]: JSON.stringify(tags) }),
      ...(results.to === 'influx' ? { [RUNNER_ENV.influx]: results.url } : {}),
    }),
    ...(results.to === 'influx' && results.secret !== null
      ? { envFrom: [{ secretRef: { name: results.secret } }] }
      : {}),
    volumes: [
      { name: 'tmp', emptyDir: {} },
      {
        name: 'results',
        ...(results.to === 'volume' ? { persistentVolumeClaim: { claimName: results.claim } } : { emptyDir: {} }),
      },
    ],
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'results', mountPath: RESULTS_FOLDER },
    ],
    readinessProbe: probe(3),
    // The operator's own would kill a runner whose k6 has ended while it still hands its results over.
    livenessProbe: probe(HAND_OVER_SECONDS / 10),
  };
  const initializer = {
    ...pod,
    env: variables(scriptVariables(run)),
    volumes: [{ name: 'tmp', emptyDir: {} }],
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  };
  const starter = {
    serviceAccountName: name,
    automountServiceAccountToken: 'false',
    // User `nonroot` of the operator's starter image.
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containerSecurityContext: containerSecurity,
  };
  return {
    apiVersion: 'k6.io/v1alpha1',
    kind: 'TestRun',
    metadata: metadata(run),
    spec: {
      parallelism: run.parallelism,
      script,
      ...(run.separate ? { separate: true } : {}),
      initializer,
      starter,
      runner,
    },
  };
}

/** The pod through which files go to the volume and come back. */
export const filesPodName = (name: string): string => `${name}-files`;

function filesPod(run: ClusterRun, claim: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(run, filesPodName(run.name)),
    spec: {
      serviceAccountName: run.name,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      securityContext: podSecurity(USER),
      containers: [
        {
          name: 'files',
          image: run.image,
          command: ['sleep', 'infinity'],
          securityContext: containerSecurity,
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          volumeMounts: [{ name: 'volume', mountPath: VOLUME_FOLDER }],
        },
      ],
      volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: claim } }],
    },
  };
}

/** The claim of the volume, where it is to be made. It stays, with what is on it: other runs may use it. */
export function claimOf({ results, namespace }: Pick<ClusterRun, 'results' | 'namespace'>): Manifest[] {
  if (results.to !== 'volume' || results.make === null) return [];
  const { bytes, access, storageClass } = results.make;
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: results.claim, namespace, labels: { 'app.kubernetes.io/name': 'headroom' } },
      spec: {
        accessModes: [access],
        ...(storageClass === null ? {} : { storageClassName: storageClass }),
        resources: { requests: { storage: quantityOf(bytes) } },
      },
    },
  ];
}

/** What is applied before the TestRun, in this order. */
export function groundOf(run: ClusterRun): Manifest[] {
  const { results } = run;
  return [account(run), results.to === 'volume' ? filesPod(run, results.claim) : configMap(run)];
}

/** The TestRun. */
export function testRunOf(run: ClusterRun): Manifest[] {
  return [testRun(run)];
}

/**
 * What whoever starts runs by `headroom k8s run` must be allowed, as of a CI job with an account of its own. A namespace's
 * administrator applies it once.
 */
export function rbacOf({ namespace, results }: Pick<ClusterRun, 'namespace' | 'results'>): Manifest[] {
  const name = 'headroom';
  const about = { name, namespace, labels: { 'app.kubernetes.io/name': name } };
  const verbs = ['create', 'get', 'patch', 'delete'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: about },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: about,
      rules: [
        { apiGroups: ['k6.io'], resources: ['testruns'], verbs },
        {
          apiGroups: [''],
          resources: ['serviceaccounts', ...(results.to === 'volume' ? [] : ['configmaps'])],
          verbs,
        },
        {
          apiGroups: [''],
          resources: ['pods'],
          verbs: results.to === 'volume' ? [...verbs, 'list', 'watch'] : ['get', 'list'],
        },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
        ...(results.to === 'volume' ? [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] }] : []),
        ...(results.to === 'volume' && results.make !== null
          ? [{ apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['create', 'get', 'patch'] }]
          : []),
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: about,
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    },
  ];
}

/**
 * Manifests as YAML that readers of YAML 1.1, as Kubernetes' are, and of 1.2 read alike: a string that one of them would take
 * for something else stands in quotes.
 */
export function yamlOf(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => stringify(manifest, { version: '1.1', lineWidth: 0 })).join('---\n');
}
