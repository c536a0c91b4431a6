import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { HeadroomError } from '../errors.ts';
import { freePort } from '../free-port.ts';
import { permittedTarget, reachTarget, type TargetPermission } from '../run/target.ts';

/** One of the two that are compared. */
export interface Subject {
  side: 'a' | 'b';
  /** As given: an address, or a command. */
  text: string;
  /** Null for a command. */
  url: URL | null;
}

/** A service that is ready to be loaded. */
export interface Started {
  url: URL;
  /** Ends what was started, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface StartOptions {
  cwd: string;
  env: Record<string, string | undefined>;
  permission: TargetPermission;
  /** File that takes what the command prints. */
  logPath: string;
  signal: AbortSignal;
}

/** How long a command may take until its service answers. */
const START_TIMEOUT_MS = 180_000;
/** How long it may take to end before it is ended by force. */
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
/** What a command may print before it names its address. */
const MOST_PRINTED = 100_000;

/**
 * Reads `--a` or `--b`: an http or https address, else a command.
 *
 * @throws HeadroomError SETTING_INVALID, TARGET_NOT_ALLOWED
 */
export function parseSubject(side: Subject['side'], text: string, permission: TargetPermission): Subject {
  if (text.trim() === '') {
    throw new HeadroomError(
      'SETTING_INVALID',
      `--${side} is empty.`,
      'Give an address, or a command that starts the service.',
    );
  }
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  return { side, text, url: isAddress ? permittedTarget(text, permission, `--${side}`) : null };
}

/**
 * Makes a subject ready: an address as it is; a command as a fresh process, on the port that stands for `{port}` in it, or
 * where the first address that it prints says.
 *
 * @throws HeadroomError COMMAND_FAILED, TARGET_NOT_ALLOWED
 */
export async function startSubject(subject: Subject, options: StartOptions): Promise<Started> {
  if (subject.url !== null) return { url: subject.url, stop: async () => {} };
  const port = subject.text.includes('{port}') ? await freePort() : null;
  const command = port === null ? subject.text : subject.text.replaceAll('{port}', String(port));
  const child = spawn('sh', ['-c', GUARDED, 'sh', command], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const log = createWriteStream(options.logPath);
  log.on('error', () => {});
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    log.write(chunk);
    if (printed.length < MOST_PRINTED) printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk));
  child.stdin.on('error', () => {});
  const state = { ended: false };
  child.once('exit', () => (state.ended = true));
  // The shell goes at once; what it started may need a while, and then lets go of what it prints to.
  const closed = new Promise<void>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => {
      state.ended = true;
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_TIMEOUT_MS);
    await closed;
    clearTimeout(timer);
    signalGroup(child, 'SIGKILL');
    log.end();
  };
  try {
    const failed = (why: string): HeadroomError =>
      new HeadroomError('COMMAND_FAILED', `The command of --${subject.side} ${why}.`, `See ${options.logPath}.`);
    const until = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < until) {
      options.signal.throwIfAborted();
      if (state.ended) throw failed('ended before its service answered');
      const address = port === null ? addressIn(printed) : `http://127.0.0.1:${port}`;
      if (address !== null) {
        const url = permittedTarget(address, options.permission, `The address that --${subject.side} prints`);
        if (await answers(url, options.signal)) return { url, stop };
      }
      await pause(POLL_MS);
    }
    throw failed(
      port === null && addressIn(printed) === null
        ? 'printed no address of its service; print one, or have {port} in the command'
        : `had no service that answers within ${START_TIMEOUT_MS / 1000} s`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs the command in our place, and ends its group when we are gone: the pipe to us then has no other end. */
const GUARDED = 'exec 3<&0; (cat <&3; kill -TERM -$$) </dev/null >/dev/null 2>&1 & exec sh -c "$1" 3<&- </dev/null';

/** Sends a signal to all that the command started. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is there any more.
  }
}

function addressIn(printed: string): string | null {
  // With what ends it: the rest may be on its way.
  return /(https?:\/\/[^\s"'<>]+)[\s"'<>]/.exec(printed)?.[1] ?? null;
}

async function answers(url: URL, signal: AbortSignal): Promise<boolean> {
  return await reachTarget(url, signal).then(
    () => true,
    () => false,
  );
}
