/** What kustomize makes of deploy/k8s. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { serviceProgram } from '../setup/services.ts';
import { ROOT, textOf } from './stack.ts';

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
const labels = z.record(z.string(), z.string());
const selector = z.strictObject({ matchLabels: labels.default({}) });

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: z.string() }).optional(),
  exec: z.strictObject({ command: z.array(z.string()) }).optional(),
  periodSeconds: z.number(),
  timeoutSeconds: z.number(),
  failureThreshold: z.number(),
});
const amounts = z.strictObject({ cpu: z.string(), memory: z.string() });

const containerSchema = z.strictObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })),
  env: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().optional(),
      valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }).optional(),
    }),
  ),
  lifecycle: z.strictObject({ preStop: z.strictObject({ sleep: z.strictObject({ seconds: z.number() }) }) }).optional(),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.strictObject({ requests: amounts, limits: amounts }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() })),
});
export type Container = z.infer<typeof containerSchema>;

const volume = z.union([
  z.strictObject({
    name: z.string(),
    emptyDir: z.strictObject({ sizeLimit: z.string(), medium: z.literal('Memory').optional() }),
  }),
  z.strictObject({
    name: z.string(),
    configMap: z.strictObject({
      name: z.string(),
      items: z.array(z.strictObject({ key: z.string(), path: z.string() })),
    }),
  }),
]);

/** What every pod has; a key that is not here is a mistake. */
const podSchema = z.strictObject({
  serviceAccountName: z.string().optional(),
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.number().positive(),
    runAsGroup: z.number().positive(),
    fsGroup: z.number().positive().optional(),
    fsGroupChangePolicy: z.literal('OnRootMismatch').optional(),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  topologySpreadConstraints: z.array(z.looseObject({ topologyKey: z.string(), labelSelector: selector })).default([]),
  containers: z.tuple([containerSchema]),
  volumes: z.array(volume).default([]),
});

const workloadSchema = z.object({
  kind: z.enum(['Deployment', 'StatefulSet']),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.object({
    replicas: z.number().optional(),
    serviceName: z.string().optional(),
    strategy: z
      .object({ rollingUpdate: z.object({ maxSurge: z.number(), maxUnavailable: z.number() }).optional() })
      .default({}),
    selector,
    template: z.object({ metadata: z.object({ labels }), spec: podSchema }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.object({ name: z.string() }) })).default([]),
  }),
});
export type Workload = z.infer<typeof workloadSchema>;

const peer = z.strictObject({ namespaceSelector: selector.optional(), podSelector: selector.optional() });
const policyPort = z.strictObject({ port: z.union([z.string(), z.number()]), protocol: z.string().default('TCP') });
const policySchema = z.object({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.strictObject({
    podSelector: selector.default({ matchLabels: {} }),
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.strictObject({ from: z.array(peer), ports: z.array(policyPort) })).default([]),
    egress: z.array(z.strictObject({ to: z.array(peer), ports: z.array(policyPort) })).default([]),
  }),
});
export type Policy = z.infer<typeof policySchema>;

const serviceSchema = z.object({
  metadata: z.looseObject({ name: z.string(), labels: labels.default({}) }),
  spec: z.object({
    clusterIP: z.string().optional(),
    selector: labels,
    ports: z.array(z.object({ name: z.string(), port: z.number(), targetPort: z.string() })),
  }),
});
const disruptionSchema = z.object({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ maxUnavailable: z.number(), selector }),
});
const autoscalerSchema = z.object({
  spec: z.object({
    scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
    minReplicas: z.number(),
    maxReplicas: z.number(),
    metrics: z.array(
      z.looseObject({ type: z.string(), pods: z.looseObject({ metric: z.object({ name: z.string() }) }).optional() }),
    ),
  }),
});
const monitorSchema = z.object({
  spec: z.object({
    selector,
    endpoints: z.array(z.looseObject({ port: z.string(), path: z.string() })),
  }),
});

/** What a kustomization makes, by kind. */
export interface Manifests {
  text: string;
  /** Every object, as it is applied. */
  objects: z.infer<typeof objectSchema>[];
  workloads: Workload[];
  services: z.infer<typeof serviceSchema>[];
  policies: Policy[];
  disruption: z.infer<typeof disruptionSchema>[];
  autoscalers: z.infer<typeof autoscalerSchema>[];
  monitors: z.infer<typeof monitorSchema>[];
}

/** Rows of the table of combinations in the documentation: name and components. */
export const COMBINATIONS: [name: string, components: string[]][] = (() => {
  const [, rows = ''] =
    /\| combination .*\n\|[-| ]+\|\n((?:\|.*\n)+)/.exec(textOf('docs/reference/kubernetes.md')) ?? [];
  return rows
    .trim()
    .split('\n')
    .map((row) => {
      const [, name = '', components = ''] = row.split('|').map((cell) => cell.trim());
      return [name, [...components.matchAll(/`([^`]+)`/g)].map(([, component = '']) => component)];
    });
})();

/** A copy of deploy/k8s with the files that each user makes. */
const folder = mkdtempSync(join(tmpdir(), 'headroom-k8s-'));
cpSync(`${ROOT}deploy/k8s`, folder, { recursive: true });
const secrets = textOf('deploy/k8s/overlays/rehearsal/secrets.env.example');
writeFileSync(join(folder, 'overlays/rehearsal/secrets.env'), secrets.replaceAll(/=$/gm, '=chosen'));

/** The keys of the Secret that the app wants. */
export const SECRET_KEYS = [...secrets.matchAll(/^([\w-]+)=/gm)].map(([, key = '']) => key);

export const removeCopy = (): void => rmSync(folder, { recursive: true, force: true });

function kustomize(path: string): string {
  const program = serviceProgram('kustomize') ?? '';
  const subcommand = program.endsWith('kubectl') ? 'kustomize' : 'build';
  return execFileSync(program, [subcommand, join(folder, path)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Builds a folder of deploy/k8s. */
export const build = (path: string): Manifests => manifestsIn(kustomize(path));

/** What a text of YAML documents has. */
export function manifestsIn(text: string): Manifests {
  const objects = parseAllDocuments(text).map((document) => objectSchema.parse(document.toJS()));
  const of = <T extends z.ZodType>(schema: T, ...kinds: string[]): z.output<T>[] =>
    objects.filter(({ kind }) => kinds.includes(kind)).map((object) => schema.parse(object));
  return {
    text,
    objects,
    workloads: of(workloadSchema, 'Deployment', 'StatefulSet'),
    services: of(serviceSchema, 'Service'),
    policies: of(policySchema, 'NetworkPolicy'),
    disruption: of(disruptionSchema, 'PodDisruptionBudget'),
    autoscalers: of(autoscalerSchema, 'HorizontalPodAutoscaler'),
    monitors: of(monitorSchema, 'ServiceMonitor'),
  };
}

/** Builds the base with these components. */
export function combine(components: readonly string[]): Manifests {
  const name = `combination-${components.join('-') || 'none'}`;
  mkdirSync(join(folder, name), { recursive: true });
  const list = components.map((component) => `\n  - ../components/${component}`).join('');
  writeFileSync(
    join(folder, name, 'kustomization.yaml'),
    `namespace: booking\nresources:\n  - ../base\ncomponents:${list === '' ? ' []' : list}\n`,
  );
  return build(name);
}
