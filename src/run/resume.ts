import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import { joinOutages } from '../gate/outage.ts';
import { DEFAULT_LIMITS, type ValidityLimits } from '../gate/validity.ts';
import { type Plan, peakRate, plannedIterationsBy, planSchema } from '../k6/plan.ts';
import { withoutWebhook } from '../notify/index.ts';
import { render } from '../report/render.ts';
import { REPORT_FILE, readRun, writeRun } from '../results/archive.ts';
import { Coarsener } from '../results/coarsen.ts';
import { writeResults } from '../results/document.ts';
import { readOutline, type SegmentRead } from '../results/read.ts';
import type { Run } from '../results/schema.ts';
import { withoutLoadVariables } from '../results/settings.ts';
import type { Part } from '../results/window.ts';
import { SoakHistory, soakLines } from '../soak/index.ts';
import { looksBy, spentAtEnd } from '../soak/stages.ts';
import { isRunning, markRunning, removeLeftovers } from './alive.ts';
import { type Asked, type AskedSoak, askedSchema, owesItsEnd } from './asked.ts';
import { describeEnvironment } from './environment.ts';
import { startOf } from './process.ts';
import { measured, type Reading } from './reading.ts';
import { readRunSeries, rereadWindows } from './reread.ts';
import { type RunHeader, resultOf } from './result.ts';
import { type Before, coarseningOf, collect, type RunOptions, type RunOutcome } from './run.ts';
import { prepareScenario } from './scenario.ts';
import { type SoakOptions, soakFigures, settingsOf as soakSettingsOf, tellBroken } from './soak.ts';
import { reachTarget } from './target.ts';

/** Which run to go on with. */
export interface ResumeOptions
  extends Pick<
    RunOptions,
    'target' | 'k6' | 'env' | 'cwd' | 'signal' | 'now' | 'onStatus' | 'onProgress' | 'openSinks' | 'histogramSeconds'
  > {
  /** The run's folder. */
  folder: string;
  /** Processes that took the place of those that a soak watched; none: those. */
  pids?: readonly number[];
  /** Called with what a soak was asked for, before it goes on. Throws when it cannot go on like that. */
  onSoak?(asked: AskedSoak): void;
  /** What takes place in a soak. */
  onEvent?: SoakOptions['onEvent'];
  /** Values of the variables that the archive keeps the names of only. */
  variables: Readonly<Record<string, string>>;
}

/** Less is not worth a part of its own. */
const LEAST_SECONDS = 2;
/**
 * How long iterations may have been started whose samples did not arrive: k6 ends when it finds nobody reading, which is
 * within a second or two.
 */
const UNSEEN_SECONDS = 10;

/**
 * Goes on with a run that was cut: killed, interrupted, or left by a k6 that was killed. What is left of its plan becomes a
 * further part of the same archive. When nothing is left, the run is judged and its report written; one that was killed when it
 * had been judged gets what it lacks.
 *
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE, and SETTING_INVALID when there is nothing to go on with
 */
export async function resumeRun(options: ResumeOptions): Promise<RunOutcome> {
  const { folder } = options;
  const stored = await readRun(folder);
  await requireStopped(stored, folder, options.now());
  // From here on nobody else goes on with it, and nobody removes it.
  const unmark = await markRunning(folder);
  return await resumeMarked(stored, options).finally(unmark);
}

async function resumeMarked(stored: Run, options: ResumeOptions): Promise<RunOutcome> {
  const { folder } = options;
  const outline = await readOutline(folder);
  const plan = planSchema.safeParse(outline.plan).data;
  const asked = askedSchema.safeParse(outline.asked).data;
  const ended = stored.endedAt !== null && stored.verdict !== 'interrupted' && !isWithoutK6(stored);
  if (ended) requireUnfinished(stored, folder, asked?.soak?.notify ?? null);
  if (plan === undefined || asked === undefined) {
    throw new HeadroomError(
      'ARCHIVE_UNREADABLE',
      `The archive of run ${stored.id} does not say what the run was asked for: an older Headroom wrote it.`,
      'Start another with `headroom run`; `headroom report` shows what was measured.',
    );
  }
  if (asked.soak !== undefined) options.onSoak?.(asked.soak);
  await removeLeftovers(folder);
  const header = headerOf(stored, plan, asked, options);
  if (ended) return await leaveAgain(header, stored, options);
  const soak = await soakOf(stored, asked, options);
  const segments: SegmentRead[] = [];
  const reading = await rereadWindows(
    folder,
    stored,
    asked.slos,
    () => (soak === null ? [] : [soak.history]),
    (segment) => segments.push(segment),
  );
  reading.watch.recall(stored.slo);
  const part: Part = { number: outline.part + 1, skippedSeconds: sent(reading) };
  // Its verdict was certain: it was about to end.
  const isDecided = stored.soak !== undefined && stored.soak.stopped !== null;
  const left = isDecided ? null : settingsOf(plan, part, reading, stored);
  const before: Before = {
    reading,
    generator: stored.generator,
    part,
    segment: outline.segments + 1,
    left: segments.map(({ number, part, end, longest }) => ({
      ...{ number, end, seconds: longest },
      cuts: reading.totals.boundsOfPart(part.number),
    })),
    outages: stored.outages ?? [],
  };
  if (left === null) return await finish(header, before, stored, asked, folder, soak);
  return await goOn({ ...options, left, stored, asked, header, before, ...(soak === null ? {} : { soak }) });
}

