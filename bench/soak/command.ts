/** A synthetic soak through `headroom replay`, as a process that reads what another one writes; and what that took. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { REPORT_FILE } from '../../src/results/archive.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { listSegments } from '../../src/results/segments.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const quantiles = { p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number(), p999: z.number() };
const madeSchema = z.object({
  requests: z.int(),
  rows: z.int(),
  /** When the last row was written. */
  endedAtMs: z.number(),
  exact: z.array(z.object({ name: z.string(), count: z.int(), ...quantiles })),
});
type SoakMade = z.infer<typeof madeSchema>;

export interface ReplayedSoak {
  made: SoakMade;
  run: Run;
  archiveBytes: number;
  reportBytes: number;
  /** From the last row to the end of the process, with the report written. */
  afterSeconds: number;
  peakRssBytes: number;
  /** Largest distance of a percentile of any endpoint from the exact one, as a share of it; infinite when a count is wrong. */
  largestError: number;
}

/** Replays so many seconds at a rate of requests per second. */
export async function replayByCommand(rate: number, seconds: number): Promise<ReplayedSoak> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-soak-'));
  try {
    const maker = spawn(process.execPath, [pathOf('make-rows.ts'), String(rate), String(seconds)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const replay = spawn(
      process.execPath,
      [pathOf('../../src/cli/bin.ts'), 'replay', '-', '--out', folder, '--duration', `${seconds}s`, '--json'],
      { stdio: [maker.stdout, 'pipe', 'ignore'], cwd: folder },
    );
    // The replay alone holds the pipe now.
    maker.stdout.destroy();
    let peakRssBytes = 0;
    const timer = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, peakRssOf(replay.pid));
    }, 200);
    const ended = once(replay, 'close').then(() => Date.now());
    const [madeText, runText] = await Promise.all([textOf(maker.stderr), textOf(replay.stdout)]);
    const endedAtMs = await ended;
    clearInterval(timer);
    const made = madeSchema.parse(JSON.parse(madeText));
    const run = runSchema.parse(JSON.parse(runText));
    let archiveBytes = 0;
    for (const { path } of await listSegments(join(folder, run.id))) archiveBytes += (await stat(path)).size;
    return {
      ...{ made, run, archiveBytes, peakRssBytes },
      reportBytes: (await stat(join(folder, run.id, REPORT_FILE))).size,
      afterSeconds: (endedAtMs - made.endedAtMs) / 1000,
      largestError: largestError(run, made),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Linux keeps the peak itself; 0 once the process is gone. */
function peakRssOf(pid: number | undefined): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

function largestError(run: Run, { exact }: SoakMade): number {
  let largest = 0;
  for (const { name, count, ...values } of exact) {
    const endpoint = run.endpoints.find((each) => each.name === name);
    if (endpoint?.count !== count) return Number.POSITIVE_INFINITY;
    for (const quantile of ['p50', 'p90', 'p95', 'p99', 'p999'] as const) {
      largest = Math.max(largest, Math.abs((endpoint[quantile] ?? Number.NaN) / values[quantile] - 1));
    }
  }
  return largest;
}
