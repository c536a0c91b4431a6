/**
 * A soak of hours as `headroom soak` leaves it: synthetic rows of k6 and looks at the target's metrics through decoder, windows,
 * archive, drift tests and report. The target leaks, and one minute goes wrong, so that every part of the report has its say.
 */
import { join } from 'node:path';
import { verdictOf } from '../../src/gate/verdict.ts';
import { render } from '../../src/report/render.ts';
import { REPORT_FILE, writeRun } from '../../src/results/archive.ts';
import { writeResults } from '../../src/results/document.ts';
import type { Run } from '../../src/results/schema.ts';
import type { RunSeries } from '../../src/results/series.ts';
import { replayCsv } from '../../src/run/replay.ts';
import { readRunSeries } from '../../src/run/reread.ts';
import { DEFAULT_SOAK, TARGET_METRIC } from '../../src/soak/signals.ts';
import type { Slo } from '../../thresholds/slo.ts';
import { ENDPOINTS, type Made, syntheticRows } from '../soak/synthetic.ts';

const START_MS = 1_795_457_770_000;
/** Latencies of the rows end at 680 ms. */
const SLOS: Slo[] = ENDPOINTS.flatMap((endpoint): Slo[] => [
  { endpoint, metric: 'p95', max: 400 },
  { endpoint, metric: 'p99', max: 700 },
  { endpoint, metric: 'errorRate', max: 0.004 },
]);

export interface MadeSoak {
  folder: string;
  reportPath: string;
  run: Run;
  series: RunSeries;
  requests: number;
}

/** Makes a soak of so many seconds at so many requests per second in a folder. */
export async function makeSoak(runsFolder: string, rate: number, seconds: number): Promise<MadeSoak> {
  const made: Made = { requests: 0, rows: 0 };
  const rows = syntheticRows({ rate, seconds, seed: 7, startMs: START_MS }, made);
  const outcome = await replayCsv(
    withTarget(rows, () => made.requests / rate, seconds),
    {
      ...{ scenario: 'soak', warmupSeconds: 60, seconds, runsFolder, cwd: runsFolder, speed: null, slos: SLOS },
      signal: new AbortController().signal,
      now: () => START_MS,
    },
  );
  const { folder } = outcome;
  const soak = { ...DEFAULT_SOAK, metrics: {}, limits: { rss: 1e9 }, gaps: [], worstMinute: null, stopped: null };
  const { run: judged, series } = await readRunSeries(folder, { ...outcome.run, soak, drift: [], endedAt: null });
  const run: Run = {
    ...judged,
    endedAt: outcome.run.endedAt,
    verdict: verdictOf(judged.validity.reasons, judged.slo, judged.audit, judged.drift),
  };
  await writeRun(folder, run);
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { folder, reportPath, run, series, requests: made.requests };
}

/** What the target says of itself at a time, in seconds since the start. */
function targetAt(second: number, seconds: number): Record<string, number> {
  const bad = isBad(second, seconds);
  // Garbage collection, every four minutes.
  const garbage = 40e6 * ((second / 240) % 1);
  return {
    process_resident_memory_bytes: 180e6 + garbage + 2_500 * second,
    nodejs_heap_size_used_bytes: 60e6 + garbage,
    process_open_fds: 64 + (second % 7),
    nodejs_active_handles_total: 40 + (second % 5),
    nodejs_eventloop_lag_mean_seconds: (bad ? 0.4 : 0.011) + 0.001 * ((second / 35) % 1),
    app_pool_wait_seconds_sum: second * 0.02 + Math.max(0, Math.min(60, second - (seconds * 2) / 3 + 30)) * 0.8,
    app_pool_wait_seconds_count: second * 10,
    app_queue_length: (bad ? 480 : 3) + (second % 4),
  };
}

/** The minute that goes wrong: at two thirds. */
const isBad = (second: number, seconds: number): boolean => Math.abs(second - (seconds * 2) / 3) < 30;

const LOOK_SECONDS = 5;

/** The rows of k6 with those of the target between them, and slow answers in the bad minute. */
async function* withTarget(
  rows: Iterable<Buffer>,
  secondsSoFar: () => number,
  seconds: number,
): AsyncGenerator<Buffer> {
  let next = 0;
  for (const piece of rows) {
    await new Promise((resolve) => setImmediate(resolve));
    yield piece;
    for (; next < Math.min(seconds, secondsSoFar()); next += LOOK_SECONDS) yield Buffer.from(lookAt(next, seconds));
  }
}

function lookAt(second: number, seconds: number): string {
  const ms = START_MS + second * 1000;
  const target = Object.entries(targetAt(second, seconds)).map(
    ([metric, value]) => `${TARGET_METRIC},${ms},${value.toFixed(6)},,,,,,,,metric=${metric},\n`,
  );
  if (!isBad(second, seconds)) return target.join('');
  const slow = Array.from({ length: 200 }, (_, i) => {
    const fails = i % 4 === 0;
    const tags = fails ? ',,1503,false,,search,load,503,,' : ',,,true,,search,load,200,,';
    return [
      `http_reqs,${ms},1.000000${tags}\n`,
      `http_req_duration,${ms},${(900 + i).toFixed(6)}${tags}\n`,
      `http_req_failed,${ms},${fails ? 1 : 0}.000000${tags}\n`,
    ].join('');
  });
  return [...target, ...slow].join('');
}
