/** What runs have not told, since they were killed or the receiver did not answer. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { endedNotification, endOf, NOTIFY_VARIABLE, Notifier, OUTBOX_FILE, webhookIn } from '../notify/index.ts';
import { verdictSentence } from '../report/sentences.ts';
import { readRun } from '../results/archive.ts';
import { isRunning } from '../run/alive.ts';
import { owesItsEnd, readNotify } from '../run/asked.ts';
import type { Io } from './io.ts';

/**
 * Opens the outbox of a run; when it ended and was killed before it told so, its end is put there.
 *
 * @param variable of the environment with the URL; the one that the run had, without
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE, SETTING_INVALID
 */
export async function lateNotifier(folder: string, variable: string | undefined, io: Io): Promise<Notifier> {
  const run = await readRun(folder);
  const asked = await readNotify(folder);
  const name = variable ?? asked?.variable ?? NOTIFY_VARIABLE;
  const notifier = new Notifier(webhookIn(name, asked?.format ?? 'json', io.env), folder);
  if (owesItsEnd(folder, run, asked))
    notifier.tellEnd(endedNotification(run, io.now(), verdictSentence(run)), endOf(run));
  return notifier;
}

/** How long earlier runs may keep a new one from its begin, in all. */
const WITHIN_MS = 5_000;

/** Sends what the runs of a folder owe, for a short while; what is left waits for the next time. */
export async function sendLate(runsFolder: string, io: Io): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  for (const name of await readdir(runsFolder).catch(() => [])) {
    const folder = join(runsFolder, name);
    if (!existsSync(join(folder, OUTBOX_FILE)) || (await isRunning(folder, io.now()))) continue;
    const notifier = await lateNotifier(folder, undefined, io).catch((error: unknown) => {
      // A run that cannot be read, or a webhook that is no longer set, is no reason not to begin another.
      if (error instanceof HeadroomError) return null;
      throw error;
    });
    const waiting = notifier?.waiting ?? 0;
    if (notifier === null || waiting === 0) continue;
    const { messages } = await notifier.end(Math.max(0, until - performance.now()));
    const sent = waiting - messages;
    if (sent > 0) io.stderr.write(`told late: ${sent} notification${sent === 1 ? '' : 's'} of run ${name}\n`);
    if (messages > 0) return;
  }
}
