import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { builtinScenarioPath, bundleScenario } from '../src/k6/bundle.ts';
import { garbageCollection } from '../src/k6/generator.ts';
import { K6_PRIVATE_ENV } from '../src/k6/inspect.ts';

/** Resident memory of k6 with many virtual users, each of which has run. */
export interface VuMemory {
  script: string;
  vus: number;
  rssBytes: number;
}

/** What every script does besides its request: stay, so that all virtual users are alive at once. */
const HOLD = 'import { sleep } from "k6"; import http from "k6/http";';
const SECONDS = 15;

const BARE = `${HOLD}
export default function () { http.get(__ENV.BASE_URL + '/'); sleep(1); }`;

const FAKER = `${HOLD}
import { faker } from '@faker-js/faker';
export default function () { http.get(__ENV.BASE_URL + '/' + faker.person.firstName()); sleep(1); }`;

/**
 * Memory of a one-GET script, of the load scenario as Headroom runs it and by k6 alone, and of a script that brings
 * faker into each virtual user. The last is measured with a tenth of the virtual users, or it would not fit.
 */
export async function measureVuMemory(k6Path: string, vus = 2_000): Promise<VuMemory[]> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-bench-'));
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{"sitters":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  try {
    const bare = join(folder, 'bare.js');
    await writeFile(bare, BARE);
    const faker = join(folder, 'faker.js');
    const contents = { contents: FAKER, resolveDir: fileURLToPath(new URL('..', import.meta.url)) };
    await build({
      stdin: contents,
      outfile: faker,
      bundle: true,
      format: 'esm',
      external: ['k6', 'k6/*'],
      minify: true,
    });
    const { bundlePath } = await bundleScenario({ entry: builtinScenarioPath('load'), outDir: folder });
    return [
      { script: 'bare: one GET', vus, rssBytes: await residentMemory(k6Path, bare, vus, baseUrl) },
      {
        script: 'load scenario, by `headroom run`',
        vus,
        rssBytes: await residentMemory(k6Path, bundlePath, vus, baseUrl, garbageCollection(vus)),
      },
      { script: 'load scenario, by k6 alone', vus, rssBytes: await residentMemory(k6Path, bundlePath, vus, baseUrl) },
      {
        script: 'faker inside the virtual user',
        vus: vus / 10,
        rssBytes: await residentMemory(k6Path, faker, vus / 10, baseUrl),
      },
    ];
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Peak resident memory while `vus` virtual users are alive and have each begun an iteration. */
async function residentMemory(
  k6Path: string,
  script: string,
  vus: number,
  baseUrl: string,
  more: { GOGC?: string } = {},
): Promise<number> {
  const args = ['run', '--quiet', '--no-thresholds', '--summary-mode=disabled', script];
  const env = {
    ...process.env,
    ...K6_PRIVATE_ENV,
    ...more,
    HEADROOM: '1',
    BASE_URL: baseUrl,
    // Command-line executors would replace the bundle's; these settings make it start all of them within the time, with
    // as many requests a second as the bare script's.
    ...(script.endsWith('load.js')
      ? { ITERATIONS: String(vus * 20), VUS: String(vus), THINK: '0.33' }
      : { K6_VUS: String(vus), K6_DURATION: `${SECONDS}s` }),
  };
  const child = spawn(k6Path, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let peak = 0;
  for (let i = 0; i < SECONDS * 2 && child.exitCode === null; i++) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    await pause(500);
  }
  child.kill('SIGKILL');
  await ended;
  return peak;
}
