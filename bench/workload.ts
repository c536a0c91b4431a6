/**
 * `npm run bench:workload`: whether a workload that was found in a log comes back when it is played, and what it costs to
 * read a log of a gigabyte; writes bench/WORKLOAD.md. MEGABYTES, SECONDS and JOURNEYS make it smaller.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchApp } from '../src/app/launch.ts';
import { findK6 } from '../src/k6/find.ts';
import { processUsage } from '../src/k6/process-usage.ts';
import { runScenario } from '../src/run/run.ts';
import { renderScenario, type Workload, workloadFromFile } from '../src/workload/index.ts';

const BIN = fileURLToPath(new URL('../src/cli/bin.ts', import.meta.url));
const GENERATOR = fileURLToPath(new URL('access-log.ts', import.meta.url));
const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const megabytes = Number(process.env.MEGABYTES ?? 1_000);
const seconds = Number(process.env.SECONDS ?? 300);
const rate = Number(process.env.JOURNEYS ?? 20);
/** Seconds of the parts by which rates are compared. */
const PART = 30;

const k6 = await findK6({ env: process.env, log: say });
const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
const { signal } = new AbortController();

/** What a log of a run shows; the audit's and our own look at the target are no part of the load. */
const read = (path: string): Promise<Workload> =>
  workloadFromFile(path, { settings: { exclude: ['GET /', 'GET /internal/*'] } });

async function playAndRead(): Promise<{ original: Workload; replayed: Workload; dropped: number[] }> {
  const logs = ['original', 'replayed'].map((name) => join(folder, `${name}.log`));
  let log = createWriteStream(join(folder, 'start.log'));
  const app = await launchApp({
    args: ['--log-level', 'info'],
    env: process.env,
    signal,
    onLog: (line) => log.write(`${line}\n`),
  });
  const dropped: number[] = [];
  const play = async (scenario: string, path: string, seed: number, settings: Record<string, string>) => {
    log = createWriteStream(path);
    const { run } = await runScenario({
      scenario,
      target: app.url,
      k6,
      seed,
      settings,
      env: process.env,
      runsFolder: join(folder, 'runs'),
      cwd: folder,
      audit: false,
      signal,
      now: Date.now,
    });
    dropped.push(run.requests.droppedIterations);
    log.end();
    await once(log, 'finish');
  };
  try {
    const [before = '', after = ''] = logs;
    say(`the soak scenario for ${seconds} s`);
    await play('soak', before, 1, { RATE: `${rate}`, DURATION: `${seconds}s`, THINK: '0', PROFILE: 'diurnal' });
    const original = await read(before);
    const scenario = join(folder, 'replay.ts');
    writeFileSync(scenario, renderScenario(original, { name: 'replay', scale: 1, unsafeBody: {} }));
    say('its log, played again');
    await play(scenario, after, 2, { VUS: '200' });
    return { original, replayed: await read(after), dropped };
  } finally {
    await app.stop();
  }
}

interface Cost {
  what: string;
  megabytes: number;
  requests: number;
  endpoints: number;
  peakBytes: number;
  cpuSeconds: number;
}

