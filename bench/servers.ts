import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A server that a bench started. */
export interface BenchServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts the target that costs next to nothing. */
export async function startTarget(): Promise<BenchServer> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('target.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, pid: pidOf(child), stop: () => stop(child) };
}

/** A server that can be started again after it was killed, on the same port and with its data. */
export interface RestartableServer extends BenchServer {
  again(): Promise<void>;
}

/** Starts an InfluxDB 1.x on free ports, in a folder that goes with it. */
export async function startInfluxd(program: string): Promise<RestartableServer> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-influxd-'));
  const [port, rpcPort] = [await freePort(), await freePort()];
  const config = `reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[monitor]
  store-enabled = false
[logging]
  level = "error"
`;
  await writeFile(join(folder, 'influxdb.conf'), config);
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(program, ['-config', join(folder, 'influxdb.conf')], { stdio: 'ignore' });
    for (let i = 0; i < 100; i++) {
      const answered = await fetch(`${url}/ping`).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) break;
      await pause(100);
    }
    return child;
  };
  let child = await start();
  return {
    url,
    get pid() {
      return pidOf(child);
    },
    async again() {
      child = await start();
    },
    async stop() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Never 0: a signal to that would reach this process and its group. */
function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the server did not start');
  return pid;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
