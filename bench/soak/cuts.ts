/** What is lost of a run, in seconds of data, when one of its processes is killed with signal 9 or its disk is full. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { run } from '../../src/cli/main.ts';
import { readRun } from '../../src/results/archive.ts';
import { silentIo } from '../../test/cli/io.ts';
import {
  countWindows,
  gone,
  k6Of,
  type NotingTarget,
  runWithWindows,
  startHeadroom,
  startTarget,
  writeScenario,
} from '../../test/run/cut-run.ts';
import { serviceProgram } from '../../test/setup/services.ts';
import { startInfluxd } from '../servers.ts';

/** What came of a cut. */
export interface Cut {
  what: string;
  /** Seconds of data from the cut back to the end of the last window that can be read; null where it could not be tried. */
  lostSeconds: number | null;
  /** What happened besides. */
  outcome: string;
}

/** What InfluxDB 1.x answers to a question with one number: a time stamp, and the number. */
const answerSchema = z.object({
  results: z.array(
    z.object({ series: z.array(z.object({ values: z.array(z.tuple([z.unknown(), z.number()])) })).optional() }),
  ),
});

const SECONDS = 16;
const WINDOWS_BEFORE = 6;

interface Place {
  cwd: string;
  scenario: string;
  target: NotingTarget;
}

async function inPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  const cwd = await mkdtemp(join(tmpdir(), 'headroom-cuts-'));
  const target = await startTarget();
  try {
    return await work({ cwd, scenario: await writeScenario(cwd), target });
  } finally {
    target.server.close();
    await rm(cwd, { recursive: true, force: true });
  }
}

const start = ({ cwd, scenario, target }: Place, ...more: string[]) =>
  startHeadroom(
    { cwd },
    ...['run', scenario, '--target', target.url, '--duration', `${SECONDS}s`, '--warmup', '1s', '--no-audit', ...more],
  );

async function report(place: Place, folder: string): Promise<string> {
  const io = silentIo({ cwd: place.cwd });
  const code = await run(['report', folder, '--json'], io);
  const { verdict, requests } = JSON.parse(io.out());
  return `report ends with ${code}: ${verdict}, ${requests.count} requests`;
}

async function resume(place: Place, folder: string): Promise<string> {
  const io = silentIo({ cwd: place.cwd });
  await run(['resume', folder, '--json'], io);
  const { iterations, parts } = JSON.parse(io.out());
  const twice = place.target.numbers.length - new Set(place.target.numbers).size;
  return `resumed: ${iterations.count} of ${iterations.planned} iterations in ${parts.length} parts, ${twice} requests sent twice`;
}

const collectorKilled = (): Promise<Cut> =>
  inPlace(async (place) => {
    const child = start(place);
    const folder = await runWithWindows(place.cwd, WINDOWS_BEFORE);
    const k6 = k6Of(child.pid);
    child.kill('SIGKILL');
    const at = Date.now() / 1000;
    await Promise.all([once(child, 'close'), gone(k6)]);
    // The second in which it was cut may be there in part.
    const lostSeconds = Math.max(0, at - (await countWindows(folder)).end);
    const outcome = `${await report(place, folder)}; ${await resume(place, folder)}`;
    return { what: 'kill −9 of the collector', lostSeconds, outcome };
  });

const k6Killed = (): Promise<Cut> =>
  inPlace(async (place) => {
    const child = start(place);
    const folder = await runWithWindows(place.cwd, WINDOWS_BEFORE);
    process.kill(k6Of(child.pid), 'SIGKILL');
    const at = Date.now() / 1000;
    await once(child, 'close');
    // The second in which it was cut may be there in part.
    const lostSeconds = Math.max(0, at - (await countWindows(folder)).end);
    return {
      what: 'kill −9 of k6',
      lostSeconds,
      outcome: `${await report(place, folder)}; ${await resume(place, folder)}`,
    };
  });

/** InfluxDB is killed, and is back after some seconds: what of the run is not there. */
const influxdKilled = (program: string): Promise<Cut> =>
  inPlace(async (place) => {
    const influxd = await startInfluxd(program);
    try {
      const child = start(place, '--influx', `${influxd.url}/headroom`);
      const folder = await runWithWindows(place.cwd, WINDOWS_BEFORE);
      process.kill(influxd.pid, 'SIGKILL');
      await gone(influxd.pid);
      await pause(3_000);
      await influxd.again();
      await once(child, 'close');
      const stored = await readRun(folder);
      const query = encodeURIComponent('SELECT sum("count") FROM http_reqs');
      const response = await fetch(`${influxd.url}/query?db=headroom&q=${query}`);
      const answer = answerSchema.parse(await response.json());
      const arrived = answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
      const { count, rate } = stored.requests;
      const outcome = `${arrived} of ${count} requests are in InfluxDB, ${count} in the archive`;
      return { what: 'kill −9 of influxd, back after 3 s', lostSeconds: (count - arrived) / rate, outcome };
    } finally {
      await influxd.stop();
    }
  });

/** A small tmpfs, filled while the run goes; freed again when told to. */
const diskFull = (freed: boolean): Promise<Cut> =>
  inPlace(async (place) => {
    const what = freed ? 'disk full for 4 s' : 'disk full to the end';
    const disk = join(place.cwd, 'runs');
    try {
      execFileSync('mkdir', [disk]);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return { what, lostSeconds: null, outcome: 'not tried: a tmpfs may not be mounted here' };
    }
    try {
      const child = start(place);
      const folder = await runWithWindows(place.cwd, WINDOWS_BEFORE);
      const ballast = join(folder, 'ballast');
      await writeFile(ballast, Buffer.alloc(2 ** 21)).catch(() => {});
      const at = Date.now() / 1000;
      if (freed) {
        await pause(4_000);
        await rm(ballast);
      }
      const [code] = await once(child, 'close');
      if (freed) {
        const { generator } = await readRun(folder);
        const { count } = await countWindows(folder);
        const outcome = `${count} windows, ${generator.samplesLost} samples lost`;
        return { what, lostSeconds: generator.samplesLost === 0 ? 0 : SECONDS - count, outcome };
      }
      const { end } = await countWindows(folder);
      await rm(ballast);
      return { what, lostSeconds: at - end, outcome: `run ends with ${code}; ${await report(place, folder)}` };
    } finally {
      execFileSync('umount', [disk]);
    }
  });

export async function measureCuts(say: (line: string) => void): Promise<Cut[]> {
  const influxd = serviceProgram('influxd');
  const cuts: (() => Promise<Cut>)[] = [
    collectorKilled,
    k6Killed,
    ...(influxd === null ? [] : [() => influxdKilled(influxd)]),
    () => diskFull(false),
    () => diskFull(true),
  ];
  const results: Cut[] = [];
  for (const cut of cuts) {
    const result = await cut();
    say(`${result.what}: ${result.lostSeconds?.toFixed(1) ?? '–'} s lost; ${result.outcome}`);
    results.push(result);
  }
  return results;
}
