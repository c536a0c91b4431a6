import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HeadroomError } from '../errors.ts';
import type { Slo } from '../gate/slo.ts';
import { DEFAULT_LIMITS, SAMPLE_REASONS } from '../gate/validity.ts';
import { verdictOf } from '../gate/verdict.ts';
import { CsvDecoder } from '../k6/decode.ts';
import { planSchema } from '../k6/plan.ts';
import { render } from '../report/render.ts';
import { createRunFolder, REPORT_FILE, RUN_FILE, readRun, writeRun } from '../results/archive.ts';
import { writeResults } from '../results/document.ts';
import { readOutline, readWindows } from '../results/read.ts';
import { SeriesRegistry } from '../results/registry.ts';
import type { Run } from '../results/schema.ts';
import { COARSENING, type Coarsening, coarseningFor } from '../results/segments.ts';
import { boundsOf } from '../results/totals.ts';
import { FIRST_PART, type Sink, WindowCollector } from '../results/window.ts';
import { WindowsWriter } from '../results/writer.ts';
import { askedSchema } from './asked.ts';
import { describeEnvironment, newRunId } from './environment.ts';
import { Reading } from './reading.ts';
import { NO_PLAN } from './reread.ts';
import { type RunHeader, resultOf } from './result.ts';
import type { RunOutcome } from './run.ts';

/** By which objectives a recording is judged, and where the result goes. */
export interface ReplayOptions {
  /** Instead of the run's own objectives; a file of k6's has none. */
  slos?: readonly Slo[];
  /** Folder that the replayed run goes into. */
  runsFolder: string;
  cwd: string;
  /** How many times as fast as it was; null: as fast as it goes. */
  speed: number | null;
  signal: AbortSignal;
  now(): number;
  /** More places for the windows to go. */
  sinks?: readonly Sink[];
  coarsening?: Coarsening;
}

/** How a CSV of k6 is to be read. */
export interface CsvReplayOptions extends ReplayOptions {
  /** Name of the scenario in the result. */
  scenario: string;
  /** Seconds at the start that are not judged. */
  warmupSeconds: number;
  /** Length of the run where it is known, in seconds: long ones are drawn in longer steps. */
  seconds?: number;
}

/** Keeps to the speed that was asked for. */
class Pace {
  readonly #speed: number | null;
  readonly #signal: AbortSignal;
  #first: { second: number; at: number } | null = null;

  constructor({ speed, signal }: ReplayOptions) {
    this.#speed = speed;
    this.#signal = signal;
  }

  /** Waits until a moment of the run has come. */
  async reach(second: number): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#speed === null || !Number.isFinite(second)) return;
    this.#first ??= { second, at: performance.now() };
    const due = this.#first.at + ((second - this.#first.second) * 1000) / this.#speed;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait, undefined, { signal: this.#signal });
  }
}

/**
 * Replays what k6 wrote with `--out csv`: through the decoder, windows, archive, verdict and report of a run.
 *
 * @param rows the file's bytes, unpacked
 * @throws HeadroomError ARCHIVE_UNREADABLE when it holds no row that can be decoded
 */
export async function replayCsv(rows: AsyncIterable<Buffer>, options: CsvReplayOptions): Promise<RunOutcome> {
  const header = await headerOf(options);
  return await intoFolder(options.runsFolder, header.id, (folder) => csvInto(folder, header, rows, options));
}

async function csvInto(
  folder: string,
  header: RunHeader,
  rows: AsyncIterable<Buffer>,
  options: CsvReplayOptions,
): Promise<RunOutcome> {
  const { warmupSeconds, slos = [], seconds = null, coarsening = COARSENING } = options;
  const reading = new Reading(NO_PLAN, warmupSeconds, slos, { seconds });
  const archive = new WindowsWriter(folder, NO_PLAN, {
    coarsening: coarseningFor(windowLengths(slos), coarsening),
    cutsOf: (first) => Object.values(boundsOf(first, FIRST_PART, warmupSeconds, null)),
  });
  const sinks = [archive, ...reading.sinks, ...(options.sinks ?? [])];
  const windows = new WindowCollector(sinks);
  const registry = new SeriesRegistry();
  let toMs: number | null = null;
  const decoder = new CsvDecoder(registry, (series, { timestamp, value }) => {
    toMs ??= unitOf(timestamp);
    windows.record(series, timestamp * toMs, value);
  });
  const pace = new Pace(options);
  for await (const piece of rows) {
    decoder.write(piece);
    await archive.caughtUp();
    await pace.reach(windows.lastSampleMs / 1000);
  }
  decoder.end();
  windows.end();
  await Promise.all(sinks.map((sink) => sink.close()));
  if (decoder.rows === decoder.refused) {
    const example = decoder.refusedExamples[0];
    throw new HeadroomError(
      'ARCHIVE_UNREADABLE',
      `There is no row of k6's CSV output to replay${example === undefined ? '' : `; the first is ${JSON.stringify(example.slice(0, 80))}`}.`,
      'Give a file that `k6 run --out csv=FILE` wrote, with time stamps as numbers.',
    );
  }
  const { firstSampleMs, lastSampleMs } = windows;
  const run = resultOf(
    header,
    {
      ...NOTHING_KNOWN,
      startedAtMs: firstSampleMs,
      endedAtMs: lastSampleMs,
      runSeconds: (lastSampleMs - firstSampleMs) / 1000,
      samples: decoder.rows,
      samplesRefused: decoder.refused,
      samplesLost: archive.samplesLost,
      seriesOverflowed: registry.overflowed,
      outages: reading.outages.outages,
    },
    reading.totals,
    reading.watch,
    DEFAULT_LIMITS,
  );
  return await leave(run, reading, folder);
}

