import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig, loadSlos } from '../config/load.ts';
import { gateOf } from '../gate/gate.ts';
import { exitCodeOf } from '../gate/verdict.ts';
import { findK6 } from '../k6/find.ts';
import {
  brokenNotification,
  endedNotification,
  FORMATS,
  Notifier,
  type NotifyFormat,
  startedNotification,
  type Webhook,
  webhookOf,
  withoutWebhook,
} from '../notify/index.ts';
import { withoutInfluxSecrets } from '../publish/influx.ts';
import { verdictSentence } from '../report/sentences.ts';
import { type RunOutcome, runScenario } from '../run/run.ts';
import type { SoakEvent } from '../run/soak.ts';
import { permittedTarget, publicTarget } from '../run/target.ts';
import { addCiFlags, type CiFiles, writeCiFiles } from './gate.ts';
import { influxOf, influxOutlet } from './influx.ts';
import type { Io } from './io.ts';
import type { AddCommand } from './main.ts';
import { addLoadFlags, keyValue, type LoadFlags, settingsOf, wholeNumber } from './options.ts';
import { ProgressView } from './progress.ts';
import { printOutcome } from './run.ts';

interface SoakFlags extends LoadFlags, CiFiles {
  target: string;
  scenario: string;
  profile: string;
  pid?: number;
  failFast?: true;
  notify?: string;
  notifyFormat: NotifyFormat;
  slo?: string;
  influx?: string;
  out: string;
  json?: true;
  tag?: Record<string, string>;
  env?: Record<string, string>;
  audit: boolean;
  yesIOwnThisTarget?: true;
}

export const soakCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('soak')
    .description('Load a target for hours, and judge whether it drifts: leaks, creeping latency, growing waits.')
    .requiredOption('--target <url>', 'where to send the load')
    .option('--scenario <name>', 'a built-in scenario or a file', 'soak');
  addCiFlags(addLoadFlags(command))
    .addOption(
      new Option('--profile <name>', 'steady, or diurnal: three days, each of a third of the duration')
        .choices(['steady', 'diurnal'])
        .default('steady'),
    )
    .option('--pid <n>', 'process of the target on this machine; found by its port without', wholeNumber(1))
    .option('--fail-fast', 'end the soak when its verdict is certain')
    .option('--notify <variable>', 'environment variable with the URL of a webhook; HEADROOM_NOTIFY_URL without')
    .addOption(new Option('--notify-format <name>', 'form of the messages').choices([...FORMATS]).default('json'))
    .option('--slo <file>', 'objectives to judge by, instead of the scenario’s own (.json, .js or .ts)')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--tag <key=value>', 'kept with the run; repeatable', keyValue)
    .option('--env <key=value>', 'environment variable for the scenario; repeatable', keyValue)
    .option('--no-audit', 'do not ask the target for its audit')
    .option('--influx <url>', 'send the run there too: http://127.0.0.1:8086/headroom; INFLUX_URL otherwise')
    .option('--json', 'print run.json on stdout')
    .option('--yes-i-own-this-target', 'allow a target that is not this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  headroom soak --target http://127.0.0.1:8080 --duration 8h --rate 50\n  HEADROOM_NOTIFY_URL=… headroom soak --target http://127.0.0.1:8080 --fail-fast --notify-format slack',
    )
    .action(async (flags: SoakFlags) => {
      const { allowedTargets, soak } = await loadConfig(io.cwd);
      const target = permittedTarget(flags.target, { owned: flags.yesIOwnThisTarget === true, allowedTargets });
      const slos = flags.slo === undefined ? undefined : await loadSlos(flags.slo, io.cwd);
      const desk = new NotifyDesk(webhookOf(flags.notify, flags.notifyFormat, io.env), io);
      const address = influxOf(flags.influx, io);
      const outlet = influxOutlet(address, { target: publicTarget(target), tags: flags.tag ?? {} }, io);
      const view = new ProgressView(io);
      const k6 = await findK6({ env: io.env, log: (line) => view.note(line), signal: io.signal });
      const outcome = await runScenario({
        scenario: flags.scenario,
        target,
        k6,
        seed: flags.seed ?? randomInt(2 ** 31),
        settings: { PROFILE: flags.profile, ...settingsOf(flags), ...flags.env },
        env: withoutWebhook(withoutInfluxSecrets(io.env), flags.notify),
        ...(slos === undefined ? {} : { slos }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag }),
        runsFolder: resolve(io.cwd, flags.out),
        cwd: io.cwd,
        audit: flags.audit,
        openSinks: outlet.openSinks,
        ...outlet.kept,
        scrape: true,
        soak: {
          settings: soak,
          pid: flags.pid ?? null,
          failFast: flags.failFast === true,
          onEvent: (event) => desk.take(event),
        },
        signal: io.signal,
        now: io.now,
        onStatus: (status) => view.update(status),
        onProgress: (line) => view.note(line),
      }).catch(async (error: unknown) => {
        await desk.failed();
        throw error;
      });
      view.end();
      await desk.ended(outcome);
      await outlet.finish(outcome);
      printOutcome(outcome, io, flags.json === true);
      done(exitCodeOf(outcome.run.verdict));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};

/** How long the end of a soak waits for messages that are still to be sent. */
const LAST_WORDS_MS = 10_000;

/** Turns what takes place in a soak into messages. */
class NotifyDesk {
  readonly #webhook: Webhook | null;
  readonly #io: Io;
  #notifier: Notifier | null = null;
  #begun: Extract<SoakEvent, { kind: 'started' }> | null = null;

  constructor(webhook: Webhook | null, io: Io) {
    this.#webhook = webhook;
    this.#io = io;
  }

  take(event: SoakEvent): void {
    if (this.#webhook === null) return;
    if (event.kind === 'started') {
      this.#begun = event;
      this.#notifier = new Notifier(this.#webhook, event.folder);
      this.#notifier.tell(startedNotification(event.run, this.#io.now()));
    } else {
      const { id, because } = event.objective;
      this.#notifier?.tell(brokenNotification(event.run, this.#io.now(), id, because));
    }
  }

  async ended({ run, folder }: RunOutcome): Promise<void> {
    this.#notifier?.tell(endedNotification(run, this.#io.now(), verdictSentence(run)));
    await this.#close(folder);
  }

  /** The run ended with an error: nothing was judged. */
  async failed(): Promise<void> {
    if (this.#begun === null) return;
    const { run, folder } = this.#begun;
    const text = `${run.scenario} against ${run.target} has ended without a result.`;
    this.#notifier?.tell({ ...startedNotification(run, this.#io.now()), id: `${run.id}/ended`, event: 'ended', text });
    await this.#close(folder);
  }

  async #close(folder: string): Promise<void> {
    const unsent = await this.#notifier?.end(LAST_WORDS_MS);
    if (unsent === undefined || unsent.problem === null) return;
    this.#io.stderr.write(
      `${unsent.messages} notifications were not delivered (${unsent.problem}). Send them with: headroom notify ${folder}\n`,
    );
  }
}
