/** `npm run bench`: what Headroom costs, as ratios measured side by side in one run; writes bench/RESULTS.md. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, type } from 'node:os';
import { findK6 } from '../src/k6/find.ts';
import { serviceProgram } from '../test/setup/services.ts';
import { measureDecoder } from './decoder.ts';
import { measureRequestCost } from './request-cost.ts';
import { measureVuMemory } from './vu-memory.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const influxd = serviceProgram('influxd');
if (influxd === null) {
  say('The bench compares with InfluxDB: put influxd (1.x) on the PATH, on Debian with ci/install-services.sh.');
  process.exit(5);
}
const k6 = await findK6({ env: process.env, log: say });

say('decoder');
const decoder = measureDecoder();
say('CPU time of a request, three ways');
const costs = await measureRequestCost(k6.path, influxd);
say('memory of a virtual user');
const memory = await measureVuMemory(k6.path);

const bare = costs[0]?.microseconds ?? Number.NaN;
const bareVu = (memory[0]?.rssBytes ?? Number.NaN) / (memory[0]?.vus ?? 1);
const lines = [
  '# What Headroom costs',
  '',
  `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}.`,
  'Figures vary from run to run; the ratios are of one run, measured in turn. Beside this: [what arrives in InfluxDB](INFLUX.md),',
  '[the booking app](APP.md), [error rates of the gates](GATES.md), [how long a verdict takes](JUDGEMENTS.md), [limits that are',
  'known](CAPACITY.md), [changes foretold](WHAT-IF.md), [forecasts](FORECAST.md), [workloads from logs](WORKLOAD.md), [drift in',
  'soaks](SOAK-DRIFT.md), [soaks replayed](SOAK-REPLAY.md), [their report in a browser](REPORT.md), [a hundred instances',
  'merged](MERGE.md).',
  '',
  '## CPU time of the generator for one request',
  '',
  'The load scenario without think times against a target that costs next to nothing; start-up, bundling and report left',
  'out by the difference of a long and a short run; median of three rounds. Goal: at most 1.25 × k6 alone.',
  '',
  '| way | CPU time | × k6 alone | of the database beside it |',
  '| --- | ---: | ---: | ---: |',
  ...costs.map(({ way, microseconds, databaseMicroseconds }) => {
    const database = databaseMicroseconds === null ? '–' : `${databaseMicroseconds.toFixed(0)} µs`;
    return `| ${way} | ${microseconds.toFixed(0)} µs | ${(microseconds / bare).toFixed(2)} | ${database} |`;
  }),
  '',
  '## Rows of k6’s CSV on one core',
  '',
  'Twelve endpoints at 1,000 requests/s; best of twelve passes, by CPU time. Goal: 5 million rows/s into histograms.',
  '',
  '| what | million rows/s |',
  '| --- | ---: |',
  ...decoder.map(({ what, rowsPerSecond }) => `| ${what} | ${(rowsPerSecond / 1e6).toFixed(1)} |`),
  '',
  '## Memory of a virtual user',
  '',
  'Resident memory of k6 over the number of virtual users, each of which has run. Goal: at most 1.3 × a bare script.',
  '',
  '| script | virtual users | memory of each | × bare |',
  '| --- | ---: | ---: | ---: |',
  ...memory.map(
    ({ script, vus, rssBytes }) =>
      `| ${script} | ${vus} | ${(rssBytes / vus / 1000).toFixed(0)} kB | ${(rssBytes / vus / bareVu).toFixed(2)} |`,
  ),
  '',
];
writeFileSync(new URL('RESULTS.md', import.meta.url), lines.join('\n'));
say('written to bench/RESULTS.md');
