import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { HeadroomError } from '../errors.ts';
import { joinOutages } from '../gate/outage.ts';
import { requireWindowsFit, type Slo } from '../gate/slo.ts';
import { DEFAULT_LIMITS, type ValidityLimits } from '../gate/validity.ts';
import { plannedRateAt } from '../k6/plan.ts';
import { render } from '../report/render.ts';
import { createRunFolder, LOG_FILE, REPORT_FILE, RUN_FILE, writeRun } from '../results/archive.ts';
import type { Finished } from '../results/coarsen.ts';
import { writeResults } from '../results/document.ts';
import { whyNotWritten } from '../results/files.ts';
import type { InstanceOf, Outage, Run, RunPart } from '../results/schema.ts';
import { type Coarsening, coarseningFor } from '../results/segments.ts';
import type { RunSeries } from '../results/series.ts';
import { loadSettings, withoutLoadVariables } from '../results/settings.ts';
import { boundsOf } from '../results/totals.ts';
import { FIRST_PART, type Part, type Sink } from '../results/window.ts';
import { WindowsWriter } from '../results/writer.ts';
import { soakLines } from '../soak/index.ts';
import { markRunning } from './alive.ts';
import type { Asked } from './asked.ts';
import { fetchAudit, ownChecks, reconcile } from './audit.ts';
import { describeEnvironment, newRunId } from './environment.ts';
import { imageOf } from './image.ts';
import { type LiveStatus, LiveView } from './live.ts';
import { Reading } from './reading.ts';
import { type GeneratorBefore, type RunHeader, resultOf } from './result.ts';
import { prepareScenario, requireKnown } from './scenario.ts';
import { scrape } from './scrape.ts';
import { askedOf, type SoakOptions, SoakRun } from './soak.ts';
import { K6Source, type OpenSource } from './source.ts';
import { type GeneratorUsage, Supervision } from './supervision.ts';
import { publicTarget, reachTarget } from './target.ts';

/** What to run against which target, and where the result goes. */
export interface RunOptions {
  /** A built-in scenario's name or a file. */
  scenario: string;
  /** Where to send the load; checked with `permittedTarget`. */
  target: URL;
  k6: { path: string; version: string };
  seed: number;
  /** Settings of the scenario by the names of its environment variables: RATE, DURATION, … */
  settings: Record<string, string>;
  /** Environment of the process; the script sees it too, but for variables that shape the load: those are settings. */
  env: Record<string, string | undefined>;
  /** Instead of the scenario's own objectives. */
  slos?: readonly Slo[];
  /** Folder that holds the runs. */
  runsFolder: string;
  cwd: string;
  tags?: Record<string, string>;
  /** Image that the target runs; a target that says so itself need not be told. */
  image?: string;
  limits?: ValidityLimits;
  /** Whether to ask the target for its audit; a target without one is never an error. */
  audit: boolean;
  /** Keep the target's own metrics (`/metrics`) with the run, every few seconds. */
  scrape?: boolean;
  /** Watch the target for drift, and judge it; the target's own metrics are then kept too. */
  soak?: SoakOptions;
  /** Stops the run cleanly; what was measured is kept. */
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Called about once a second. */
  onStatus?(status: LiveStatus): void;
  /** Called when something took place that a person may want to read. */
  onProgress?(line: string): void;
  /** More places for the windows to go, opened when the run has its name. */
  openSinks?(run: RunHeader & { startedAtMs: number }): readonly Sink[];
  /** Seconds that each histogram covers that these sinks send on; kept with the run. */
  histogramSeconds?: number;
  /** What sends the load, instead of one k6. */
  openSource?: OpenSource;
  /** Instances that share the load: virtual users are then a multiple of them. */
  instances?: number;
  /**
   * Which of these this run is alone. It is not judged by objectives, as those are for all instances together; they are kept
   * for the merge.
   */
  instance?: InstanceOf;
}

/** A finished run, its course over time, and where its files are. */
export interface RunOutcome {
  run: Run;
  series: RunSeries;
  folder: string;
  reportPath: string;
}