/** Reads a synthetic log as the command does, in a process of its own, from a generator that writes into its input. */
async function costOf(what: string, size: number, ...format: string[]): Promise<Cost> {
  say(`${what}, ${size} MB`);
  const generator = spawn(process.execPath, [GENERATOR, String(size), ...format], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const out = join(folder, `log-${what.replaceAll(' ', '-')}-${size}`);
  const reader = spawn(process.execPath, [BIN, 'workload', 'from-log', '-', '--out', out], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  generator.stdout.pipe(reader.stdin);
  let [peakBytes, cpuSeconds] = [0, 0];
  const timer = setInterval(async () => {
    const usage = reader.pid === undefined ? null : await processUsage(reader.pid);
    peakBytes = Math.max(peakBytes, usage?.rssBytes ?? 0);
    cpuSeconds = Math.max(cpuSeconds, usage?.cpuSeconds ?? 0);
  }, 100);
  const [code] = await once(reader, 'close');
  clearInterval(timer);
  if (code !== 0) throw new Error(`the reader ended with ${code}`);
  const workload: Workload = JSON.parse(readFileSync(join(out, 'workload.json'), 'utf8'));
  const { source, requests, endpoints } = workload;
  return {
    what,
    megabytes: source.bytes / 1e6,
    requests: requests.count,
    endpoints: endpoints.length,
    peakBytes,
    cpuSeconds,
  };
}

/** Requests in parts of the run from its first second on, or a fraction of a second beside it. */
function partsOf({ profile }: Workload, shiftSeconds = 0): number[] {
  const upTo = [0];
  for (const count of profile.requests) upTo.push((upTo.at(-1) ?? 0) + count);
  const at = (seconds: number): number => {
    const bucket = Math.min(upTo.length - 1, Math.max(0, seconds / profile.bucketSeconds));
    const [low = 0, high = low] = upTo.slice(Math.floor(bucket), Math.floor(bucket) + 2);
    return low + (high - low) * (bucket % 1);
  };
  const length = Math.floor((profile.requests.length * profile.bucketSeconds) / PART);
  return Array.from({ length }, (_, part) =>
    Math.round(at((part + 1) * PART + shiftSeconds) - at(part * PART + shiftSeconds)),
  );
}

/** Runs begin anywhere within a second, and logs are counted by whole ones: the shift that makes both most alike. */
function aligned(original: readonly number[], replayed: Workload): number[] {
  const shifts = Array.from({ length: 41 }, (_, i) => (i - 20) / 20);
  const missOf = (parts: readonly number[]): number =>
    original.reduce((sum, count, i) => sum + ((parts[i] ?? 0) / count - 1) ** 2, 0);
  return shifts.map((shift) => partsOf(replayed, shift)).reduce((a, b) => (missOf(b) < missOf(a) ? b : a));
}

const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;
const signed = (value: number, digits = 2): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

try {
  const { original, replayed, dropped } = await playAndRead();
  const costs = [
    await costOf('combined format', megabytes / 10),
    await costOf('combined format', megabytes),
    await costOf('JSON lines', megabytes / 10, 'json'),
    await costOf('JSON lines', megabytes, 'json'),
  ];
  const before = partsOf(original);
  const after = aligned(before, replayed);
  const parts = before.map((count, i) => ({ count, error: (after[i] ?? 0) / count - 1 }));
  const worst = parts.reduce((a, b) => (Math.abs(b.error) > Math.abs(a.error) ? b : a), { count: 0, error: 0 });
  const shares = original.endpoints.map(({ name, share }) => {
    const again = replayed.endpoints.find((each) => each.name === name)?.share ?? 0;
    return { name, share, again, noise: 1.96 * Math.sqrt((share * (1 - share)) / replayed.requests.count) };
  });
  const ids = original.endpoints.flatMap(({ name, popularity }) => {
    const again = replayed.endpoints.find((each) => each.name === name)?.popularity;
    return popularity === null || again === null || again === undefined ? [] : [{ name, popularity, again }];
  });
  const zipf = (popularity: { exponent: number | null; exponentError: number | null }): string =>
    popularity.exponent === null
      ? '–'
      : `${popularity.exponent.toFixed(3)} ± ${(popularity.exponentError ?? 0).toFixed(3)}`;
  const lines = [
    '# Workloads from logs',
    '',
    `Written by \`npm run bench:workload\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}.`,
    '',
    '## Played again',
    '',
    `The soak scenario (\`PROFILE=diurnal\`, three days from night to night) for ${seconds} s with ${rate} journeys/s in the mean, without think times, against the`,
    'reference app, which logs each request. That log, turned into a workload and played against the same app with',
    '`--include-unsafe` (empty bodies, so bookings are refused), which logs again. Both logs are read in the same way.',
    `${original.requests.count} requests at first, ${replayed.requests.count} when played again; iterations dropped: ${dropped.join(' and ')}.`,
    ...(Math.max(...dropped) > original.requests.count / 1000
      ? [
          'The generator was starved of CPU in this run: what it dropped is missing from the rates below, which do not meet the goal for that.',
        ]
      : []),
    'All of k6’s requests come from one address, so single requests are modelled.',
    '',
    'Goal: the share of each endpoint within one percentage point. The replay draws each request at random: 95 % of replays of',
    'this length are within the noise.',
    '',
    '| endpoint | share in the log | played again | difference | noise |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...shares.map(
      ({ name, share, again, noise }) =>
        `| ${name} | ${percent(share)} | ${percent(again)} | ${signed((again - share) * 100)} points | ± ${(noise * 100).toFixed(2)} |`,
    ),
    '',
    `Goal: the rate of each part of the run within 3 %. Compared are the requests of ${PART} s. Logs are counted by whole seconds and runs`,
    'begin anywhere within one, so the replay is shifted by up to a second to where both are most alike. k6 starts',
    'single requests by the clock, so the replay adds no noise of its own: that of the log is part of what is played.',
    '',
    '| from second | requests in the log | played again | difference |',
    '| ---: | ---: | ---: | ---: |',
    ...parts.map(({ count, error }, i) => `| ${i * PART} | ${count} | ${after[i] ?? 0} | ${signed(error * 100)} % |`),
    '',
    `The largest difference is ${signed(worst.error * 100)} %.`,
    '',
    'Goal: the exponents of both agree within the root of the sum of their squared errors. The sitters of each region follow',
    'Zipf’s law with exponent 1, and regions differ in size, so that of all sitters is another one.',
    '',
    '| endpoint | | ids | Zipf exponent | top 1 % | top 10 % |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...ids.flatMap(({ name, popularity, again }) =>
      [['in the log', popularity] as const, ['played again', again] as const].map(
        ([what, each]) =>
          `| ${name} | ${what} | ${each.distinct} | ${zipf(each)} | ${percent(each.top1PercentShare, 1)} | ${percent(each.top10PercentShare, 1)} |`,
      ),
    ),
    '',
    '## Reading',
    '',
    'A synthetic week of a shop (a million addresses and a million things, thousands of articles), written into the command’s',
    'standard input while it is read. Goal: memory does not grow with the log. Speed is by CPU time of the reading process.',
    '',
    '| log | size | requests | endpoints | peak memory | MB a CPU second |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...costs.map(
      (cost) =>
        `| ${cost.what} | ${cost.megabytes.toFixed(0)} MB | ${cost.requests} | ${cost.endpoints} | ${(cost.peakBytes / 1e6).toFixed(0)} MB | ${(cost.megabytes / cost.cpuSeconds).toFixed(0)} |`,
    ),
    '',
  ];
  writeFileSync(new URL('WORKLOAD.md', import.meta.url), lines.join('\n'));
  say('written to bench/WORKLOAD.md');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
