import { existsSync, globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseSwitches } from '../../reference-app/index.ts';
import { generatedDashboards, queriesOf } from '../dashboards/read.ts';
import { addressesIn, compose, mountsOf, ROOT, textOf } from './stack.ts';

/** The variants of the booking app. */
const APPS = ['app', 'app-sharded', 'app-replicated'];

const services = Object.entries(compose.services);
const serviceOf = (name: string) => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return service;
};

/** `postgres-1:5432` for each port that a service listens on. */
const listening = new Set(services.flatMap(([name, { expose }]) => expose.map((port) => `${name}:${port}`)));
const isLocal = (address: string): boolean => /^(127\.0\.0\.1|localhost|0\.0\.0\.0):/.test(address);

describe('every service', () => {
  it.each(services)('%s runs a pinned version, within limits, and says when it is ready', (_, service) => {
    expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(Number(service.deploy.resources.limits.cpus)).toBeGreaterThan(0);
    expect(service.deploy.resources.limits.memory).toMatch(/^\d+[MG]$/);
    expect(service.healthcheck.test[0]).toMatch(/^CMD(-SHELL)?$/);
    for (const address of addressesIn(service.healthcheck.test.join(' '))) {
      expect(address.startsWith('127.0.0.1:')).toBe(true);
      expect(service.expose).toContain(address.split(':')[1]);
    }
  });

  it.each(services)('%s is published on loopback only, by ports that it listens on', (_, { ports, expose }) => {
    for (const port of ports) {
      const [, inside] = /^127\.0\.0\.1:\d+:(\d+)$/.exec(port) ?? [];
      expect(expose).toContain(inside);
    }
  });

  it('is published by a port of its own', () => {
    const published = services.flatMap(([, { ports }]) => ports.map((port) => port.split(':')[1]));
    expect(new Set(published).size).toBe(published.length);
  });

  it.each(services)('%s waits for services that exist and that it can have', (_, { depends_on, profiles }) => {
    for (const name of Object.keys(depends_on)) {
      for (const profile of serviceOf(name).profiles) expect(profiles).toContain(profile);
    }
  });

  it.each(services)('%s speaks to services that exist, at ports that they listen on', (_, service) => {
    const texts = [...Object.values(service.environment), ...service.command];
    for (const address of texts.flatMap(addressesIn)) expect([...listening]).toContain(address);
  });

  it.each(services)('%s mounts what is there, and may not change the repository', (_, service) => {
    for (const { source, target, readOnly } of mountsOf(service)) {
      expect(target).toMatch(/^\//);
      if (!source.includes('/')) expect(Object.keys(compose.volumes)).toContain(source);
      else {
        expect(existsSync(ROOT + source), source).toBe(true);
        expect(readOnly, source).toBe(true);
      }
    }
  });
});

describe('the stack', () => {
  it('uses every volume that it declares', () => {
    const used = services.flatMap(([, service]) => mountsOf(service).map(({ source }) => source));
    expect(used).toEqual(expect.arrayContaining(Object.keys(compose.volumes)));
  });

  it('takes every secret from the environment, and the example names them all', () => {
    const text = textOf('deploy/compose.yaml');
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    const offered = [...textOf('deploy/.env.example').matchAll(/^(\w+)=(.*)$/gm)];
    expect(offered.map(([, name]) => name).sort()).toEqual([...used].sort());
    // Compose stops without a value only where it is told to.
    expect([...required].sort()).toEqual([...used].sort());
    expect(offered.map(([, , value]) => value)).toEqual(offered.map(() => ''));
    for (const [name, { environment }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|TOKEN|SECRET/.test(variable)) expect(value, `${name}: ${variable}`).toMatch(/^\$\{\w+/);
      }
    }
  });

  it('keeps secrets out of git and of images', () => {
    expect(textOf('.gitignore').split('\n')).toContain('deploy/.env');
    expect(textOf('.dockerignore').split('\n')).toContain('deploy/.env');
  });

  const built = services.filter(([, { build }]) => build !== undefined);

  it('builds the app from a Dockerfile that is there', () => {
    expect(built.map(([name]) => name)).toEqual(APPS);
    for (const [, { build }] of built) expect(existsSync(ROOT + build?.dockerfile)).toBe(true);
  });

  it.each(built)(
    'gives %s switches that it knows, and the port that is published',
    (_, { environment, command, expose }) => {
      const switches = parseSwitches(command, environment);
      expect(String(switches.port)).toBe(expose[0]);
      expect(switches.host).toBe('0.0.0.0');
    },
  );

  const urlsOf = (list: string | undefined): URL[] =>
    (list ?? '')
      .split(',')
      .filter((url) => url !== '')
      .map((url) => new URL(url.replace(/\$\{\w+\}/, 'x')));

  it.each(built)('gives %s as many databases and replicas as it wants', (_, { environment, command }) => {
    const { shards, replicas } = parseSwitches(command, environment);
    expect(urlsOf(environment.DATABASE_URLS)).toHaveLength(Number(shards));
    expect(urlsOf(environment.REPLICA_URLS)).toHaveLength(Number(shards) * Number(replicas));
  });

  it('gives each app databases of its own, which the primaries make', () => {
    const databases = built.flatMap(([, { environment }]) => urlsOf(environment.DATABASE_URLS));
    expect(new Set(databases.map(String)).size).toBe(databases.length);
    const made = [
      ...services.flatMap(([, { environment }]) => environment.POSTGRES_DB ?? []),
      ...[...textOf('deploy/postgres/primary.sh').matchAll(/^CREATE DATABASE (\w+);$/gm)].map(([, name]) => name),
    ];
    for (const { pathname } of databases) expect(made).toContain(pathname.slice(1));
  });

  it.each(built)('lets replicas of %s follow the primary of the same database', (_, { environment }) => {
    const primaries = urlsOf(environment.DATABASE_URLS);
    for (const [index, replica] of urlsOf(environment.REPLICA_URLS).entries()) {
      expect(serviceOf(replica.hostname).environment.PRIMARY_HOST).toBe(primaries[index]?.hostname);
      expect(replica.pathname).toBe(primaries[index]?.pathname);
    }
  });

  it('lets the replica follow a primary by the role that the primary makes', () => {
    const { environment } = serviceOf('postgres-1-replica');
    const primary = serviceOf(environment.PRIMARY_HOST ?? '');
    expect(environment.PGPASSWORD).toBe(primary.environment.REPLICATION_PASSWORD);
    const [, role] = /--username=(\w+) --pgdata/.exec(textOf('deploy/postgres/replica.sh')) ?? [];
    expect(textOf('deploy/postgres/primary.sh')).toContain(`CREATE ROLE ${role} WITH REPLICATION`);
    expect(primary.command).toContain('wal_level=replica');
  });
});

describe('Prometheus', () => {
  const mounts = mountsOf(serviceOf('prometheus'));
  const folder = mounts.find(({ target }) => target === '/etc/prometheus')?.source;

  it('reads the configuration that is mounted, and scrapes what listens', () => {
    expect(serviceOf('prometheus').command).toContain('--config.file=/etc/prometheus/prometheus.yml');
    const config = z
      .object({
        rule_files: z.array(z.string()),
        scrape_configs: z.array(z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) })),
      })
      .parse(parse(textOf(`${folder}/prometheus.yml`)));
    const targets = config.scrape_configs.flatMap((job) => job.static_configs.flatMap((each) => each.targets));
    expect(targets.length).toBeGreaterThan(1);
    for (const target of targets) if (!isLocal(target)) expect([...listening]).toContain(target);
    for (const [name] of services.filter(([, { build }]) => build !== undefined))
      expect(targets).toContain(`${name}:8080`);
    for (const pattern of config.rule_files) expect(globSync(`${ROOT}${folder}/${pattern}`)).not.toEqual([]);
  });
});

