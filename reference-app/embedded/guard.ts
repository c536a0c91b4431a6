import { spawn } from 'node:child_process';

/** Waits beside the app for its death. */
export interface Watchdog {
  /** Ends the watch, for the server stopped in order. */
  dismiss(): void;
}

/**
 * Reads a line from the app: one that comes is a dismissal; the end of the pipe is the app's death, also by
 * `kill -9`. Then it stops the server (SIGQUIT, at once) and removes the directory. It waits ten seconds at most, for
 * in a container whose first process does not reap, a dead server looks alive for ever.
 */
const SCRIPT = `
read -r dismissed && exit 0
kill -QUIT "$1" 2>/dev/null
left=100
while kill -0 "$1" 2>/dev/null && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
rm -rf "$2"
`;

/**
 * Makes sure that the server does not outlive the app, whatever ends the app.
 * @param serverPid the server's process, which must be running
 * @param directory removed after the server ended
 */
export function guard(serverPid: number, directory: string): Watchdog {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'headroom-guard', String(serverPid), directory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  // It may be gone already, killed with the whole process group.
  shell.stdin.on('error', () => undefined);
  return { dismiss: () => void shell.stdin.end('dismissed\n') };
}
