import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { HeadroomError } from '../errors.ts';
import { SloWatch } from '../gate/sliding.ts';
import { requireWindowsFit, type Slo } from '../gate/slo.ts';
import { DEFAULT_LIMITS, type ValidityLimits } from '../gate/validity.ts';
import { CsvDecoder } from '../k6/decode.ts';
import { Generator } from '../k6/generator.ts';
import { plannedRateAt } from '../k6/plan.ts';
import { render } from '../report/render.ts';
import { createRunFolder, LOG_FILE, REPORT_FILE, WindowsWriter, writeRun } from '../results/archive.ts';
import { writeResults } from '../results/document.ts';
import { whyNotWritten } from '../results/files.ts';
import { SeriesRegistry } from '../results/registry.ts';
import type { Run } from '../results/schema.ts';
import type { RunSeries } from '../results/series.ts';
import { loadSettings } from '../results/settings.ts';
import { Timeline } from '../results/timeline.ts';
import { Totals } from '../results/totals.ts';
import { type Sink, WindowCollector } from '../results/window.ts';
import { soakLines } from '../soak/index.ts';
import { fetchAudit, reconcile } from './audit.ts';
import { describeEnvironment, newRunId } from './environment.ts';
import { type LiveStatus, LiveView } from './live.ts';
import { type RunHeader, resultOf } from './result.ts';
import { prepareScenario } from './scenario.ts';
import { scrape } from './scrape.ts';
import { type SoakOptions, SoakRun } from './soak.ts';
import { Supervision } from './supervision.ts';
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
    return await collect({ ...options, env, folder, bundlePath: scenario.bundlePath, header, startedAtMs });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** Seconds between two looks at the target's metrics. */
const SCRAPE_EVERY = 5;

interface CollectOptions extends RunOptions {
  folder: string;
  bundlePath: string;
  header: RunHeader;
  startedAtMs: number;
}

async function collect(options: CollectOptions): Promise<RunOutcome> {
  const { header, folder, signal } = options;
  const limits = options.limits ?? DEFAULT_LIMITS;
  const auditBefore = options.audit ? await fetchAudit(options.target) : null;

  const archive = new WindowsWriter(folder, header.plan);
  const totals = new Totals(header.warmupSeconds, header.plan.seconds);
  const watch = new SloWatch(header.slos, totals);
  const timeline = new Timeline();
  const live = new LiveView();
  const soak = options.soak === undefined ? null : new SoakRun(options.soak, options.target, header, totals, watch);
  const pid = await soak?.findProcess();
  if (pid != null) options.onProgress?.(`watching process ${pid}`);
  const sinks: Sink[] = [
    archive,
    totals,
    watch,
    timeline,
    live,
    ...(soak === null ? [] : [soak.history]),
    ...(options.openSinks?.({ ...header, startedAtMs: options.startedAtMs }) ?? []),
  ];
  const registry = new SeriesRegistry();
  const windows = new WindowCollector(sinks);
  const decoder = new CsvDecoder(registry, (series, at, value) => windows.record(series, at, value));

  const log = createWriteStream(join(folder, LOG_FILE));
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
    ...supervision.usage(),
    startedAtMs: options.startedAtMs,
    endedAtMs,
    k6ExitCode,
    interrupted: endedAtMs === null || signal.aborted,
    samples: decoder.rows,
    samplesRefused: decoder.refused,
    samplesLost: archive.samplesLost,
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
      elapsedSeconds: supervision.runSeconds,
      totalSeconds: header.plan.seconds,
      plannedRate: plannedRateAt(header.plan, supervision.runSeconds),
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
  decoder.end();
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
    audit = after === null ? null : reconcile(auditBefore, after, totals);
  }
  const run = resultOf(header, { ...state(options.now(), end.exitCode), audit }, totals, watch, limits);
  const series = timeline.series(totals, (second) => plannedRateAt(header.plan, second));
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
    `Free some space and run it again; what was kept until then shows: headroom report ${folder}`,
    { cause },
  );
}
