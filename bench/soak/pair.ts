import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { builtinScenarioPath, bundleScenario } from '../../src/k6/bundle.ts';
import { K6_PRIVATE_ENV } from '../../src/k6/inspect.ts';
import { processUsage } from '../../src/k6/process-usage.ts';
import { startTarget } from '../servers.ts';

/** Resident memory at one moment, in bytes. */
export interface Reading {
  /** Since the load began. */
  seconds: number;
  k6Bytes: number;
  collectorBytes: number;
  bareBytes: number;
}

/** What a soak by Headroom and one by k6 alone did, side by side. */
export interface Pair {
  readings: Reading[];
  requests: number;
  bareRequests: number;
  verdict: string;
  /** Codes of what makes Headroom's run invalid. */
  invalid: string[];
  /** Iterations that the bare one dropped. */
  dropped: number;
  bareExit: number | null;
}

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));
const READ_EVERY_SECONDS = 5;
const runSchema = z.looseObject({
  verdict: z.string(),
  validity: z.looseObject({ reasons: z.array(z.looseObject({ code: z.string() })) }),
  requests: z.looseObject({ count: z.number() }),
});

/**
 * Runs both for so long at a rate.
 *
 * @param rate journeys per second of each
 */
export async function runPair(k6Path: string, rate: number, seconds: number): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-bench-'));
  const targets = [await startTarget(), await startTarget()];
  const [own, other] = targets.map(({ url }) => url);
  try {
    const { bundlePath } = await bundleScenario({ entry: builtinScenarioPath('soak'), outDir: folder });
    const settings = { RATE: String(rate), DURATION: `${seconds}s`, WARMUP: '0s', THINK: '0', SEED: '1' };
    const bare = start(k6Path, ['run', '--no-color', bundlePath], {
      ...K6_PRIVATE_ENV,
      ...settings,
      BASE_URL: other ?? '',
    });
    const flags = [
      '--rate',
      String(rate),
      '--duration',
      `${seconds}s`,
      '--warmup',
      '0s',
      '--think',
      '0',
      '--seed',
      '1',
    ];
    const headroom = start(
      process.execPath,
      [BIN, 'soak', '--target', own ?? '', '--out', join(folder, 'runs'), '--no-audit', '--json', ...flags],
      { K6_PATH: k6Path, CI: 'true' },
    );
    const readings: Reading[] = [];
    const began = performance.now();
    const over = Promise.all([bare.ended, headroom.ended]).then(() => 'over' as const);
    for (;;) {
      if ((await Promise.race([over, pause(1000 * READ_EVERY_SECONDS)])) === 'over') break;
      const [k6Bytes, collectorBytes, bareBytes] = [
        await rssOf(await k6Below(headroom.child.pid ?? 0)),
        await rssOf(headroom.child.pid ?? 0),
        await rssOf(bare.child.pid ?? 0),
      ];
      const at = Math.round((performance.now() - began) / 1000);
      // One that ends before the other is not missed.
      if (k6Bytes !== null && collectorBytes !== null && bareBytes !== null) {
        readings.push({ seconds: at, k6Bytes, collectorBytes, bareBytes });
      }
    }
    const [{ code, output }, { output: json, errors }] = [await bare.ended, await headroom.ended];
    const run = runSchema.safeParse(json === '' ? null : JSON.parse(json)).data;
    if (run === undefined) throw new Error(`headroom soak: ${errors.slice(-500)}`);
    return {
      readings,
      requests: run.requests.count,
      bareRequests: countIn(output, 'http_reqs'),
      verdict: run.verdict,
      invalid: run.verdict === 'invalid' ? run.validity.reasons.map((reason) => reason.code) : [],
      dropped: countIn(output, 'dropped_iterations'),
      bareExit: code,
    };
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ended {
  code: number | null;
  output: string;
  errors: string;
}

function start(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-10_000);
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output, errors })));
  return { child, ended };
}

/** A counter of k6's summary; 0 for one that it does not have. */
function countIn(summary: string, metric: string): number {
  return Number(new RegExp(`^\\s*${metric}\\.*: (\\d+)`, 'm').exec(summary)?.[1] ?? 0);
}

const rssOf = async (pid: number | null): Promise<number | null> =>
  pid === null ? null : ((await processUsage(pid))?.rssBytes ?? null);

/** The k6 that a process started; null before and after. */
async function k6Below(pid: number): Promise<number | null> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ').filter((text) => text !== '')) {
    const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '');
    if (name.trim() === 'k6') return Number(child);
  }
  return null;
}
