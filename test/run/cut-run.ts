/** Runs to be cut: a target that notes what it is asked for, a scenario that numbers its requests, and headroom as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readWindows } from '../../src/results/read.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));
const LIB = fileURLToPath(new URL('../../lib/workload/', import.meta.url));

export interface NotingTarget {
  url: string;
  /** Numbers of the requests, as they came. */
  numbers: number[];
  server: Server;
  /** Status of its answers; may be changed. */
  answer: { status: number };
}

export async function startTarget(): Promise<NotingTarget> {
  const numbers: number[] = [];
  const answer = { status: 200 };
  const server = createServer((request, response) => {
    const number = /^\/look\/(\d+)$/.exec(request.url ?? '')?.[1];
    if (number !== undefined) numbers.push(Number(number));
    response.statusCode = number === undefined ? 200 : answer.status;
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, numbers, server, answer };
}

/** A scenario whose requests have the numbers of their iterations, 25 a second. */
export async function writeScenario(folder: string): Promise<string> {
  const path = join(folder, 'look.ts');
  await writeFile(
    path,
    `import exec from 'k6/execution';
import http from 'k6/http';
import { steady } from '${LIB}arrival.ts';
import { scenarioOptions } from '${LIB}options.ts';
import { readSettings } from '${LIB}settings.ts';
export const setup = () => readSettings('look', __ENV, { rate: 25, duration: '10s', warmup: '1s' });
const slos = [{ endpoint: 'look', metric: 'p50', max: 5000 }, { endpoint: 'look', metric: 'p50', max: 5000, windowSeconds: 2 }];
export const options = scenarioOptions(setup, { arrivals: steady, slos, journeySeconds: () => 0.1 });
export default (settings) => {
  const number = settings.firstIteration + exec.scenario.iterationInTest;
  http.get(settings.baseUrl + '/look/' + number, { tags: { name: 'look' } });
};
`,
  );
  return path;
}

/** Starts a command of headroom as a process of its own. */
export function startHeadroom(
  { cwd, env = process.env }: { cwd: string; env?: NodeJS.ProcessEnv },
  ...argv: string[]
): ChildProcess {
  return spawn(process.execPath, [BIN, ...argv], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** The one run in `<cwd>/runs`, once its archive has so many windows. */
export async function runWithWindows(cwd: string, windows: number): Promise<string> {
  for (;;) {
    const [name] = await readdir(join(cwd, 'runs')).catch(() => []);
    if (name !== undefined) {
      const folder = join(cwd, 'runs', name);
      const seen = await countWindows(folder);
      if (seen.count >= windows) return folder;
    }
    await pause(100);
  }
}

/** Windows that can be read now, and where the last of them ends, in seconds since the epoch. */
export async function countWindows(folder: string): Promise<{ count: number; end: number }> {
  const seen = { count: 0, end: 0 };
  try {
    for await (const { second, seconds } of readWindows(folder)) {
      seen.count++;
      seen.end = second + seconds;
    }
  } catch {
    // Not there yet.
  }
  return seen;
}

/** Process id of the k6 that a process has started, as Linux tells. */
export function k6Of(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const k6 = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'k6');
  if (k6 === undefined) throw new Error('there is no k6');
  return Number(k6);
}

export async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(50);
  }
}
