import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A service of the stack as a program on this machine. */
export interface Service {
  name: string;
  /** Programs that serve it, the preferred first. */
  programs: readonly string[];
  /** Path that answers 200 when it is ready; null: when its port takes connections. */
  readyPath: string | null;
  /** The variable that tells Headroom and the app where it is. */
  variable: string | null;
  /** Writes what it needs into its folder. @returns arguments and environment */
  prepare(options: {
    folder: string;
    port: number;
    /** Of Headroom's own files. */
    root: string;
    /** Where the services are that are up already, by name. */
    urls: Readonly<Record<string, string>>;
    env: Readonly<Record<string, string | undefined>>;
  }): Promise<{
    args: string[];
    env?: Record<string, string>;
  }>;
  url(port: number): string;
}

const http = (port: number): string => `http://127.0.0.1:${port}`;

/** In the order in which they are started: later ones may ask where earlier ones are. */
export const SERVICES: readonly Service[] = [
  {
    name: 'influxdb',
    programs: ['influxd'],
    readyPath: '/ping',
    variable: 'INFLUX_URL',
    url: http,
    prepare: async ({ folder, port }) => ({
      args: [],
      env: {
        INFLUXDB_REPORTING_DISABLED: 'true',
        INFLUXDB_BIND_ADDRESS: '127.0.0.1:0',
        INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
        INFLUXDB_HTTP_LOG_ENABLED: 'false',
        INFLUXDB_META_DIR: join(folder, 'meta'),
        INFLUXDB_DATA_DIR: join(folder, 'data'),
        INFLUXDB_DATA_WAL_DIR: join(folder, 'wal'),
      },
    }),
  },
  {
    name: 'redis',
    programs: ['redis-server'],
    readyPath: null,
    variable: 'REDIS_URL',
    url: (port) => `redis://127.0.0.1:${port}`,
    prepare: async ({ folder, port }) => ({
      args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--maxmemory', '256mb'],
    }),
  },
  {
    name: 'prometheus',
    programs: ['prometheus'],
    readyPath: '/-/ready',
    variable: null,
    url: http,
    async prepare({ folder, port, root }) {
      const config = join(folder, 'prometheus.yml');
      await writeFile(join(folder, 'targets.json'), '[]\n');
      await writeFile(
        config,
        [
          '# Written by `headroom stack up`. Add targets to targets.json: [{"targets": ["127.0.0.1:8080"]}]',
          'global: { scrape_interval: 5s, evaluation_interval: 15s }',
          `rule_files: [${JSON.stringify(join(root, 'deploy/prometheus/rules/*.yml'))}]`,
          'scrape_configs:',
          '  - job_name: booking',
          `    file_sd_configs: [{ files: [${JSON.stringify(join(folder, 'targets.json'))}], refresh_interval: 5s }]`,
          '',
        ].join('\n'),
      );
      return {
        args: [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
      };
    },
  },
  {
    name: 'grafana',
    programs: ['grafana-server'],
    readyPath: '/api/health',
    variable: null,
    url: http,
    prepare: async ({ folder, port, root, urls, env }) => ({
      args: env.GRAFANA_HOME ? ['--homepath', env.GRAFANA_HOME] : [],
      env: {
        GF_SERVER_HTTP_ADDR: '127.0.0.1',
        GF_SERVER_HTTP_PORT: String(port),
        GF_PATHS_DATA: folder,
        GF_PATHS_PROVISIONING: join(root, 'dashboards/provisioning'),
        GF_AUTH_ANONYMOUS_ENABLED: 'true',
        GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
        GF_ANALYTICS_REPORTING_ENABLED: 'false',
        INFLUXDB_URL: urls.influxdb ?? '',
        PROMETHEUS_URL: urls.prometheus ?? '',
        LOKI_URL: '',
      },
    }),
  },
];
