import { EXIT } from '../errors.ts';
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
  // A reader that has seen enough (`headroom … | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
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
