import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionsTo } from '../../reference-app/databases.ts';
import { planOf } from '../../reference-app/fleet/plan.ts';
import { parseSwitches, variableOf } from '../../reference-app/index.ts';
import { switchesSchema } from '../../reference-app/switches.ts';
import { problemsOf } from '../k8s/schemas.ts';
import { type AppProcess, spawnApp } from '../reference-app/app-process.ts';
import { flowsIn, matches } from './flows.ts';
import {
  build,
  COMBINATIONS,
  type Container,
  combine,
  type Manifests,
  manifestsIn,
  removeCopy,
  SECRET_KEYS,
} from './kustomize.ts';
import { adapter } from './prometheus-adapter.ts';
import { ROOT, textOf } from './stack.ts';

afterAll(removeCopy);

/** The time that the app gives databases to answer a readiness probe. */
const READINESS_DEADLINE_SECONDS = 1;
/** PostgreSQL keeps some connections for its superuser (superuser_reserved_connections). */
const RESERVED_CONNECTIONS = 3;

/** Each combination, and what kustomize makes of it. */
const built: [name: string, made: Manifests][] = [
  ...COMBINATIONS.map(([name, components]): [string, Manifests] => [name, combine(components)]),
  ['overlay rehearsal', build('overlays/rehearsal')],
  ['overlay large', build('overlays/large')],
];

const workload = ({ workloads }: Manifests, name: string) => {
  const found = workloads.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`there is no workload ${name}`);
  return found;
};
const containerOf = (made: Manifests, name = 'booking'): Container =>
  workload(made, name).spec.template.spec.containers[0];

/** Variables as the container gets them: Kubernetes puts in those that stand before. */
function environmentOf({ env }: Container): Record<string, string> {
  const known: Record<string, string> = {};
  for (const { name, value } of env) {
    known[name] = (value ?? 'secret').replaceAll(/\$\((\w+)\)/g, (whole, used: string) => known[used] ?? whole);
  }
  return known;
}
const switchesOf = (made: Manifests) => parseSwitches(containerOf(made).args, environmentOf(containerOf(made)));
const urlsIn = (list: string | undefined): URL[] => (list ? list.split(',').map((url) => new URL(url)) : []);

describe('the combinations of docs/reference/kubernetes.md', () => {
  it('use every component', () => {
    const folders = globSync('*', { cwd: `${ROOT}deploy/k8s/components` });
    expect(new Set(COMBINATIONS.flatMap(([, components]) => components))).toEqual(new Set(folders));
  });

  it('have their largest as an overlay', () => {
    const objects = Object.fromEntries(built.map(([name, made]) => [name, made.objects]));
    expect(objects['overlay large']).toEqual(objects.everything);
  });
});

