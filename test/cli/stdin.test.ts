/** Standard input of a process, as a command reads it: from a pipe, from a file, from nothing. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MODULE = new URL('../../src/cli/stdin.ts', import.meta.url).href;
/** Reads all of it, slowly at first: the writer is then ahead of the reader. */
const READER = `
import { createHash } from 'node:crypto';
import { standardInput } from ${JSON.stringify(MODULE)};
const hash = createHash('sha256');
let pieces = 0;
let bytes = 0;
for await (const piece of standardInput()) {
  if (pieces++ < 5) await new Promise((resolve) => setTimeout(resolve, 2));
  bytes += piece.length;
  hash.update(piece);
}
process.stdout.write(JSON.stringify({ bytes, hash: hash.digest('hex') }));
`;
const BYTES = randomBytes(3_000_001);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-stdin-'));
  await writeFile(join(folder, 'reader.mjs'), READER);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What the reader found, given bytes through a pipe, or a file. */
async function read(input: Buffer | string): Promise<unknown> {
  const file = typeof input === 'string' ? openSync(input, 'r') : null;
  const child = spawn(process.execPath, [join(folder, 'reader.mjs')], { stdio: [file ?? 'pipe', 'pipe', 'inherit'] });
  if (file !== null) closeSync(file);
  if (typeof input !== 'string') child.stdin?.end(input);
  let text = '';
  for await (const piece of child.stdout ?? []) text += String(piece);
  return JSON.parse(text);
}

const of = (bytes: Buffer) => ({ bytes: bytes.length, hash: createHash('sha256').update(bytes).digest('hex') });

describe('standard input', () => {
  it('through a pipe comes whole, whoever is faster', async () => {
    expect(await read(BYTES)).toEqual(of(BYTES));
  });

  it('may be empty', async () => {
    expect(await read(Buffer.alloc(0))).toEqual(of(Buffer.alloc(0)));
    expect(await read('/dev/null')).toEqual(of(Buffer.alloc(0)));
  });

  it('may be a file', async () => {
    const path = join(folder, 'bytes');
    await writeFile(path, BYTES);
    expect(await read(path)).toEqual(of(BYTES));
  });
});
