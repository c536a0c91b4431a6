import { Readable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';

/** An `Io` that keeps what is written to it. */
export interface RecordedIo extends Io {
  out(): string;
  err(): string;
}

/** An `Io` for tests: no terminal, its own environment, and everything written kept. */
export function silentIo(overrides: Partial<Io> = {}): RecordedIo {
  const stdout: string[] = [];
  const stderr: string[] = [];
  return {
    stdin: Readable.from([]),
    stdout: { write: (text: string) => stdout.push(text) },
    stderr: { write: (text: string) => stderr.push(text), isTTY: false },
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    signal: new AbortController().signal,
    out: () => stdout.join(''),
    err: () => stderr.join(''),
    ...overrides,
  };
}
