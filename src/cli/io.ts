/** What a command may touch of the outside world. `run(argv, io)` gets it from bin.ts; tests give their own. */
export interface Io {
  /** Read only when a command asks for it. */
  readonly stdin: AsyncIterable<Uint8Array> & { isTTY?: boolean; destroy?(): unknown };
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  env: Record<string, string | undefined>;
  cwd: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal;
}