/**
 * Replays the archive of a run: its windows go through archive, verdict and report again. What made the run invalid besides
 * its objectives stays.
 *
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function replayRun(source: string, options: ReplayOptions): Promise<RunOutcome> {
  const stored = await readRun(source);
  const id = newRunId(options.now(), stored.scenario);
  return await intoFolder(options.runsFolder, id, (folder) => runInto(folder, id, stored, source, options));
}

async function runInto(
  folder: string,
  id: string,
  stored: Run,
  source: string,
  options: ReplayOptions,
): Promise<RunOutcome> {
  const outline = await readOutline(source);
  const plan = planSchema.safeParse(outline.plan).data ?? NO_PLAN;
  const slos = options.slos ?? askedSchema.safeParse(outline.asked).data?.slos ?? [];
  const { scenario, target, seed, settings, tags, warmupSeconds, environment, generator } = stored;
  const seconds = plan.seconds ?? (outline.segments - 1) * COARSENING.segmentSeconds;
  const reading = new Reading(plan, warmupSeconds, slos, { seconds, longest: outline.longest });
  const archive = new WindowsWriter(folder, plan, { longest: outline.longest, asked: outline.asked });
  const sinks = [archive, ...reading.sinks, ...(options.sinks ?? [])];
  const pace = new Pace(options);
  for await (const window of readWindows(source)) {
    await pace.reach(window.second);
    for (const sink of sinks) sink.write(window);
    await archive.caughtUp();
  }
  await Promise.all(sinks.map((sink) => sink.close()));
  const { totals, watch } = reading;
  if (options.slos === undefined) watch.recall(stored.slo);
  const end = stored.endedAt ?? new Date(((totals.lastSecond ?? 0) + 1) * 1000).toISOString();
  const judged = resultOf(
    {
      id,
      scenario,
      target,
      seed,
      settings,
      tags,
      warmupSeconds,
      environment,
      slos,
      plan,
      k6Version: generator.k6Version,
    },
    {
      ...NOTHING_KNOWN,
      ...generator,
      samplesLost: archive.samplesLost,
      startedAtMs: Date.parse(stored.startedAt),
      endedAtMs: Date.parse(end),
      runSeconds: totals.parts.reduce((sum, { fromSeconds, untilSeconds }) => sum + untilSeconds - fromSeconds, 0),
      audit: stored.audit,
      outages: stored.outages ?? reading.outages.outages,
    },
    totals,
    watch,
    { ...DEFAULT_LIMITS, ...stored.validity.limits },
  );
  return await leave(withReasonsOf(stored, judged), reading, folder);
}

/** A folder for what a replay makes. One that comes to no result leaves none: all of it can be made again. */
async function intoFolder(
  runsFolder: string,
  id: string,
  replay: (folder: string) => Promise<RunOutcome>,
): Promise<RunOutcome> {
  const folder = await createRunFolder(runsFolder, id);
  try {
    return await replay(folder);
  } catch (error) {
    if (!existsSync(join(folder, RUN_FILE))) await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

/** A replay knows nothing of the generator but its samples. */
const NOTHING_KNOWN = {
  interrupted: false,
  k6ExitCode: 0,
  cpuSeconds: 0,
  cpuShare: 0,
  peakRssBytes: 0,
  collectorPeakRssBytes: 0,
  samplesRefused: 0,
  samplesLost: 0,
  seriesOverflowed: false,
  clockStepMs: 0,
  audit: null,
};

/** The reasons of the run itself, and those that the objectives of the replay give. */
function withReasonsOf(stored: Run, judged: Run): Run {
  const own = stored.validity.reasons.filter(({ code }) => !SAMPLE_REASONS.includes(code));
  const others = judged.validity.reasons.filter(({ code }) => !own.some((reason) => reason.code === code));
  const reasons = [...own, ...others];
  return {
    ...judged,
    validity: { ...judged.validity, ok: reasons.length === 0, reasons },
    verdict: stored.verdict === 'interrupted' ? 'interrupted' : verdictOf(reasons, judged.slo, judged.audit),
  };
}

async function headerOf({ scenario, warmupSeconds, slos = [], now, cwd }: CsvReplayOptions): Promise<RunHeader> {
  return {
    id: newRunId(now(), scenario),
    scenario,
    target: 'unknown: a replay',
    seed: 0,
    settings: {},
    tags: {},
    warmupSeconds,
    slos,
    plan: NO_PLAN,
    k6Version: 'unknown',
    environment: await describeEnvironment(cwd),
  };
}

async function leave(run: Run, reading: Reading, folder: string): Promise<RunOutcome> {
  const series = reading.series();
  await writeRun(folder, run);
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { run, series, folder, reportPath };
}

const windowLengths = (slos: readonly Slo[]): number[] => slos.flatMap(({ windowSeconds }) => windowSeconds ?? []);

/** Milliseconds of a unit of k6's time stamps, which are seconds, or milli-, micro- or nanoseconds as it was told. */
function unitOf(timestamp: number): number {
  if (timestamp < 1e11) return 1_000;
  if (timestamp < 1e14) return 1;
  return timestamp < 1e17 ? 1e-3 : 1e-6;
}
