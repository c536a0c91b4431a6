import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, type as osType, release } from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Run } from '../results/schema.ts';

const packageSchema = z.object({ version: z.string() });

/** Version of this Headroom, from its package.json two folders up, in the source tree as in the built package. */
export function headroomVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return packageSchema.parse(JSON.parse(text)).version;
}

/** Where a run takes place: this machine and, when `cwd` lies in a git repository, its commit. */
export async function describeEnvironment(cwd: string): Promise<Run['environment']> {
  return {
    headroomVersion: headroomVersion(),
    node: process.version,
    os: `${osType()} ${release()} ${process.arch}`,
    cpus: availableParallelism(),
    gitSha: await gitSha(cwd),
  };
}

async function gitSha(cwd: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** Id of a run: its start, its scenario, and four characters that keep two runs of one second apart. */
export function newRunId(startedAtMs: number, scenario: string): string {
  const stamp = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const name = scenario.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 40);
  return `${stamp}-${name}-${randomBytes(2).toString('hex')}`;
}
