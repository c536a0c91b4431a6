import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/free-port.ts';
import { serviceProgram } from '../setup/services.ts';
import { scratchDirectory } from './app-process.ts';

/** A Redis of the test's own. */
export interface RedisServer {
  readonly url: string;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @param more settings of the server, as on its command line */
export async function startRedis(...more: string[]): Promise<RedisServer> {
  const program = serviceProgram('redis');
  if (program === null) throw new Error('redis-server is on the PATH');
  const directory = await scratchDirectory();
  const port = await freePort();
  let child: ChildProcess;
  const start = async () => {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory, ...more];
    child = spawn(program, settings, { stdio: ['ignore', 'pipe', 'inherit'] });
    const { stdout } = child;
    if (stdout === null) throw new Error('the output is a pipe');
    await new Promise<void>((resolve) => {
      createInterface({ input: stdout }).on('line', (line) => {
        if (/ready to accept connections/i.test(line)) resolve();
      });
    });
  };
  const kill = async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    kill,
    restart: start,
    async stop() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
