/** Writes the rows of a synthetic soak to stdout, and then what was in them to stderr, as one JSON document. */
import { once } from 'node:events';
import { ENDPOINTS, type Made, syntheticRows } from './synthetic.ts';

const [rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

/** Latencies of each endpoint in millionths of a millisecond. */
const most = Math.ceil((1.2 * rate * seconds) / ENDPOINTS.length) + 1_000;
const latencies = ENDPOINTS.map(() => ({ values: new Uint32Array(most), count: 0 }));
const made: Made = { requests: 0, rows: 0 };
const options = {
  ...{ rate, seconds, seed: 7, startMs: 1_795_457_770_000 },
  onRequest(endpoint: number, ms: number): void {
    const kept = latencies[endpoint];
    if (kept !== undefined) kept.values[kept.count++] = Math.round(ms * 1e6);
  },
};
for (const piece of syntheticRows(options, made)) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
process.stdout.end();
const endedAtMs = Date.now();

const exact = ENDPOINTS.map((name, i) => {
  const { values, count } = latencies[i] ?? { values: new Uint32Array(), count: 0 };
  const sorted = values.subarray(0, count).sort();
  // Nearest rank: the smallest value that a share q of all does not exceed.
  const at = (q: number): number => (sorted[Math.ceil(q * count * (1 - 1e-12)) - 1] ?? Number.NaN) / 1e6;
  return { name, count, ...Object.fromEntries(Object.entries(QUANTILES).map(([quantile, q]) => [quantile, at(q)])) };
});
process.stderr.write(JSON.stringify({ ...made, endedAtMs, exact }));
