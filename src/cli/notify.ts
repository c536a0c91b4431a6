import { resolve } from 'node:path';
import { EXIT, HeadroomError } from '../errors.ts';
import { NOTIFY_VARIABLE, Notifier, webhookOf } from '../notify/index.ts';
import { readRun } from '../results/archive.ts';
import type { AddCommand } from './main.ts';

/** How long the receiver may take, in all. */
const WITHIN_MS = 30_000;

export const notifyCommand: AddCommand = (program, io, done) => {
  program
    .command('notify')
    .description('Send the notifications of a soak that were not delivered, for example after a crash.')
    .argument('<run>', 'folder of the run')
    .option('--notify <variable>', 'environment variable with the URL of a webhook; HEADROOM_NOTIFY_URL without')
    .addHelpText('after', '\nExample:\n  headroom notify runs/20261124T020000-soak-3fa1')
    .action(async (name: string, flags: { notify?: string }) => {
      const folder = resolve(io.cwd, name);
      await readRun(folder);
      const webhook = webhookOf(flags.notify ?? NOTIFY_VARIABLE, 'json', io.env);
      if (webhook === null) return;
      const unsent = await new Notifier(webhook, folder).end(WITHIN_MS);
      if (unsent.messages > 0) {
        throw new HeadroomError(
          'NOTIFY_FAILED',
          `${unsent.messages} notifications were not delivered (${unsent.problem ?? 'no answer in time'}).`,
          'See that the receiver answers, and send them again.',
        );
      }
      io.stderr.write('all notifications are delivered\n');
      done(EXIT.pass);
    });
};
