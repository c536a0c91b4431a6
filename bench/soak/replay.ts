/** A synthetic soak through decoder, windows, archive and report of `headroom replay`, and what that took. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { render } from '../../src/report/render.ts';
import type { Run } from '../../src/results/schema.ts';
import { COARSENING, type Coarsening, listSegments } from '../../src/results/segments.ts';
import { replayCsv } from '../../src/run/replay.ts';
import { readRunSeries } from '../../src/run/reread.ts';
import { ENDPOINTS, type Made, syntheticRows } from './synthetic.ts';

export interface SoakReplay {
  requests: number;
  rows: number;
  hours: number;
  archiveBytes: number;
  reportBytes: number;
  reportSeconds: number;
  /** Time for `headroom report` from the archive. */
  rereadSeconds: number;
  peakRssBytes: number;
  cpuSeconds: number;
  /** Largest distance of a percentile of three endpoints from the exact one, as a share of it; null where exact ones were not kept. */
  largestError: number | null;
  run: Run;
  /** Endpoints as the archive has them after it became coarser. */
  rereadEndpoints: Run['endpoints'];
}

export interface SoakReplayOptions {
  rate: number;
  seconds: number;
  /** Whether all latencies are kept, for exact percentiles. */
  exact: boolean;
  coarsening?: Coarsening;
}

const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;
const QUANTILE_NAMES = ['p50', 'p90', 'p95', 'p99', 'p999'] as const;

/** Endpoints whose latencies are all kept, for exact percentiles: kept of all twelve, they alone would fill the memory. */
const SAMPLED = [0, 5, 11];

/** Latencies of an endpoint in millionths of a millisecond, outside of the heap. */
class Values {
  readonly #values: Uint32Array;
  #count = 0;

  constructor(most: number) {
    this.#values = new Uint32Array(most);
  }

  add(ms: number): void {
    this.#values[this.#count++] = Math.round(ms * 1e6);
  }

  sorted(): Uint32Array {
    return this.#values.subarray(0, this.#count).sort();
  }
}

export async function replaySoak(options: SoakReplayOptions): Promise<SoakReplay> {
  const { rate, seconds, exact, coarsening = COARSENING } = options;
  const most = Math.ceil((1.2 * rate * seconds) / ENDPOINTS.length) + 1_000;
  const values = new Map(SAMPLED.map((endpoint) => [endpoint, new Values(exact ? most : 0)]));
  const made: Made = { requests: 0, rows: 0 };
  const folder = await mkdtemp(join(tmpdir(), 'headroom-soak-'));
  try {
    let peakRssBytes = 0;
    const timer = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
    }, 200);
    const before = process.cpuUsage();
    const rows = syntheticRows(
      {
        ...{ rate, seconds, seed: 7, startMs: 1_795_457_770_000 },
        ...(exact && { onRequest: (endpoint: number, ms: number) => values.get(endpoint)?.add(ms) }),
      },
      made,
    );
    const outcome = await replayCsv(turns(rows), {
      ...{ scenario: 'soak', warmupSeconds: 0, seconds, runsFolder: folder, cwd: folder, speed: null, coarsening },
      signal: new AbortController().signal,
      now: Date.now,
    });
    const { user, system } = process.cpuUsage(before);
    const again = performance.now();
    const page = render(outcome.run, outcome.series);
    const reportSeconds = (performance.now() - again) / 1000;
    const from = performance.now();
    // As of a run that was killed, whose figures come from its windows.
    const reread = await readRunSeries(outcome.folder, { ...outcome.run, endedAt: null });
    render(reread.run, reread.series);
    const rereadSeconds = (performance.now() - from) / 1000;
    clearInterval(timer);
    let archiveBytes = 0;
    for (const { path } of await listSegments(outcome.folder)) archiveBytes += (await stat(path)).size;
    return {
      ...{ requests: made.requests, rows: made.rows, hours: seconds / 3600, archiveBytes },
      ...{ reportBytes: Buffer.byteLength(page), reportSeconds, rereadSeconds },
      peakRssBytes: Math.max(peakRssBytes, process.memoryUsage.rss()),
      cpuSeconds: (user + system) / 1e6,
      largestError: exact ? largestError(outcome.run, values) : null,
      run: outcome.run,
      rereadEndpoints: reread.run.endpoints,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Hands the pieces over one turn of the event loop each, as a pipe does. */
async function* turns(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    await new Promise((resolve) => setImmediate(resolve));
    yield piece;
  }
}

function largestError(run: Run, values: ReadonlyMap<number, Values>): number {
  let largest = 0;
  for (const [i, kept] of values) {
    const endpoint = run.endpoints.find(({ name }) => name === ENDPOINTS[i]);
    const sorted = kept.sorted();
    if (endpoint === undefined || endpoint.count !== sorted.length) return Number.POSITIVE_INFINITY;
    for (const quantile of QUANTILE_NAMES) {
      const exact = (sorted[Math.ceil(QUANTILES[quantile] * sorted.length * (1 - 1e-12)) - 1] ?? Number.NaN) / 1e6;
      largest = Math.max(largest, Math.abs((endpoint[quantile] ?? Number.NaN) / exact - 1));
    }
  }
  return largest;
}