async function requireStopped(run: Run, folder: string, nowMs: number): Promise<void> {
  if (await isRunning(folder, nowMs)) {
    throw new HeadroomError('SETTING_INVALID', `Run ${run.id} is still going on.`, 'Wait until it has ended.');
  }
  if (run.instances !== undefined || run.instance !== undefined) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `Run ${run.id} was shared by several instances, and cannot go on without one of them.`,
      'Start another with `headroom run`; `headroom report` shows what was measured.',
    );
  }
}

/** A run that was killed when it had been judged lacks its report, or has not told its end. */
function requireUnfinished(run: Run, folder: string, notify: AskedSoak['notify']): void {
  if (!existsSync(join(folder, REPORT_FILE)) || owesItsEnd(folder, run, notify)) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `Run ${run.id} has ended by itself (${run.verdict}): nothing of it is left.`,
    'Start another with `headroom run`.',
  );
}

/** Whether k6 was killed, which has no exit code. */
const isWithoutK6 = ({ validity }: Run): boolean =>
  validity.reasons.some(({ code, observed }) => code === 'k6-failed' && observed === null);

/** Seconds of the plan that were sent: without the first of each part, which k6 began somewhere within. */
const sent = (reading: Reading): number => Math.max(0, measured(reading) - reading.totals.parts.length);

/** Settings of the scenario that make it do what is left; null when nothing is. */
function settingsOf(
  plan: Plan,
  { number, skippedSeconds }: Part,
  { totals }: Reading,
  { iterations }: Run,
): Record<string, string> | null {
  const done = totals.wholeSum('iterations');
  const rate = skippedSeconds > 0 ? done / skippedSeconds : 0;
  const unseen = Math.ceil(UNSEEN_SECONDS * Math.max(rate, peakRate(plan))) + (plan.maxVus ?? 0);
  const first = Math.ceil(Math.max(done, plannedIterationsBy(plan, skippedSeconds) ?? 0)) + number * unseen;
  if (plan.seconds !== null) {
    if (plan.seconds - skippedSeconds < LEAST_SECONDS) return null;
    return { SKIP_SECONDS: String(skippedSeconds), FIRST_ITERATION: String(first) };
  }
  const left = (iterations.planned ?? 0) - done;
  return left > 0 ? { ITERATIONS: String(left), FIRST_ITERATION: String(first) } : null;
}

function headerOf(run: Run, plan: Plan, { slos }: Asked, { k6, histogramSeconds }: ResumeOptions): RunHeader {
  const { id, scenario, target, seed, settings, tags, warmupSeconds, environment } = run;
  const covered = histogramSeconds ?? run.histogramSeconds;
  return {
    ...{ id, scenario, target, seed, settings, tags, warmupSeconds, environment, slos, plan },
    k6Version: k6.version,
    ...(run.image === undefined ? {} : { image: run.image }),
    ...(covered === undefined ? {} : { histogramSeconds: covered }),
  };
}

/** Leaves what a run that was judged had no time to leave: its report, and the word that it has ended. */
async function leaveAgain(header: RunHeader, stored: Run, { folder, onEvent }: ResumeOptions): Promise<RunOutcome> {
  const { run, series } = await readRunSeries(folder, stored);
  if (run.soak !== undefined) onEvent?.({ kind: 'started', run: header, folder });
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { run, series, folder, reportPath };
}

/** Judges what there is. */
async function finish(
  header: RunHeader,
  { reading, generator, left }: Before,
  stored: Run,
  { limits }: Asked,
  folder: string,
  soak: ResumedSoak | null,
): Promise<RunOutcome> {
  const { totals, watch, outages } = reading;
  await new Coarsener(folder, coarseningOf(header.slos).levels, undefined, left).end();
  await soak?.history.close();
  const figures =
    soak === null
      ? {}
      : {
          soak: soakFigures(soak.history, soak.settings, header.slos, {
            stopped: stored.soak?.stopped ?? null,
            ...(soak.failFast ? { spent: spentAtEnd(looksBy(measured(reading), header.plan.seconds)) } : {}),
          }),
        };
  soak?.onEvent?.({ kind: 'started', run: header, folder });
  const endedAtMs = ((totals.lastSecond ?? 0) + 1) * 1000;
  const run = resultOf(
    header,
    {
      ...generator,
      startedAtMs: Date.parse(stored.startedAt),
      endedAtMs: stored.endedAt === null ? endedAtMs : Date.parse(stored.endedAt),
      runSeconds: measured(reading),
      interrupted: false,
      k6ExitCode: isWithoutK6(stored) ? null : 0,
      samplesRefused: 0,
      seriesOverflowed: stored.validity.reasons.some(({ code }) => code === 'too-many-series'),
      clockStepMs: stored.validity.reasons.find(({ code }) => code === 'clock-stepped')?.observed ?? 0,
      audit: stored.audit,
      outages: joinOutages(stored.outages ?? [], outages.outages),
      ...figures,
    },
    totals,
    watch,
    limitsOf(limits),
  );
  const series = reading.series();
  if (soak !== null) {
    tellBroken(soak, header, run);
    series.soak = soakLines(soak.history, soak.settings, header.slos, watch, measured(reading));
  }
  await writeRun(folder, run);
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { run, series, folder, reportPath };
}

