import { EXIT, exitCodeAfter } from '../errors.ts';
import type { Io } from './io.ts';
import { standardInput } from './stdin.ts';

/** This process as a command sees it. The first SIGINT or SIGTERM aborts its signal, the second ends it. */
export function processIo(): Io {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second time the user means it: k6 and the app end when their pipes to us break.
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new Error('interrupted'));
    });
  }
  process.stdout.once('error', outputLost);
  return {
    // Merely to look at it opens it.
    get stdin() {
      return standardInput();
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    signal: controller.signal,
  };
}

/** Nobody has what was written to stdout, as on a full disk: a command that ends well does not say so. */
function outputLost(error: NodeJS.ErrnoException): void {
  process.stdout.on('error', () => {});
  // A reader that has seen enough (`headroom … | head`) is no error.
  if (error.code === 'EPIPE') return;
  const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
  process.stderr.write(`headroom: What was to be printed cannot be written: ${why}.\nSend it where there is space.\n`);
  process.once('exit', (code) => {
    const known = Object.values(EXIT).find((each) => each === code) ?? EXIT.environment;
    process.exitCode = exitCodeAfter(known, EXIT.usage);
  });
}
