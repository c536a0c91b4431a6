/** k6 itself reads the exported thresholds and ends with 99 when one is broken. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../../src/cli/main.ts';
import { silentIo } from '../../cli/io.ts';

const SCRIPT = `
import http from 'k6/http';
export default () => http.get(__ENV.TARGET, { tags: { name: 'search' } });
`;

it.each([
  [200, 0],
  [500, 99],
])('a target that answers %i ends k6 with %i', async (status, exitCode) => {
  const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
  const folder = await mkdtemp(join(tmpdir(), 'headroom-thresholds-'));
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    await writeFile(join(folder, 'slo.json'), '[{"endpoint":"search","metric":"errorRate","max":0.01}]');
    const io = silentIo({ cwd: folder });
    expect(await run(['slo', 'export', '--k6', '--slo', 'slo.json'], io)).toBe(0);
    await writeFile(join(folder, 'thresholds.json'), io.out());
    await writeFile(join(folder, 'script.js'), SCRIPT);
    const argv = ['run', '--quiet', '--iterations', '3', '--config', 'thresholds.json', 'script.js'];
    const k6 = spawn(process.env.K6_PATH ?? 'k6', argv, {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, TARGET: `http://127.0.0.1:${address.port}/` },
    });
    expect(await new Promise((resolve) => k6.once('exit', resolve))).toBe(exitCode);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
