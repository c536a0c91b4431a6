import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { HeadroomError } from '../errors.ts';
import { joinOutages } from '../gate/outage.ts';
import { requireWindowsFit, type Slo } from '../gate/slo.ts';
import { DEFAULT_LIMITS, type ValidityLimits } from '../gate/validity.ts';
import { CsvDecoder } from '../k6/decode.ts';
import { Generator } from '../k6/generator.ts';
import { plannedRateAt } from '../k6/plan.ts';
import { render } from '../report/render.ts';
import { createRunFolder, LOG_FILE, REPORT_FILE, writeRun } from '../results/archive.ts';
import { writeResults } from '../results/document.ts';
import { whyNotWritten } from '../results/files.ts';
import { SeriesRegistry } from '../results/registry.ts';
import type { Outage, Run, RunPart } from '../results/schema.ts';
import { coarseningFor } from '../results/segments.ts';
import type { RunSeries } from '../results/series.ts';
import { loadSettings } from '../results/settings.ts';
import { boundsOf } from '../results/totals.ts';
import { FIRST_PART, type Part, type Sink, WindowCollector } from '../results/window.ts';
import { WindowsWriter } from '../results/writer.ts';
import { soakLines } from '../soak/index.ts';
import { markRunning } from './alive.ts';
import type { Asked } from './asked.ts';
import { fetchAudit, ownChecks, reconcile } from './audit.ts';
import { describeEnvironment, newRunId } from './environment.ts';
import { type LiveStatus, LiveView } from './live.ts';
import { Reading } from './reading.ts';
import { type GeneratorBefore, type RunHeader, resultOf } from './result.ts';
import { prepareScenario } from './scenario.ts';
import { scrape } from './scrape.ts';
import { type SoakOptions, SoakRun } from './soak.ts';
import { type GeneratorUsage, Supervision } from './supervision.ts';
import { publicTarget, reachTarget } from './target.ts';

export interface RunOptions {
  /** A built-in scenario's name or a file. */
  scenario: string;
  /** Where to send the load; checked with `permittedTarget`. */
  target: URL;
  k6: { path: string; version: string };
  seed: number;
  /** Settings of the scenario by the names of its environment variables: RATE, DURATION, … */
  settings: Record<string, string>;
  /** Environment of the process; the script sees it too. */
  env: Record<string, string | undefined>;
  /** Instead of the scenario's own objectives. */
  slos?: readonly Slo[];
  /** Folder that holds the runs. */
  runsFolder: string;
  cwd: string;
  tags?: Record<string, string>;
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
}

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
      ...options.env,
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
    requireWindowsFit(slos, scenario.plan.seconds, scenario.warmupSeconds);
    await reachTarget(options.target, options.signal);
    const startedAtMs = options.now();
    const header: RunHeader = {
      id: newRunId(startedAtMs, scenario.name),
      scenario: scenario.name,
      target: publicTarget(options.target),
      seed: options.seed,
      settings: loadSettings(env),
      tags: options.tags ?? {},
      warmupSeconds: scenario.warmupSeconds,
      slos,
      plan: scenario.plan,
      k6Version: options.k6.version,
      environment: await describeEnvironment(options.cwd),
      ...(options.histogramSeconds === undefined ? {} : { histogramSeconds: options.histogramSeconds }),
    };
    const folder = await createRunFolder(options.runsFolder, header.id);
    const asked: Asked = {
      scenario: scenario.asked,
      slos: [...slos],
      limits: { ...(options.limits ?? DEFAULT_LIMITS) },
      variables: Object.keys(options.settings).filter((name) => !(name in header.settings)),
      audit: options.audit,
      scrape: options.scrape === true,
    };
    return await collect({ ...options, env, folder, bundlePath: scenario.bundlePath, header, startedAtMs, asked });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Seconds between two looks at the target's metrics. */
const SCRAPE_EVERY = 5;

/** What there is already of a run that goes on. */
export interface Before {
  /** What its windows say. */
  reading: Reading;
  generator: GeneratorBefore;
  /** The part that begins. */
  part: Readonly<Part>;
  /** Number of its first segment. */
  segment: number;
  outages: readonly Outage[];
}

interface CollectOptions extends Omit<RunOptions, 'scenario' | 'settings' | 'runsFolder' | 'seed' | 'tags' | 'slos'> {
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
  const limits = options.limits ?? DEFAULT_LIMITS;
  const auditBefore = options.audit ? await fetchAudit(options.target) : null;

