/** Who may speak to whom, as NetworkPolicies have it. */
import type { Manifests, Policy, Workload } from './kustomize.ts';

type Labels = Readonly<Record<string, string>>;

/** Pods that are alike: those of a workload, or of another namespace. */
export interface Party {
  name: string;
  labels: Labels;
  namespace: Labels;
  ports: { name: string; number: number }[];
}

const OURS = { 'kubernetes.io/metadata.name': 'booking' };

const partyOf = ({ metadata, spec }: Workload): Party => ({
  name: metadata.name,
  labels: spec.template.metadata.labels,
  namespace: OURS,
  ports: spec.template.spec.containers.flatMap(({ ports }) =>
    ports.map(({ name, containerPort }) => ({ name, number: containerPort })),
  ),
});

/** Those that a cluster has beside ours, and one that nobody knows. */
const OTHERS: Party[] = [
  { name: 'load', labels: { app: 'k6' }, namespace: { 'booking-client': 'allowed' }, ports: [] },
  {
    name: 'prometheus',
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    namespace: { 'kubernetes.io/metadata.name': 'monitoring' },
    ports: [],
  },
  {
    name: 'dns',
    labels: { 'k8s-app': 'kube-dns' },
    namespace: { 'kubernetes.io/metadata.name': 'kube-system' },
    ports: [{ name: 'dns', number: 53 }],
  },
  { name: 'stranger', labels: {}, namespace: {}, ports: [{ name: 'http', number: 8080 }] },
  { name: 'stray', labels: { app: 'stray' }, namespace: OURS, ports: [{ name: 'http', number: 8080 }] },
];

export const matches = (selector: { matchLabels: Labels } | undefined, labels: Labels): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);

type Rule = { peers: Policy['spec']['ingress'][number]['from']; ports: Policy['spec']['ingress'][number]['ports'] };

const isPeer = ({ peers }: Rule, { labels, namespace }: Party): boolean =>
  peers.some(
    ({ namespaceSelector, podSelector }) =>
      (namespaceSelector === undefined ? namespace === OURS : matches(namespaceSelector, namespace)) &&
      matches(podSelector, labels),
  );

function allowed(policies: readonly Policy[], from: Party, to: Party, port: Party['ports'][number]): boolean {
  const concerns = ({ ports }: Rule) =>
    ports.some((each) => each.protocol === 'TCP' && (each.port === port.number || each.port === port.name));
  const direction = (at: Party, other: Party, type: 'Ingress' | 'Egress', rules: (policy: Policy) => Rule[]) => {
    if (at.namespace !== OURS) return true;
    const own = policies.filter(({ spec }) => spec.policyTypes.includes(type) && matches(spec.podSelector, at.labels));
    return own.length === 0 || own.flatMap(rules).some((rule) => isPeer(rule, other) && concerns(rule));
  };
  return (
    direction(from, to, 'Egress', ({ spec }) => spec.egress.map(({ to: peers, ports }) => ({ peers, ports }))) &&
    direction(to, from, 'Ingress', ({ spec }) => spec.ingress.map(({ from: peers, ports }) => ({ peers, ports })))
  );
}

/** Every pair that may speak, as `from > to:port`; pairs of which neither is ours are left out. */
export function flowsIn({ workloads, policies }: Manifests): string[] {
  const parties = [...workloads.map(partyOf), ...OTHERS];
  return parties.flatMap((from) =>
    parties.flatMap((to) =>
      (from.namespace === OURS || to.namespace === OURS ? to.ports : [])
        .filter((port) => allowed(policies, from, to, port))
        .map((port) => `${from.name} > ${to.name}:${port.number}`),
    ),
  );
}
