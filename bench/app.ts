/** `npm run bench:app`: the booking app by itself, as ratios measured side by side in one run; writes bench/APP.md. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, type } from 'node:os';
import { measureAppRate } from './app-rate.ts';
import { measureServiceTime } from './service-time.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

say('request rate beside a bare Fastify route');
const rates = await measureAppRate(5);
const bare = median(rates[0]?.rates ?? []);
const saturated = [];
for (const shards of [1, 2, 4]) {
  say(`saturation with ${shards} ${shards === 1 ? 'shard' : 'shards'}`);
  saturated.push(await measureServiceTime(shards, process.env));
}

const lines = [
  '# The booking app by itself',
  '',
  `Written by \`npm run bench:app\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}.`,
  '',
  '## Request rate beside a bare Fastify route',
  '',
  'The same single indexed query on the same PostgreSQL; 16 connections, one request after the other on each; five rounds in',
  'turn, medians. Goal: at least 0.6 × the bare route.',
  '',
  '| server | requests/s | × bare |',
  '| --- | ---: | ---: |',
  ...rates.map(
    (row) => `| ${row.server} | ${median(row.rates).toFixed(0)} | ${(median(row.rates) / bare).toFixed(2)} |`,
  ),
  '',
  '## Capacity by construction',
  '',
  'With `--pool 4 --db-service-time 20` each shard answers 200 statements a second and no more. Closed loop, three requests',
  'waiting for each connection. Goal: within 3 %.',
  '',
  '| shards | by construction | measured | ratio |',
  '| ---: | ---: | ---: | ---: |',
  ...saturated.map(
    ({ shards, expected, observed }) =>
      `| ${shards} | ${expected}/s | ${observed.toFixed(1)}/s | ${(observed / expected).toFixed(4)} |`,
  ),
  '',
];
writeFileSync(new URL('APP.md', import.meta.url), lines.join('\n'));
say('written to bench/APP.md');
