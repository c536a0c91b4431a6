import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findListener,
  lookAtProcess,
  lookAtProcesses,
  ProcessWatch,
  startOf,
  withChildren,
} from '../../src/run/process.ts';
import { PROCESS } from '../../src/soak/signals.ts';

let server: Server;
let url: URL;
beforeAll(async () => {
  server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const seen = async (metric: string): Promise<number> =>
  (await lookAtProcess(process.pid)).find((sample) => sample.metric === metric)?.value ?? Number.NaN;

describe.runIf(process.platform === 'linux')('a process on this machine', () => {
  it('is found by the port that it listens at', async () => {
    expect(await findListener(url)).toBe(process.pid);
    expect(await findListener(new URL('http://192.0.2.1:80'))).toBeNull();
    expect(await findListener(new URL('http://127.0.0.1:1'))).toBeNull();
  });

  it('tells its memory as the process itself knows it', async () => {
    const rss = await seen(PROCESS.rss);
    expect(Math.abs(rss / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
    expect(await seen(PROCESS.fileDescriptorLimit)).toBeGreaterThan(10);
  });

  it('tells each descriptor and each socket that is opened', async () => {
    const [before, sockets] = [await seen(PROCESS.fileDescriptors), await seen(PROCESS.sockets)];
    const files = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
    const connections = await Promise.all(
      Array.from(
        { length: 5 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const socket = connect(Number(url.port), '127.0.0.1', () => resolve(socket));
          }),
      ),
    );
    // Both ends of each connection are ours.
    expect((await seen(PROCESS.sockets)) - sockets).toBeGreaterThanOrEqual(5);
    expect((await seen(PROCESS.fileDescriptors)) - before).toBeGreaterThanOrEqual(25);
    for (const file of files) closeSync(file);
    for (const socket of connections) socket.destroy();
  });

  it('is told from another one by its start', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
    const started = (await lookAtProcess(child.pid ?? 0)).find(({ metric }) => metric === PROCESS.start)?.value;
    expect(started).toBeGreaterThan(await seen(PROCESS.start));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    expect(await new ProcessWatch(url, [child.pid ?? 0]).look()).toEqual([]);
  });

  it('is found again when another one listens at the port', async () => {
    const watch = new ProcessWatch(url, []);
    expect(await watch.look()).toEqual([]);
    expect(await watch.find()).toEqual([process.pid]);
    expect((await watch.look()).length).toBeGreaterThan(4);
  });

  it('is added up with the processes that it has started, and theirs', async () => {
    const grandchild = "require('node:child_process').spawn('sleep', ['60']); setTimeout(() => {}, 60_000)";
    const child = spawn(process.execPath, ['-e', grandchild], { detached: true });
    const root = child.pid ?? 0;
    try {
      let started: number[] = [];
      while (started.length < 1) started = withChildren([root]).filter((pid) => pid !== root);
      const value = (samples: readonly { metric: string; value: number }[], metric: string): number =>
        samples.find((sample) => sample.metric === metric)?.value ?? Number.NaN;
      const all = await lookAtProcesses([root]);
      const each = await Promise.all([root, ...started].map(lookAtProcess));
      const rss = each.reduce((sum, samples) => sum + value(samples, PROCESS.rss), 0);
      expect(started).toHaveLength(1);
      expect(Math.abs(value(all, PROCESS.rss) / rss - 1)).toBeLessThan(0.2);
      expect(value(all, PROCESS.rss)).toBeGreaterThan(value(each[1] ?? [], PROCESS.rss));
      expect(value(all, PROCESS.start)).toBe(startOf(root));
      // Named beside each other, none counts twice.
      const named = await lookAtProcesses([root, ...started]);
      expect(Math.abs(value(named, PROCESS.rss) / rss - 1)).toBeLessThan(0.2);
    } finally {
      process.kill(-root, 'SIGKILL');
    }
    await new Promise((resolve) => child.once('close', resolve));
    expect(await lookAtProcesses([root, process.pid])).toEqual([]);
  });
});
