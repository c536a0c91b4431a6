import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { freePort } from '../free-port.ts';
import { onPath } from '../k6/cache.ts';
import { makeFolder, replaceFile, whyNotWritten } from '../results/files.ts';
import { SERVICES, type Service } from './services.ts';

const STATE_FILE = 'stack.json';
const READY_MS = 30_000;
const STOP_MS = 10_000;

const runningSchema = z.strictObject({
  name: z.string(),
  pid: z.int().positive(),
  url: z.string(),
  program: z.string(),
});
const stateSchema = z.strictObject({ schema: z.literal('headroom.stack/1'), services: z.array(runningSchema) });
/** A service that was started. */
export type Running = z.infer<typeof runningSchema>;

/** How a service is. */
export interface ServiceStatus {
  name: string;
  /** `absent`: its program is not on the PATH. */
  state: 'up' | 'down' | 'absent';
  url: string | null;
  variable: string | null;
}

export interface StackOptions {
  /** Where the services keep their data, logs and the list of what runs. */
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
  onProgress?(line: string): void;
}

/** Headroom's own files: two folders up from here in the source tree, and in the built package. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Starts every service whose program is on the PATH and that does not run yet, on a free port of this machine. They go on
 * when this process ends, until `stackDown`.
 *
 * @throws HeadroomError STACK_FAILED when one does not become ready; those that did stay up
 */
export async function stackUp(options: StackOptions): Promise<ServiceStatus[]> {
  const { folder, env } = options;
  await makeFolder(folder).catch((cause: unknown) => {
    const remedy = 'Start the stack in a folder that may be written.';
    throw new HeadroomError('STACK_FAILED', `The folder ${folder} cannot be made: ${whyNotWritten(cause)}.`, remedy, {
      cause,
    });
  });
  const running = (await readState(folder)).filter(isAlive);
  for (const service of SERVICES) {
    const [program] = service.programs.flatMap((name) => onPath(name, env));
    if (program === undefined || running.some(({ name }) => name === service.name)) continue;
    options.onProgress?.(`starting ${service.name}`);
    const urls = Object.fromEntries(running.map(({ name, url }) => [name, url]));
    const started = await startService(service, program, urls, options);
    running.push(started);
    // Noted one by one: what was started before a failure can be stopped.
    await writeState(folder, running).catch((cause: unknown) => {
      process.kill(started.pid, 'SIGTERM');
      const why = `${join(folder, STATE_FILE)} cannot be written: ${whyNotWritten(cause)}`;
      throw new HeadroomError(
        'STACK_FAILED',
        `${why}, so ${service.name} was stopped again.`,
        'Give the stack a folder that may be written, on a disk with space.',
        { cause },
      );
    });
  }
  return stackStatus(options);
}

async function startService(
  service: Service,
  program: string,
  urls: Record<string, string>,
  { folder: parent, env }: StackOptions,
): Promise<Running> {
  const folder = join(parent, service.name);
  await makeFolder(folder);
  const port = await freePort();
  const prepared = await service.prepare({ folder, port, root: ROOT, urls, env });
  const logFile = join(parent, `${service.name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(program, prepared.args, {
    cwd: folder,
    detached: true,
    env: { ...env, ...prepared.env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', () => {
    ended = true;
  });
  const url = service.url(port);
  const deadline = performance.now() + READY_MS;
  // Ended, it is not ours that answers there.
  while (!(await isReady(service, url, port)) || ended) {
    if (ended || performance.now() > deadline) {
      if (!ended) child.kill('SIGKILL');
      throw new HeadroomError('STACK_FAILED', `${service.name} did not become ready.`, `See ${logFile}.`);
    }
    await pause(100);
  }
  child.unref();
  if (child.pid === undefined)
    throw new HeadroomError('STACK_FAILED', `${service.name} did not start.`, `See ${logFile}.`);
  return { name: service.name, pid: child.pid, url, program };
}

/** How each service is: one answers, or none. */
export async function stackStatus({ folder, env }: StackOptions): Promise<ServiceStatus[]> {
  const running = await readState(folder);
  return await Promise.all(
    SERVICES.map(async (service): Promise<ServiceStatus> => {
      const { name, variable } = service;
      const found = running.find((candidate) => candidate.name === name);
      if (found !== undefined && isAlive(found) && (await isReady(service, found.url, portOf(found.url)))) {
        return { name, state: 'up', url: found.url, variable };
      }
      const absent = service.programs.every((program) => onPath(program, env).length === 0);
      return { name, state: absent ? 'absent' : 'down', url: null, variable };
    }),
  );
}

/**
 * Stops what `stackUp` started, the last first.
 *
 * @param remove whether the data goes too
 * @returns names of the services that were stopped
 */
export async function stackDown({ folder }: StackOptions, remove: boolean): Promise<string[]> {
  const stopped: string[] = [];
  for (const service of (await readState(folder)).toReversed()) {
    if (!isAlive(service) || !(await isStill(service))) continue;
    process.kill(service.pid, 'SIGTERM');
    const deadline = performance.now() + STOP_MS;
    while (isAlive(service) && performance.now() < deadline) await pause(50);
    if (isAlive(service)) process.kill(service.pid, 'SIGKILL');
    stopped.push(service.name);
  }
  await (remove ? rm(folder, { recursive: true, force: true }) : rm(join(folder, STATE_FILE), { force: true }));
  return stopped;
}

async function readState(folder: string): Promise<Running[]> {
  const text = await readFile(join(folder, STATE_FILE), 'utf8').catch(() => null);
  if (text === null) return [];
  const state = z
    .string()
    .transform((json, context): unknown => {
      try {
        return JSON.parse(json);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(stateSchema)
    .safeParse(text);
  if (state.success) return state.data.services;
  throw new HeadroomError(
    'STACK_FAILED',
    `${join(folder, STATE_FILE)} is not a list of services.`,
    'Stop them by hand and remove the file.',
  );
}

const writeState = (folder: string, services: readonly Running[]): Promise<void> =>
  replaceFile(
    join(folder, STATE_FILE),
    `${JSON.stringify({ schema: 'headroom.stack/1', services: [...services] }, null, 2)}\n`,
  );

function isAlive({ pid }: Running): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Whether the number still belongs to that program: after a restart of the machine it may be another's. */
async function isStill({ pid, program }: Running): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  // Without /proc, as on macOS, the list of services is all there is to go by.
  return command === null || command.includes(program.split('/').at(-1) ?? program);
}

async function isReady({ readyPath }: Service, url: string, port: number): Promise<boolean> {
  if (readyPath !== null) {
    const answer = await fetch(url + readyPath, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    await answer?.body?.cancel();
    return answer?.ok ?? false;
  }
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const portOf = (url: string): number => Number(new URL(url).port);