/**
 * Runs a scenario against a target: bundles it, drives k6, collects, judges, audits, and writes the archive and the
 * report.
 *
 * @throws HeadroomError when there is nothing to judge: no scenario, no target, no k6, no place for the archive
 */
export async function runScenario(options: RunOptions): Promise<RunOutcome> {
  const workFolder = await mkdtemp(join(tmpdir(), 'headroom-'));
  try {
    const env = {
      ...withoutLoadVariables(options.env),
      ...options.settings,
      BASE_URL: options.target.href.replace(/\/+$/, ''),
      SEED: String(options.seed),
      HEADROOM: '1',
    };
    const scenario = await prepareScenario({
      ...options,
      k6Path: options.k6.path,
      outDir: workFolder,
      env,
    });
    const slos = options.slos ?? scenario.slos;
    requireKnown(slos, scenario.known);
    requireWindowsFit(slos, scenario.plan.seconds, scenario.warmupSeconds);
    await reachTarget(options.target, options.signal);
    const image = options.audit ? await imageOf(options.target, options.image) : (options.image ?? null);
    const startedAtMs = options.now();
    const { instance } = options;
    const header: RunHeader = {
      id: instance === undefined ? newRunId(startedAtMs, scenario.name) : instanceId(instance),
      scenario: scenario.name,
      target: publicTarget(options.target),
      seed: options.seed,
      settings: loadSettings(env),
      tags: options.tags ?? {},
      ...(image === null ? {} : { image }),
      warmupSeconds: scenario.warmupSeconds,
      slos: instance === undefined ? slos : [],
      plan: scenario.plan,
      k6Version: options.k6.version,
      environment: await describeEnvironment(options.cwd),
      ...(options.histogramSeconds === undefined ? {} : { histogramSeconds: options.histogramSeconds }),
      ...(instance === undefined ? {} : { instance }),
    };
    if (instance !== undefined) await requireFresh(join(options.runsFolder, header.id));
    const folder = await createRunFolder(options.runsFolder, header.id);
    const asked: Asked = {
      scenario: scenario.asked,
      slos: [...slos],
      limits: { ...(options.limits ?? DEFAULT_LIMITS) },
      variables: Object.keys(options.settings).filter((name) => !(name in header.settings)),
      audit: options.audit,
      scrape: options.scrape === true,
      ...(options.soak === undefined ? {} : { soak: await askedOf(options.soak) }),
    };
    return await collect({ ...options, env, folder, bundlePath: scenario.bundlePath, header, startedAtMs, asked });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Seconds between two looks at the target's metrics. */
const SCRAPE_EVERY = 5;
/** How far from each other instances may begin for their archives to be merged exactly, in seconds. */
const APART = 5;

/** Where in an archive no window may lie on both sides; of an instance also where the bounds of the others may be. */
function cutsFor(first: number, part: Part, { warmupSeconds, plan, instance }: RunHeader): number[] {
  const bounds = Object.values(boundsOf(first, part, warmupSeconds, plan.seconds));
  if (instance === undefined) return bounds;
  return bounds.filter(Number.isFinite).flatMap((bound) => {
    return Array.from({ length: 2 * APART + 1 }, (_, i) => bound - APART + i);
  });
}

/** Id of one of several instances. */
function instanceId({ runId, number, count }: InstanceOf): string {
  return `${runId}-${number}of${count}`;
}

async function requireFresh(folder: string): Promise<void> {
  if (!existsSync(join(folder, RUN_FILE))) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `There is a run in ${folder} already.`,
    'Give all instances of this run another --run-id.',
  );
}

/** What there is already of a run that goes on. */
export interface Before {
  /** What its windows say. */
  reading: Reading;
  generator: GeneratorBefore;
  /** The part that begins. */
  part: Readonly<Part>;
  /** Number of its first segment. */
  segment: number;
  /** Segments of the parts before it. */
  left: readonly Finished[];
  outages: readonly Outage[];
}

interface CollectOptions
  extends Omit<RunOptions, 'scenario' | 'settings' | 'runsFolder' | 'seed' | 'tags' | 'image' | 'slos'> {
  folder: string;
  bundlePath: string;
  header: RunHeader;
  startedAtMs: number;
  asked: Asked;
  before?: Before;
}

/** Drives k6 and takes in what it sends, judges, and writes what the run leaves. */
export async function collect(options: CollectOptions): Promise<RunOutcome> {
  const unmark = await markRunning(options.folder);
  return await collectMarked(options).finally(unmark);
}

async function collectMarked(options: CollectOptions): Promise<RunOutcome> {
  const { header, folder, signal, before, asked } = options;
  const { warmupSeconds, plan } = header;
  const open = options.openSource ?? ((source) => new K6Source(source));
  const limits = options.limits ?? DEFAULT_LIMITS;
  const auditBefore = options.audit ? await fetchAudit(options.target) : null;

  const part = before?.part ?? FIRST_PART;
  const archive = new WindowsWriter(folder, plan, {
    part,
    asked,
    firstSegment: before?.segment ?? 1,
    left: before?.left ?? [],
    coarsening: coarseningOf(asked.slos),
    cutsOf: (first) => cutsFor(first, part, header),
  });
  const reading = before?.reading ?? new Reading(plan, warmupSeconds, header.slos);
  const { totals, watch } = reading;
  const live = new LiveView();
  const soak =
    options.soak === undefined
      ? null
      : new SoakRun(options.soak, options.target, header, totals, watch, part.skippedSeconds);
  const pids = (await soak?.findProcesses()) ?? [];
  if (pids.length > 0) options.onProgress?.(`watching process ${pids.join(', ')}`);
  const sinks: Sink[] = [
    archive,
    ...reading.sinks,
    live,
    ...(soak === null ? [] : [soak.history]),
    ...(options.openSinks?.({ ...header, startedAtMs: options.startedAtMs }) ?? []),
  ];
  const log = createWriteStream(join(folder, LOG_FILE), { flags: before === undefined ? 'w' : 'a' });
  // A full disk shows in the archive; the log must not end the run.
  log.on('error', () => {});
  const source = open({
    runId: header.id,
    k6Path: options.k6.path,
    bundlePath: options.bundlePath,
    env: options.env,
    maxVus: plan.maxVus,
    log,
    sinks,
    part,
    now: options.now,
  });
  const supervision = new Supervision(source, options.now);
  const shareOfOne = (all: number | null): number | null => (all === null ? null : all / (header.instance?.count ?? 1));
  const state = (endedAtMs: number | null, k6ExitCode: number | null) => ({
    ...usageWith(before?.generator, supervision.usage()),
    runSeconds: measuredSeconds(totals.parts, supervision.runSeconds),
    outages: joinOutages(before?.outages ?? [], reading.outages.outages),
    startedAtMs: source.startedAtMs ?? options.startedAtMs,
    endedAtMs,
    k6ExitCode,
    interrupted: endedAtMs === null || signal.aborted,
    samples: source.samples + (before?.generator.samples ?? 0),
    samplesRefused: source.refused,
    samplesLost: archive.samplesLost + (before?.generator.samplesLost ?? 0),
    seriesOverflowed: source.overflowed,
    instances: source.instances(),
    audit: null,
    ...(soak === null ? {} : { soak: endedAtMs === null ? soak.begun() : soak.figures() }),
  });
  let stopped = false;
  const stop = (): void => {
    // A second signal would make k6 drop what it has not sent yet.
    if (!stopped) source.stop();
    stopped = true;
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const stopWatching = supervision.watch(async (tick) => {
    // Load of which nothing is kept is load in vain.
    if (archive.failure !== null) stop();
    options.onStatus?.({
      ...live.figures(),
      elapsedSeconds: part.skippedSeconds + supervision.runSeconds,
      totalSeconds: header.plan.seconds,
      plannedRate: shareOfOne(plannedRateAt(plan, part.skippedSeconds + supervision.runSeconds)),
      maxVus: shareOfOne(plan.maxVus),
      cpuShare: supervision.usage().cpuShare,
    });
    const scrapeEvery = soak?.scrapeEvery ?? SCRAPE_EVERY;
    if ((options.scrape === true || soak !== null) && tick % scrapeEvery === 1 % scrapeEvery) {
      for (const { metric, labels, value } of await (soak?.samples() ?? scrape(options.target))) {
        source.recordTarget({ ...labels, metric }, options.now(), value);
      }
    }
    const because = soak?.look(tick, part.skippedSeconds + supervision.runSeconds) ?? null;
    if (because !== null) {
      options.onProgress?.(`stopping early: ${because}`);
      stop();
    }
    // A killed run leaves what was known a few seconds before.
    if (tick % 5 === 1) await writeRun(folder, resultOf(header, state(null, 0), totals, watch, limits));
  });
  const unwritten = await writeRun(folder, resultOf(header, state(null, 0), totals, watch, limits)).then(
    () => null,
    (error: unknown) => {
      source.kill();
      return error;
    },
  );

  soak?.begin(folder);

  const end = await source.ended.finally(() => {
    signal.removeEventListener('abort', stop);
    return stopWatching();
  });
  source.finish();
  for (const row of source.refusedExamples) log.write(`headroom: refused row ${JSON.stringify(row)}\n`);
  log.end();
  await Promise.all([...sinks.map((sink) => sink.close()), finished(log).catch(() => {})]);
  if (unwritten !== null) throw unwritten;
  if (archive.failure !== null) throw archiveFailed(folder, archive.failure);
  if (source.samples === 0 && end.exitCode !== 0 && !signal.aborted) {
    throw new HeadroomError(
      'K6_FAILED',
      `k6 ended with exit code ${end.exitCode ?? 'none'} before it sent a sample${end.complaint === null ? '' : `: ${end.complaint}`}.`,
      `See ${join(folder, LOG_FILE)}.`,
    );
  }

  let audit: Run['audit'] = null;
  if (auditBefore !== null && !signal.aborted) {
    options.onProgress?.('auditing the target');
    const after = await fetchAudit(options.target);
    if (after !== null) audit = before === undefined ? reconcile(auditBefore, after, totals) : ownChecks(after);
  }
  const run = resultOf(header, { ...state(options.now(), end.exitCode), audit }, totals, watch, limits);
  const series = reading.series();
  if (soak !== null) {
    soak.end(run);
    series.soak = soakLines(
      soak.history,
      soak.settings,
      header.slos,
      watch,
      part.skippedSeconds + supervision.runSeconds,
    );
  }
  await writeRun(folder, run);
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { run, series, folder, reportPath };
}

/** How old windows of a run with these objectives become longer. */
export const coarseningOf = (slos: readonly Slo[]): Coarsening =>
  coarseningFor(slos.flatMap(({ windowSeconds }) => windowSeconds ?? []));

function archiveFailed(folder: string, cause: Error): HeadroomError {
  return new HeadroomError(
    'ARCHIVE_NOT_WRITABLE',
    `The run was stopped, as its results could not be written to ${folder} any more: ${whyNotWritten(cause)}.`,
    `Free some space, then go on with: headroom resume ${folder}`,
    { cause },
  );
}

/** What all parts of a run together have used. */
function usageWith(before: GeneratorBefore | undefined, usage: GeneratorUsage): GeneratorUsage {
  if (before === undefined) return usage;
  return {
    ...usage,
    cpuSeconds: before.cpuSeconds + usage.cpuSeconds,
    cpuShare: Math.max(before.cpuShare, usage.cpuShare),
    peakRssBytes: Math.max(before.peakRssBytes, usage.peakRssBytes),
    collectorPeakRssBytes: Math.max(before.collectorPeakRssBytes, usage.collectorPeakRssBytes),
  };
}

function measuredSeconds(parts: readonly RunPart[], sinceFirstSample: number): number {
  const earlier = parts
    .slice(0, -1)
    .reduce((sum, { fromSeconds, untilSeconds }) => sum + untilSeconds - fromSeconds, 0);
  return earlier + sinceFirstSample;
}
