import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workloadFromFile, workloadFromStream } from '../../src/workload/index.ts';
import { Lines } from '../../src/workload/lines.ts';
import { workloadJson, workloadSchema } from '../../src/workload/schema.ts';

const line = (path: string, second: number): string =>
  `10.0.0.${second} - - [05/Jan/2026:09:00:${String(second).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 200 12 "-" "tést"`;
const LOG = `${line('/a', 1)}\r\n\n${line('/ä', 2)}\nnonsense\n{"time":1767603600000,"method":"GET","url":"/a"}\n${line('/a', 3)}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-log-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

describe('a log', () => {
  it('is the same as a file, gzipped, and as a stream of pieces of any size', async () => {
    const plain = join(folder, 'access.log');
    const zipped = join(folder, 'access.log.1.gz');
    await writeFile(plain, LOG);
    await writeFile(zipped, gzipSync(LOG));
    const whole = await workloadFromFile(plain);
    expect(whole.source).toMatchObject({
      name: 'access.log',
      bytes: Buffer.byteLength(LOG),
      lines: 5,
      common: 3,
      json: 1,
      unreadable: 1,
      examples: ['nonsense'],
      from: '2026-01-05T09:00:00.000Z',
      to: '2026-01-05T09:00:03.000Z',
    });
    expect(whole.requests.count).toBe(4);
    const others = [
      await workloadFromFile(zipped),
      await workloadFromStream(pieces(Buffer.from(LOG), 1), 'access.log'),
      await workloadFromStream(pieces(gzipSync(LOG), 7), 'access.log'),
    ];
    for (const other of others) {
      expect({ ...other, source: { ...other.source, name: 'access.log' } }).toEqual(whole);
    }
    expect(workloadSchema.parse(JSON.parse(workloadJson(whole)))).toEqual(whole);
  });

  it.each([
    ['', 'There is no request in x: it is empty.'],
    ['one\ntwo\n', 'There is no request in x: of 2 lines 2 could not be read and 0 tell of no request, such as: one.'],
    ['{"msg":"started"}\n', 'There is no request in x: of 1 lines 0 could not be read and 1 tell of no request.'],
  ])('without a request is refused with one sentence: %j', async (text, sentence) => {
    const read = workloadFromStream(pieces(Buffer.from(text), 100), 'x');
    await expect(read).rejects.toMatchObject({ code: 'LOG_UNREADABLE', exitCode: 2, message: sentence });
  });

  it('that is a folder, missing, or cut in the middle of its compression is refused', async () => {
    const cut = join(folder, 'cut.gz');
    const zipped = gzipSync(LOG);
    await writeFile(cut, zipped.subarray(0, zipped.length - 20));
    for (const path of [folder, join(folder, 'none'), cut]) {
      await expect(workloadFromFile(path)).rejects.toMatchObject({ code: 'LOG_UNREADABLE' });
    }
  });

  it('with a line whose time is years away counts it as unreadable', async () => {
    const text = `${line('/a', 1)}\n${line('/a', 2).replace('2026', '1970')}\n`;
    const { source, requests } = await workloadFromStream(pieces(Buffer.from(text), 50), 'x');
    expect([source.unreadable, requests.count]).toEqual([1, 1]);
  });

  it('tells how far it is, and stops when it is told to', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const read = workloadFromStream(pieces(Buffer.from(LOG), 100), 'x', {
      signal: controller.signal,
      onProgress: ({ bytes }) => {
        seen.push(bytes);
        if (bytes >= 200) controller.abort(new Error('stop'));
      },
    });
    await expect(read).rejects.toThrow('stop');
    expect(seen).toEqual([100, 200]);
  });
});

it('a line without an end is cut once, and the next one is whole', () => {
  const lines: string[] = [];
  const cutter = new Lines((text) => lines.push(text));
  for (let i = 0; i < 40; i++) cutter.write(Buffer.from('x'.repeat(5_000)));
  cutter.write(Buffer.from('end\nnext\nlast'));
  cutter.end();
  expect(lines.map((text) => text.slice(0, 10))).toEqual(['xxxxxxxxxx', 'next', 'last']);
  expect(lines[0]).toHaveLength(65_536);
});