describe('Grafana', () => {
  const grafana = serviceOf('grafana');
  const mounts = mountsOf(grafana);
  const provisioning = mounts.find(({ target }) => target === '/etc/grafana/provisioning')?.source ?? '';
  const sources = z
    .object({
      datasources: z.array(
        z.object({
          uid: z.string(),
          type: z.string(),
          url: z.string(),
          isDefault: z.boolean().optional(),
          user: z.string().optional(),
          jsonData: z.object({ dbName: z.string().optional() }),
          secureJsonData: z.object({ password: z.string() }).optional(),
        }),
      ),
    })
    .parse(parse(textOf(`${provisioning}/datasources/headroom.yaml`))).datasources;
  /** Value of `$NAME` in a provisioning file. */
  const resolved = (reference: string | undefined): string | undefined =>
    grafana.environment[reference?.slice(1) ?? ''];

  it('lets visitors of loopback look, and do no more', () => {
    expect(grafana.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_USERS_ALLOW_SIGN_UP: 'false',
    });
    expect(grafana.ports).toEqual(['127.0.0.1:3000:3000']);
  });

  it('knows every variable of its provisioning files', () => {
    const files = globSync(`${provisioning}/**/*.yaml`, { cwd: ROOT });
    expect(files).toHaveLength(2);
    const variables = files.flatMap((file) => [...textOf(file).matchAll(/\$(\w+)/g)].map(([, name]) => name));
    expect(variables.length).toBeGreaterThan(4);
    expect(Object.keys(grafana.environment)).toEqual(expect.arrayContaining(variables));
  });

  it('has the data sources that dashboards ask, each of its type, and one default', () => {
    const asked = new Map(
      [...generatedDashboards().values()].flatMap((dashboard) => [
        ...queriesOf(dashboard).map(({ uid, datasource }): [string, string] => [uid, datasource]),
        ...dashboard.templating.list.flatMap(({ datasource }): [string, string][] =>
          datasource === undefined ? [] : [[datasource.uid, datasource.type]],
        ),
      ]),
    );
    expect(Object.fromEntries(sources.map(({ uid, type }) => [uid, type]))).toEqual(Object.fromEntries(asked));
    expect(sources.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('finds each data source where a service listens', () => {
    for (const { url, type } of sources) {
      const [address] = addressesIn(resolved(url) ?? '');
      expect([...listening]).toContain(address);
      expect(serviceOf(address?.split(':')[0] ?? '').image).toContain(type);
    }
  });

  it('reads the database that InfluxDB makes, as the user that may only read', () => {
    const influx = sources.find(({ type }) => type === 'influxdb');
    const { environment } = serviceOf('influxdb');
    expect(influx?.jsonData.dbName).toBe(environment.INFLUXDB_DB);
    expect(resolved(influx?.user)).toBe(environment.INFLUXDB_READ_USER);
    const secret = (value: string | undefined): string | undefined => /^\$\{(\w+)/.exec(value ?? '')?.[1];
    expect(secret(resolved(influx?.secureJsonData?.password))).toBe(secret(environment.INFLUXDB_READ_USER_PASSWORD));
    expect(environment.INFLUXDB_HTTP_AUTH_ENABLED).toBe('true');
  });

  it('shows the dashboards that are committed', () => {
    const { providers } = z
      .object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) })
      .parse(parse(textOf(`${provisioning}/dashboards/headroom.yaml`)));
    const path = resolved(providers[0]?.options.path);
    expect(mounts.find(({ target }) => target === path)?.source).toBe('dashboards/generated');
  });
});

