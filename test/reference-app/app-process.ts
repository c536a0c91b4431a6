import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../reference-app/main.ts', import.meta.url));

const readySchema = z.strictObject({
  event: z.literal('ready'),
  url: z.url(),
  pid: z.int(),
  switches: z.record(z.string(), z.unknown()),
});

/** The app as a process of its own, with a directory of its own for temporary files. */
export interface AppProcess {
  readonly child: ChildProcess;
  /** Where it keeps its temporary files; empty when it has left nothing behind. */
  readonly scratch: string;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** The line that it prints when it takes requests. */
  ready(): Promise<z.infer<typeof readySchema>>;
  /** The process of its PostgreSQL server. */
  postgresPid(): Promise<number>;
  remove(): Promise<void>;
}

/** Makes a directory that also the account of PostgreSQL may enter. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'hr-test-'));
  await chmod(directory, 0o755);
  return directory;
}

export async function spawnApp(argv: string[], env: Record<string, string> = {}): Promise<AppProcess> {
  const scratch = await scratchDirectory();
  const child = spawn(process.execPath, [MAIN, ...argv], {
    env: { ...process.env, TMPDIR: scratch, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const firstLine = once(createInterface({ input: child.stdout }), 'line');
  const ended = once(child, 'close').then(([code]) => ({ code: z.int().nullable().parse(code), stdout, stderr }));
  return {
    child,
    scratch,
    ended,
    async ready() {
      const failure = ended.then(({ code }) => {
        throw new Error(`the app ended with ${code}: ${stderr}`);
      });
      const [line] = await Promise.race([firstLine, failure]);
      return readySchema.parse(JSON.parse(String(line)));
    },
    async postgresPid() {
      const [directory = ''] = await readdir(scratch);
      return Number.parseInt(await readFile(path.join(scratch, directory, 'data', 'postmaster.pid'), 'utf8'), 10);
    },
    async remove() {
      child.kill('SIGKILL');
      await ended;
      await rm(scratch, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processes whose command line contains `text`. */
export async function processesWith(text: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}

/** The processes that a process has started, and still has. */
export async function childrenOf(parent: number | undefined): Promise<{ pid: number; command: string }[]> {
  const { stdout } = await run('ps', ['-eo', 'ppid=,pid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, ppid, pid, command = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return Number(ppid) === parent ? [{ pid: Number(pid), command }] : [];
  });
}

/** Ends a process at once. Never the number 0: that would be every process of this test run. */
export function killNow(pid: number | undefined): void {
  if (pid === undefined || pid <= 0) throw new Error('there is no such process');
  process.kill(pid, 'SIGKILL');
}
