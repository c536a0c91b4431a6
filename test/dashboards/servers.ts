import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/free-port.ts';

/** A server of a test's own, on a free port of this machine, with its data in a folder of its own. */
export interface TestServer {
  url: string;
  /** It hangs: connections are taken and nothing is answered. */
  pause(): void;
  resume(): void;
  /** It ends as an operator would end it, and keeps its data. */
  down(): Promise<void>;
  /** It is there again, with its data. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * InfluxDB 1.x, empty.
 *
 * @param settings its own environment variables
 */
export async function startInfluxd(settings: Record<string, string> = {}): Promise<TestServer> {
  const port = await freePort();
  return startServer('influxd', '/ping', port, (folder) => ({
    args: [],
    env: {
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_BIND_ADDRESS: '127.0.0.1:0',
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
      INFLUXDB_HTTP_LOG_ENABLED: 'false',
      INFLUXDB_MONITOR_STORE_ENABLED: 'false',
      INFLUXDB_META_DIR: join(folder, 'meta'),
      INFLUXDB_DATA_DIR: join(folder, 'data'),
      INFLUXDB_DATA_WAL_DIR: join(folder, 'wal'),
      ...settings,
    },
  }));
}

/**
 * Prometheus with a configuration of ours.
 *
 * @param data folder of its data, kept afterwards; one of its own, empty, when left out
 */
export async function startPrometheus(configFile: string, data?: string): Promise<TestServer> {
  const port = await freePort();
  return startServer('prometheus', '/-/ready', port, (folder) => ({
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${data ?? join(folder, 'data')}`,
      // What a test brings along may be older than the two weeks that are kept otherwise.
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    env: {},
  }));
}

async function startServer(
  program: string,
  readyPath: string,
  port: number,
  settings: (folder: string) => { args: string[]; env: Record<string, string> },
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), `headroom-${program}-`));
  const { args, env } = settings(folder);
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const down = async (): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || !running(ending)) return;
    const ended = new Promise<void>((resolve) => ending.once('close', () => resolve()));
    ending.kill('SIGCONT');
    ending.kill('SIGTERM');
    await ended;
  };
  const stop = async (): Promise<void> => {
    await down();
    await rm(folder, { recursive: true, force: true });
  };
  const up = async (): Promise<void> => {
    const started = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    child = started;
    let log = '';
    started.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4_000);
    });
    for (let attempt = 0; attempt < 300 && running(started); attempt++) {
      const ready = await fetch(url + readyPath).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await stop();
    throw new Error(`${program} did not start: ${log}`);
  };
  await up();
  return { url, down, up, stop, pause: () => child?.kill('SIGSTOP'), resume: () => child?.kill('SIGCONT') };
}

function running({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