describe('logs', () => {
  const vector = z
    .object({
      api: z.object({ address: z.string() }),
      sources: z.record(z.string(), z.object({ type: z.string(), address: z.string() })),
      transforms: z.record(z.string(), z.object({ inputs: z.array(z.string()) })),
      sinks: z.record(
        z.string(),
        z.object({ inputs: z.array(z.string()), endpoint: z.string(), labels: z.record(z.string(), z.string()) }),
      ),
    })
    .parse(parse(textOf('deploy/vector/vector.yaml')));

  it('go from the apps to Vector, through every step, to Loki', () => {
    const published = serviceOf('vector').ports.map((port) => port.split(':').slice(0, 2).join(':'));
    const sending = services.filter(([, { logging }]) => logging.driver === 'fluentd');
    expect(sending.map(([name]) => name)).toEqual(APPS);
    for (const [name, { logging }] of sending) {
      expect(published).toContain(logging.options['fluentd-address']);
      expect(logging.options.tag).toBe(name);
    }
    const { sources, transforms, sinks, api } = vector;
    for (const { address } of [...Object.values(sources), api]) {
      expect(serviceOf('vector').expose).toContain(address.split(':')[1]);
    }
    const steps = [...Object.keys(sources), ...Object.keys(transforms)];
    const inputs = [...Object.values(transforms), ...Object.values(sinks)].flatMap((step) => step.inputs);
    expect(inputs.toSorted()).toEqual(steps.toSorted());
    for (const { endpoint } of Object.values(sinks)) expect([...listening]).toContain(addressesIn(endpoint)[0]);
  });

  it('are found by the label that the dashboard asks for', () => {
    const labels = Object.values(vector.sinks).flatMap((sink) => Object.keys(sink.labels));
    const asked = [...generatedDashboards().values()]
      .flatMap(queriesOf)
      .filter(({ datasource }) => datasource === 'loki')
      .map(({ query }) => /^\{(\w+)=~"([^"]+)"\}/.exec(query));
    expect(asked).toHaveLength(1);
    for (const [, label, pattern] of asked.map((match) => match ?? [])) {
      expect(labels).toContain(label);
      for (const name of APPS) expect(name).toMatch(new RegExp(`^${pattern}$`));
    }
  });

  it('are kept by Loki where its volume is', () => {
    const loki = z
      .object({ server: z.object({ http_listen_port: z.number() }), common: z.object({ path_prefix: z.string() }) })
      .parse(parse(textOf('deploy/loki/loki.yaml')));
    const service = serviceOf('loki');
    expect(service.expose).toContain(String(loki.server.http_listen_port));
    expect(mountsOf(service).find(({ target }) => target === loki.common.path_prefix)?.source).toBe('loki-data');
    expect(service.command).toContain('-config.file=/etc/loki/loki.yaml');
  });
});