describe.each(built)('%s', (_, made) => {
  it('is what the schemas of Kubernetes and of the Prometheus operator allow', async () => {
    expect(await problemsOf(made.text)).toEqual([]);
  });

  it('is all in the namespace, which takes no pod that wants privileges', () => {
    const [namespace] = made.objects.filter(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata).toMatchObject({ labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    for (const object of made.objects) {
      if (object !== namespace) expect(object.metadata.namespace).toBe(namespace?.metadata.name);
    }
  });

  it('gives the app switches that it knows, and nothing that it does not read', () => {
    const container = containerOf(made);
    const environment = environmentOf(container);
    const { port, host } = switchesOf(made);
    expect([port, host]).toEqual([container.ports[0]?.containerPort, '0.0.0.0']);
    const switches = Object.keys(switchesSchema.shape).map(variableOf);
    const main = textOf('reference-app/main.ts');
    const used = container.env.map(({ value }) => value ?? '').join();
    for (const name of Object.keys(environment)) {
      expect(switches.includes(name) || main.includes(`env.${name}`) || used.includes(`$(${name})`), name).toBe(true);
    }
    expect(Object.values(environment).join()).not.toContain('$(');
  });

  it('has as many databases and replicas as the app wants, where it looks for them', () => {
    const { shards, replicas, cache } = switchesOf(made);
    const { DATABASE_URLS, REPLICA_URLS, REDIS_URL } = environmentOf(containerOf(made));
    const [primaries, standbys] = [urlsIn(DATABASE_URLS), urlsIn(REPLICA_URLS)];
    expect(primaries).toHaveLength(Number(shards));
    expect(standbys).toHaveLength(Number(shards) * Number(replicas));
    expect(urlsIn(REDIS_URL)).toHaveLength(cache === 'redis' ? 1 : 0);
    for (const [name, urls] of [
      ['postgres', primaries],
      ['postgres-replica', standbys],
    ] as const) {
      if (urls.length === 0) continue;
      const { spec } = workload(made, name);
      expect(spec.replicas).toBe(urls.length);
      const expected = Array.from(
        { length: urls.length },
        (_each, index) => `${name}-${index}.${spec.serviceName}:5432`,
      );
      expect(urls.map(({ host }) => host)).toEqual(expected);
      const { POSTGRES_DB, POSTGRES_USER } = environmentOf(containerOf(made, 'postgres'));
      for (const url of urls) expect([url.username, url.pathname]).toEqual([POSTGRES_USER, `/${POSTGRES_DB}`]);
    }
    const names = made.services.map(({ metadata }) => metadata.name);
    for (const { hostname } of [...primaries, ...standbys, ...urlsIn(REDIS_URL)]) {
      expect(names).toContain(hostname.split('.').at(-1));
    }
  });

  it('never opens more connections than a database allows', () => {
    const { spec } = workload(made, 'booking');
    const pods = made.autoscalers[0]?.spec.maxReplicas ?? spec.replicas ?? Number.NaN;
    const switches = switchesOf(made);
    const { primary, members } = planOf(switches);
    const each = connectionsTo([primary, ...members.map(({ uses }) => uses)], switches);
    const all = (pods + (spec.strategy.rollingUpdate?.maxSurge ?? Number.NaN)) * each;
    for (const name of ['postgres', 'postgres-replica']) {
      if (!made.workloads.some(({ metadata }) => metadata.name === name)) continue;
      const [, allowed] = /max_connections=(\d+)/.exec(containerOf(made, name).args.join(' ')) ?? [];
      expect(all).toBeLessThanOrEqual(Number(allowed) - RESERVED_CONNECTIONS);
    }
  });

  it('lets the app drain before it is killed, and its databases answer before it is not ready', () => {
    const { terminationGracePeriodSeconds } = workload(made, 'booking').spec.template.spec;
    const { lifecycle, readinessProbe, livenessProbe } = containerOf(made);
    const switches = switchesOf(made);
    const sleep = lifecycle?.preStop.sleep.seconds ?? 0;
    expect(sleep).toBeGreaterThan(0);
    // The gateway's requests end first, then those of its contexts.
    const draining = (switches['drain-delay'] + 2 * switches['drain-timeout']) / 1000;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(sleep + draining + 5);
    expect(readinessProbe.timeoutSeconds).toBeGreaterThan(READINESS_DEADLINE_SECONDS);
    expect(livenessProbe.httpGet?.path).not.toBe(readinessProbe.httpGet?.path);
  });

  it('pins its images, bounds its pods, and mounts what there is', () => {
    for (const { spec } of made.workloads) {
      const { containers, volumes } = spec.template.spec;
      const [container] = containers;
      expect(container.image).toMatch(/^[a-z-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
      expect(container.resources.requests).toEqual(container.resources.limits);
      const claims = spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
      const mounted = container.volumeMounts.map(({ name }) => name).sort();
      expect(mounted).toEqual([...volumes.map(({ name }) => name), ...claims].sort());
      for (const each of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
        expect(Number(each.httpGet !== undefined) + Number(each.exec !== undefined)).toBe(1);
        if (each.httpGet) expect(container.ports.map(({ name }) => name)).toContain(each.httpGet.port);
      }
    }
  });

  it('takes its secrets from the one Secret', () => {
    for (const { valueFrom, value, name } of made.workloads.flatMap(
      ({ spec }) => spec.template.spec.containers[0].env,
    )) {
      if (valueFrom) {
        expect(valueFrom.secretKeyRef.name).toMatch(/^booking(-[a-z0-9]+)?$/);
        expect(SECRET_KEYS).toContain(valueFrom.secretKeyRef.key);
      } else if (/PASSWORD|AUTH/.test(name)) expect(value).toMatch(/^\$\(\w+\)$/);
    }
  });

  it('selects by each Service and each PodDisruptionBudget the pods of one workload, and leaves none out', () => {
    const selected = (matchLabels: Record<string, string>) =>
      made.workloads.filter(({ spec }) => matches({ matchLabels }, spec.template.metadata.labels));
    for (const { spec } of made.services) {
      const [only, ...others] = selected(spec.selector);
      expect([only === undefined, others]).toEqual([false, []]);
      const ports = only?.spec.template.spec.containers[0].ports.map(({ name }) => name);
      for (const { targetPort } of spec.ports) expect(ports).toContain(targetPort);
    }
    for (const { metadata, spec } of made.workloads) {
      expect(matches(spec.selector, spec.template.metadata.labels)).toBe(true);
      for (const each of spec.template.spec.topologySpreadConstraints) {
        expect(matches(each.labelSelector, spec.template.metadata.labels)).toBe(true);
      }
      const budgets = made.disruption.filter((each) => matches(each.spec.selector, spec.template.metadata.labels));
      expect(budgets.map((each) => each.metadata.name)).toEqual([metadata.name]);
    }
    expect(made.disruption.flatMap(({ spec }) => selected(spec.selector.matchLabels))).toHaveLength(
      made.workloads.length,
    );
  });

  it('lets nothing speak that need not', () => {
    const { replicas, cache } = switchesOf(made);
    const needed = ['load > booking:8080', 'booking > postgres:5432', 'booking > dns:53'];
    if (replicas === '1') {
      needed.push('booking > postgres-replica:5432', 'postgres-replica > postgres:5432', 'postgres-replica > dns:53');
    }
    if (cache === 'redis') needed.push('booking > redis:6379');
    if (made.monitors.length > 0) needed.push('prometheus > booking:8080');
    expect(flowsIn(made).sort()).toEqual(needed.sort());
  });

  it('is scaled by what is there', () => {
    const { spec } = workload(made, 'booking');
    expect(made.autoscalers.length).toBeLessThanOrEqual(1);
    // Two that decide would fight.
    expect(made.autoscalers.length).toBe(spec.replicas === undefined ? 1 : 0);
    if (switchesOf(made).cache === 'memory') expect(spec.replicas).toBe(1);
    for (const { spec: scaling } of made.autoscalers) {
      expect(scaling.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: 'booking' });
      expect(scaling.minReplicas).toBeLessThan(scaling.maxReplicas);
      const metrics = scaling.metrics.flatMap(({ pods }) => pods?.metric.name ?? []);
      for (const name of metrics) expect(adapter.rules.map((rule) => rule.name.as)).toContain(name);
      if (metrics.length > 0) expect(made.monitors).toHaveLength(1);
    }
  });

  it('is scraped where it listens', () => {
    for (const { spec } of made.monitors) {
      const services = made.services.filter(({ metadata }) => matches(spec.selector, metadata.labels));
      expect(services.map(({ metadata }) => metadata.name)).toEqual(['booking']);
      for (const { port } of spec.endpoints) expect(services[0]?.spec.ports.map(({ name }) => name)).toContain(port);
    }
  });
});

it('a ServiceMonitor with a field that it does not have is found', async () => {
  const { text } = combine(['monitoring']);
  expect(await problemsOf(text.replace('jobLabel:', 'jobLable:'))).toEqual([
    expect.stringContaining('jobLable is no field of it'),
  ]);
  expect(await problemsOf(text.replace('interval: 15s', 'interval: 15'))).not.toEqual([]);
});

describe('blue and green', () => {
  const made = build('blue-green');
  const live = manifestsIn(textOf('deploy/k8s/blue-green/live.yaml'));

  it('are what the schemas of Kubernetes allow', async () => {
    expect(await problemsOf(made.text)).toEqual([]);
    expect(await problemsOf(live.text)).toEqual([]);
  });

  it('are the app of the base, twice, of which neither serves anybody yet', () => {
    const [base] = combine([]).workloads;
    for (const slot of ['blue', 'green']) {
      const { spec } = workload(made, `booking-${slot}`);
      expect(spec.replicas).toBe(0);
      expect(spec.selector.matchLabels.slot).toBe(slot);
      expect(spec.template.spec.containers).toEqual(base?.spec.template.spec.containers);
      const own = made.services.find(({ metadata }) => metadata.name === `booking-${slot}`);
      expect(own?.spec.selector).toEqual(spec.selector.matchLabels);
      const budget = made.disruption.find(({ metadata }) => metadata.name === `booking-${slot}`);
      expect(budget?.spec.selector.matchLabels).toMatchObject({ 'app.kubernetes.io/name': 'booking', slot });
    }
  });

  it('speak to what the app speaks to, and not to each other', () => {
    const each = ['blue', 'green'].flatMap((slot) => [
      `load > booking-${slot}:8080`,
      `booking-${slot} > postgres:5432`,
      `booking-${slot} > dns:53`,
    ]);
    expect(flowsIn(made).sort()).toEqual(each.sort());
  });

  it('are chosen from by the one label that the rollout sets, in a Service that applying them leaves alone', () => {
    const [service] = live.services;
    expect(made.services.map(({ metadata }) => metadata.name)).not.toContain(service?.metadata.name);
    const chosen = (slot: string) =>
      made.workloads
        .filter(({ spec }) =>
          matches({ matchLabels: { ...service?.spec.selector, slot } }, spec.template.metadata.labels),
        )
        .map(({ metadata }) => metadata.name);
    expect([chosen('none'), chosen('blue'), chosen('green')]).toEqual([[], ['booking-blue'], ['booking-green']]);
  });
});

describe('the app, started with the variables of the base', () => {
  const base = combine([]);
  const container = containerOf(base);
  let app: AppProcess;
  let url: string;
  beforeAll(async () => {
    const { DATABASE_URLS: _, ...environment } = environmentOf(container);
    // On a database of its own and a free port of this machine; the rest as in the pod.
    const here = { HEADROOM_APP_HOST: '127.0.0.1', HEADROOM_APP_PORT: '0', HEADROOM_APP_DRAIN_DELAY: '0' };
    const world = ['--users', '320', '--sitters', '320'];
    app = await spawnApp([...container.args, ...world], { ...environment, ...here });
    ({ url } = await app.ready());
  });
  afterAll(async () => {
    app?.child.kill('SIGTERM');
    expect(await app?.ended).toMatchObject({ code: 0 });
    await app?.remove();
  });

  it('answers the probes', async () => {
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    for (const { httpGet } of probes) {
      const { status } = await fetch(`${url}${httpGet?.path}`, { signal: AbortSignal.timeout(20_000) });
      expect(status, httpGet?.path).toBe(200);
    }
  });

  it('has the metrics and labels that the rules of prometheus-adapter ask for, where it is scraped', async () => {
    await fetch(`${url}/sitters`);
    const { monitors } = combine(['monitoring']);
    const path = monitors[0]?.spec.endpoints[0]?.path;
    const samples = (await (await fetch(url + path)).text()).split('\n');
    for (const rule of adapter.rules) {
      const [series = ''] = /^\w+/.exec(rule.seriesQuery) ?? [];
      const ofSeries = samples.filter((line) => line.startsWith(`${series}{`));
      expect(ofSeries, series).not.toEqual([]);
      const [, label = '', pattern = ''] = /,(\w+)!~"([^"]+)"/.exec(rule.metricsQuery) ?? [];
      const values = ofSeries.map((line) => new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1]);
      expect(values).not.toContain(undefined);
      // Some are left out, and some are not.
      const left = new Set(values.map((value) => new RegExp(`^(${pattern})$`).test(value ?? '')));
      expect(left.size, pattern).toBe(2);
    }
  });
});
