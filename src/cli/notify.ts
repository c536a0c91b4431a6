import { resolve } from 'node:path';
import { EXIT, HeadroomError } from '../errors.ts';
import type { AddCommand } from './main.ts';
import { lateNotifier } from './notify-late.ts';

/** How long the receiver may take, in all. */
const WITHIN_MS = 30_000;

export const notifyCommand: AddCommand = (program, io, done) => {
  program
    .command('notify')
    .description('Send the notifications of a soak that were not delivered, for example after a crash.')
    .argument('<run>', 'folder of the run')
    .option('--notify <variable>', 'environment variable with the URL of a webhook; that of the soak without')
    .addHelpText('after', '\nExample:\n  headroom notify runs/20261124T020000-soak-3fa1')
    .action(async (name: string, flags: { notify?: string }) => {
      const folder = resolve(io.cwd, name);
      const unsent = await (await lateNotifier(folder, flags.notify, io)).end(WITHIN_MS);
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
