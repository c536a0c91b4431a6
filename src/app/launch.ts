import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';

const readySchema = z.object({
  event: z.literal('ready'),
  url: z.url(),
  pid: z.number(),
  switches: z.record(z.string(), z.unknown()),
});

/** A reference app of ours that is running. */
export interface RunningApp {
  url: URL;
  switches: Record<string, unknown>;
  /** Settles with the exit code when it ends, whoever ended it. */
  ended: Promise<number | null>;
  /** Drains and stops it with its database, and waits until it is gone. */
  stop(): Promise<void>;
}

/** How long the app may take to start: the first start makes and seeds its database. */
const START_TIMEOUT_MS = 180_000;
/** How long draining may take before it is ended by force. */
const STOP_TIMEOUT_MS = 20_000;

/** The app's entry: beside src/ in the source tree, beside the compiled cli/ in the built package. */
function entryPath(): string {
  const candidates = ['../../reference-app/main.ts', '../reference-app/main.js'];
  const found = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new HeadroomError(
      'APP_START_FAILED',
      'The reference app is missing from this installation.',
      'Install Headroom again.',
    );
  return found;
}

/**
 * Starts the reference app as a process of its own. It ends with us: it watches the pipe to its parent.
 *
 * @param args switches of the app, as `headroom app --help` lists them
 * @param onLog takes the app's log lines (JSON)
 * @throws HeadroomError USAGE for a switch it does not know, APP_START_FAILED
 */
export async function launchApp(options: {
  args: readonly string[];
  env: Record<string, string | undefined>;
  signal: AbortSignal;
  onLog?(line: string): void;
}): Promise<RunningApp> {
  const child = spawn(process.execPath, [entryPath(), ...options.args], {
    env: { ...options.env, HEADROOM_APP_PARENT: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let lastLines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines = [...lastLines.slice(-9), line];
    options.onLog?.(line);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  try {
    const ready = await untilReady(child, ended, options.signal, () => lastLines);
    return { url: new URL(ready.url), switches: ready.switches, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilReady(
  child: ChildProcess,
  ended: Promise<number | null>,
  signal: AbortSignal,
  lastLines: () => string[],
): Promise<z.infer<typeof readySchema>> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the app was started without a pipe');
  const lines = createInterface({ input: stdout });
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  return await new Promise((resolve, reject) => {
    const failed = (why: string): HeadroomError =>
      new HeadroomError(
        'APP_START_FAILED',
        `The reference app did not start: ${why}.`,
        'See `headroom doctor`, or start it alone with `headroom app --log-level info`.',
      );
    lines.on('line', (line) => {
      const parsed = readySchema.safeParse(parseJson(line));
      if (parsed.success) resolve(parsed.data);
    });
    child.once('error', (error) => reject(failed(error.message)));
    void ended.then((code) => {
      const said = lastLines().join('\n');
      if (code === 2) reject(new HeadroomError('USAGE', said, 'See `headroom app --help`.'));
      else reject(failed(said === '' ? `it ended with exit code ${code}` : said));
    });
    timeout.addEventListener('abort', () => reject(failed(`not ready after ${START_TIMEOUT_MS / 1000} s`)));
    signal.addEventListener('abort', () => reject(signal.reason));
    if (signal.aborted) reject(signal.reason);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