const limitsOf = (limits: Asked['limits']): ValidityLimits => ({ ...DEFAULT_LIMITS, ...limits });

/** What goes on of a soak: what it is judged by, and what it has seen. */
type ResumedSoak = SoakOptions & { history: SoakHistory };

/** Null for a run that was no soak. An older archive does not say whether it was to end early, and whom it told. */
async function soakOf(
  { soak }: Run,
  asked: Asked,
  { pids = [], onEvent, onProgress }: ResumeOptions,
): Promise<ResumedSoak | null> {
  if (soak === undefined) return null;
  const settings = soakSettingsOf(soak);
  return {
    settings,
    pids: pids.length > 0 ? pids : await processesOf(asked.soak?.processes ?? [], onProgress),
    failFast: asked.soak?.failFast === true,
    notify: asked.soak?.notify ?? null,
    history: new SoakHistory(settings),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
}

/** Processes that a soak watched; null when one of them is not what it was, which is said. */
async function processesOf(
  processes: AskedSoak['processes'],
  onProgress: ResumeOptions['onProgress'],
): Promise<number[] | null> {
  for (const { pid, start } of processes) {
    const now = startOf(pid);
    if (now !== null && now === start) continue;
    const why = now === null ? 'is gone' : 'is another program now';
    onProgress?.(
      `process ${pid}, which the soak watched, ${why}: nothing is watched in its place; name one with --pid`,
    );
    return null;
  }
  return processes.map(({ pid }) => pid);
}

interface GoOn extends ResumeOptions {
  soak?: ResumedSoak;
  left: Record<string, string>;
  stored: Run;
  asked: Asked;
  header: RunHeader;
  before: Before;
}

async function goOn(options: GoOn): Promise<RunOutcome> {
  const { stored, asked, header, before, left, variables } = options;
  const shell = withoutLoadVariables(withoutWebhook(options.env, asked.soak?.notify?.variable));
  const missing = asked.variables.filter((name) => variables[name] === undefined && shell[name] === undefined);
  if (missing.length > 0) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `The run was given ${missing.join(', ')}, and the archive keeps no values of such variables.`,
      'Give each again with --env.',
    );
  }
  const workFolder = await mkdtemp(join(tmpdir(), 'headroom-'));
  try {
    const env = {
      ...shell,
      ...variables,
      ...stored.settings,
      ...left,
      BASE_URL: options.target.href.replace(/\/+$/, ''),
      SEED: String(stored.seed),
      HEADROOM: '1',
    };
    const { bundlePath, plan } = await prepareScenario({
      scenario: asked.scenario,
      cwd: options.cwd,
      k6Path: options.k6.path,
      outDir: workFolder,
      env,
    });
    requireShortened(header.plan, plan, before.part);
    await reachTarget(options.target, options.signal);
    const { gitSha } = await describeEnvironment(options.cwd);
    if (gitSha !== stored.environment.gitSha) {
      options.onProgress?.('this folder is at another commit than when the run began');
    }
    return await collect({
      ...options,
      env,
      bundlePath,
      asked,
      before,
      header,
      limits: limitsOf(asked.limits),
      audit: asked.audit,
      scrape: asked.scrape,
      startedAtMs: Date.parse(stored.startedAt),
    });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** A scenario that begins at the beginning again would send what was sent already. */
function requireShortened(whole: Plan, left: Plan, { skippedSeconds }: Part): void {
  if (whole.seconds === null) return;
  const wanted = whole.seconds - skippedSeconds;
  if (left.seconds !== null && Math.abs(left.seconds - wanted) < 1) return;
  throw new HeadroomError(
    'SCENARIO_BROKEN',
    `The scenario does not leave out what was sent: ${Math.round(wanted)} s of the run are left, and it asks for ${left.seconds ?? 'an unknown number of'} s.`,
    'Make it obey SKIP_SECONDS, as docs/reference/scenarios.md describes, or start another run.',
  );
}
