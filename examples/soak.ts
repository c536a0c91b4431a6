/** Soaks a target for hours, judges drift, and tells of it. */
import {
  DEFAULT_METRICS,
  DEFAULT_SOAK,
  type DriftResult,
  FORMATS,
  judgeDrifts,
  judgeSignal,
  lostObjectives,
  NOTIFY_VARIABLE,
  type Notification,
  Notifier,
  type NotifyFormat,
  notificationSchema,
  OUTBOX_LINES,
  type Run,
  type RunOptions,
  readRun,
  readTotals,
  readWindows,
  runScenario,
  type Signal,
  type Slo,
  SloWatch,
  type SoakEvent,
  SoakHistory,
  type SoakOptions,
  type SoakResult,
  type SoakSettings,
  type Unsent,
  type Webhook,
  webhookOf,
  withoutWebhook,
  worstMinuteOf,
} from 'headroom-k6';

/** Judged more strictly than usual, and by the memory of the container. */
export const SETTINGS: SoakSettings = {
  ...DEFAULT_SOAK,
  budget: 0.05,
  metrics: { rss: ['container_memory_working_set_bytes', ...(DEFAULT_METRICS.rss ?? [])] },
  limits: { rss: 2e9 },
};

/** Soaks with these settings; the webhook's address does not reach k6. */
export async function soak(options: Omit<RunOptions, 'soak'>): Promise<SoakResult | undefined> {
  const onEvent = (event: SoakEvent): unknown => process.stderr.write(`${event.kind}\n`);
  const how: SoakOptions = { settings: SETTINGS, pids: [], failFast: true, onEvent };
  const env = withoutWebhook(options.env, NOTIFY_VARIABLE);
  const { run } = await runScenario({ ...options, env, soak: how });
  return run.soak;
}

/** Judges the windows of a run for drift again. */
export async function drifts(folder: string): Promise<DriftResult[]> {
  const history = new SoakHistory(SETTINGS);
  for await (const window of readWindows(folder)) history.write(window);
  await history.close();
  process.stdout.write(`${worstMinuteOf(history)?.why ?? 'no minute stands out'}\n`);
  return judgeDrifts(history, SETTINGS, []);
}

/** Whether a figure of your own drifts: one value a minute, in bytes. */
export function driftOf(values: readonly number[]): DriftResult {
  const times = values.map((_, i) => i * 60);
  const load = values.map(() => 1);
  const signal: Signal = {
    ...{ id: 'queue', signal: 'rss', source: 'queue_bytes', limit: 1e9, cellSeconds: 60 },
    ...{ series: { times, values }, load },
  };
  return judgeSignal(signal, SETTINGS);
}

/** Objectives that the second half of a soak cannot mend. */
export async function lost(folder: string, slos: readonly Slo[]): Promise<string[]> {
  const run = await readRun(folder);
  let watch: SloWatch | null = null;
  const totals = await readTotals(folder, run, (steady) => {
    watch = new SloWatch(slos, steady);
    return [watch];
  });
  return watch === null ? [] : lostObjectives(slos, totals, watch, 0.5).map(({ id }) => id);
}

/** Tells a webhook how a soak ended; what it did not take waits in the outbox of the run's folder. */
export async function tell(run: Run, folder: string, format: NotifyFormat = FORMATS[0]): Promise<Unsent | null> {
  const webhook: Webhook | null = webhookOf(undefined, format, process.env);
  if (webhook === null) return null;
  const message: Notification = {
    ...{ schema: 'headroom.notification/1', id: `${run.id}-ended`, event: 'ended', run: run.id },
    ...{
      scenario: run.scenario,
      target: run.target,
      at: new Date().toISOString(),
      text: `The soak ended: ${run.verdict}.`,
    },
    ...{ verdict: run.verdict, broken: [], drifting: [] },
  };
  const notifier = new Notifier(webhook, folder);
  notifier.tell(notificationSchema.parse(message));
  return await notifier.end(10_000);
}

/** A message from a line of an outbox; null for a line of another kind. */
export const messageIn = (line: string) => OUTBOX_LINES.message.safeParse(JSON.parse(line)).data ?? null;