  const part = before?.part ?? FIRST_PART;
  const archive = new WindowsWriter(folder, plan, {
    part,
    asked,
    firstSegment: before?.segment ?? 1,
    coarsening: coarseningFor(header.slos.flatMap(({ windowSeconds }) => windowSeconds ?? [])),
    cutsOf: (first) => Object.values(boundsOf(first, part, warmupSeconds, plan.seconds)),
  });
  const reading = before?.reading ?? new Reading(plan, warmupSeconds, header.slos);
  const { totals, watch } = reading;
  const live = new LiveView();
  const soak = options.soak === undefined ? null : new SoakRun(options.soak, options.target, header, totals, watch);
  const pid = await soak?.findProcess();
  if (pid != null) options.onProgress?.(`watching process ${pid}`);
  const sinks: Sink[] = [
    archive,
    ...reading.sinks,
    live,
    ...(soak === null ? [] : [soak.history]),
    ...(options.openSinks?.({ ...header, startedAtMs: options.startedAtMs }) ?? []),
  ];
  const registry = new SeriesRegistry();
  const windows = new WindowCollector(sinks, part);
  const decoder = new CsvDecoder(registry, (series, at, value) => windows.record(series, at, value));

  const log = createWriteStream(join(folder, LOG_FILE), { flags: before === undefined ? 'w' : 'a' });
  // A full disk shows in the archive; the log must not end the run.
  log.on('error', () => {});
  const generator = new Generator({
    k6Path: options.k6.path,
    bundlePath: options.bundlePath,
    env: options.env,
    maxVus: header.plan.maxVus,
    onData: (chunk) => decoder.write(chunk),
    log,
  });
  const supervision = new Supervision(generator, windows, options.now);
  const state = (endedAtMs: number | null, k6ExitCode: number | null) => ({
    ...usageWith(before?.generator, supervision.usage()),
    runSeconds: measuredSeconds(totals.parts, supervision.runSeconds),
    outages: joinOutages(before?.outages ?? [], reading.outages.outages),
    startedAtMs: options.startedAtMs,
    endedAtMs,
    k6ExitCode,
    interrupted: endedAtMs === null || signal.aborted,
    samples: decoder.rows + (before?.generator.samples ?? 0),
    samplesRefused: decoder.refused,
    samplesLost: archive.samplesLost + (before?.generator.samplesLost ?? 0),
    seriesOverflowed: registry.overflowed,
    audit: null,
    ...(soak === null ? {} : { soak: endedAtMs === null ? soak.begun() : soak.figures() }),
  });
  let stopped = false;
  const stop = (): void => {
    // A second signal would make k6 drop what it has not sent yet.
    if (!stopped) generator.stop();
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
      plannedRate: plannedRateAt(header.plan, part.skippedSeconds + supervision.runSeconds),
      maxVus: header.plan.maxVus,
      cpuShare: supervision.usage().cpuShare,
    });
    const scrapeEvery = soak?.scrapeEvery ?? SCRAPE_EVERY;
    if ((options.scrape === true || soak !== null) && tick % scrapeEvery === 1 % scrapeEvery) {
      for (const { metric, labels, value } of await (soak?.samples() ?? scrape(options.target))) {
        windows.record(registry.intern('target', { ...labels, metric }), options.now(), value);
      }
    }
    const because = soak?.look(tick, supervision.runSeconds) ?? null;
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
      generator.kill();
      return error;
    },
  );

  soak?.begin(folder);

  const end = await generator.ended.finally(() => {
    signal.removeEventListener('abort', stop);
    return stopWatching();
  });
  // Of a k6 that was killed, the last row is no row: what was on its way is part of what was not measured.
  if (end.exitCode !== null) decoder.end();
  windows.end();
  for (const row of decoder.refusedExamples) log.write(`headroom: refused row ${JSON.stringify(row)}\n`);
  log.end();
  await Promise.all([...sinks.map((sink) => sink.close()), finished(log).catch(() => {})]);
  if (unwritten !== null) throw unwritten;
  if (archive.failure !== null) throw archiveFailed(folder, archive.failure);
  if (decoder.rows === 0 && end.exitCode !== 0 && !signal.aborted) {
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
    series.soak = soakLines(soak.history, soak.settings, header.slos, watch, supervision.runSeconds);
  }
  await writeRun(folder, run);
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { run, series, folder, reportPath };
}

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
