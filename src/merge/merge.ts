import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadroomError } from '../errors.ts';
import type { Slo } from '../gate/slo.ts';
import { DEFAULT_LIMITS, SAMPLE_REASONS } from '../gate/validity.ts';
import { type Plan, planSchema } from '../k6/plan.ts';
import { render } from '../report/render.ts';
import { createRunFolder, REPORT_FILE, writeRun } from '../results/archive.ts';
import { writeResults } from '../results/document.ts';
import { mergedWindows } from '../results/merge-instances.ts';
import type { InstanceResult, Run, ValidityReason } from '../results/schema.ts';
import { COARSENING, listSegments } from '../results/segments.ts';
import { WindowsWriter } from '../results/writer.ts';
import { type Asked, askedSchema } from '../run/asked.ts';
import { type Audits, reconcileAll } from '../run/audit.ts';
import { Reading } from '../run/reading.ts';
import { type RunHeader, resultOf } from '../run/result.ts';
import type { RunOutcome } from '../run/run.ts';
import { Tally } from '../run/tally.ts';
import { requireTogether } from './belong.ts';
import { clockOffsets } from './clocks.ts';
import type { InstancePart } from './part.ts';

/** Where the merged run goes, and what it is judged by. */
export interface MergeOptions {
  /** Folder that the merged run goes into. */
  runsFolder: string;
  /** Instead of the objectives that the instances were given. */
  slos?: readonly Slo[];
  /** Of the target: an instance asks for none. */
  audits?: Audits;
}

/** Text of windows that may wait for the disk, in characters: half a minute of thirty series. */
const MOST_WAITING = 2 ** 20;

/** Reasons of an instance that are told otherwise for the run: by its end, and by its part of the iterations. */
const TOLD_OTHERWISE: readonly string[] = [...SAMPLE_REASONS, 'k6-failed', 'rate-not-reached'];

/**
 * Makes one run with one verdict of the instances of a distributed run. Its histograms are those of all samples together, and
 * the objectives are judged on them. An instance that is missing, died, or of whose windows some are missing makes it invalid.
 *
 * @throws HeadroomError MERGE_MISMATCH for instances of different runs, RUN_NOT_FOUND without any, ARCHIVE_UNREADABLE,
 *   ARCHIVE_NOT_WRITABLE
 */
export async function mergeParts(parts: readonly InstancePart[], options: MergeOptions): Promise<RunOutcome> {
  requireTogether(parts);
  const first = parts.find(({ run }) => run !== null)?.run;
  if (first == null) {
    throw new HeadroomError(
      'RUN_NOT_FOUND',
      'There is no instance that tells what run it is of.',
      'Look whether the id of the run is right, and whether any instance lived to its end.',
    );
  }
  const { plan, asked } = askedFor(parts);
  const slos = options.slos ?? asked.slos;
  const header = headerOf(first, parts, plan, slos);
  const folder = await createRunFolder(options.runsFolder, header.id);
  // Of an earlier merge.
  for (const { path } of await listSegments(folder)) await rm(path, { force: true });

  const longest = Math.max(...parts.map((part) => part.longest));
  const seconds = plan.seconds ?? (longest > 1 ? COARSENING.segmentSeconds * 2 : null);
  const reading = new Reading(plan, first.warmupSeconds, slos, { seconds, longest });
  const archive = new WindowsWriter(folder, plan, { longest, asked: { ...asked, slos }, again: true });
  const sinks = [archive, ...reading.sinks];
  const tallies = parts.map(() => new Tally());
  const stored = parts.map((part) => part.windows());
  for await (const window of mergedWindows(stored, (i, each) => tallies[i]?.write(each))) {
    // The disk may take some windows while the next are put together.
    await archive.caughtUp(MOST_WAITING);
    for (const sink of sinks) sink.write(window);
  }
  await Promise.all(sinks.map((sink) => sink.close()));

  const { totals, watch, outages } = reading;
  const instances = instancesOf(parts, tallies, first.instance.count);
  const runs = parts.flatMap(({ run }) => run ?? []);
  const sum = (of: (run: Run) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const most = (of: (run: Run) => number): number => Math.max(...runs.map(of));
  const lastMs = ((totals.lastSecond ?? 0) + 1) * 1000;
  const run = resultOf(
    header,
    {
      startedAtMs: Math.min(...runs.map(({ startedAt }) => Date.parse(startedAt))),
      endedAtMs: most(({ endedAt }) => (endedAt === null ? lastMs : Date.parse(endedAt))),
      runSeconds: totals.parts.reduce((total, { fromSeconds, untilSeconds }) => total + untilSeconds - fromSeconds, 0),
      interrupted: false,
      // How each ended is told of by its number.
      k6ExitCode: 0,
      cpuSeconds: sum(({ generator }) => generator.cpuSeconds),
      cpuShare: most(({ generator }) => generator.cpuShare),
      peakRssBytes: most(({ generator }) => generator.peakRssBytes),
      collectorPeakRssBytes: most(({ generator }) => generator.collectorPeakRssBytes),
      samples: sum(({ generator }) => generator.samples),
      samplesRefused: 0,
      samplesLost: archive.samplesLost,
      seriesOverflowed: false,
      clockStepMs: 0,
      audit: options.audits === undefined ? null : reconcileAll(options.audits, totals),
      outages: outages.outages,
      instances,
      reasons: runs.flatMap((each) => reasonsOf(each, first.instance.count)),
    },
    totals,
    watch,
    { ...DEFAULT_LIMITS, ...asked.limits },
  );
  run.generator.samplesLost += sum(({ generator }) => generator.samplesLost);
  const series = reading.series();
  await writeRun(folder, run);
  const reportPath = join(folder, REPORT_FILE);
  await writeResults(folder, REPORT_FILE, render(run, series));
  return { run, series, folder, reportPath };
}

/** What was asked for, as the first archive that can be read says. */
function askedFor(parts: readonly InstancePart[]): { plan: Plan; asked: Asked } {
  for (const part of parts) {
    const plan = planSchema.safeParse(part.plan).data;
    const asked = askedSchema.safeParse(part.asked).data;
    if (plan !== undefined && asked !== undefined) return { plan, asked };
  }
  throw new HeadroomError(
    'ARCHIVE_UNREADABLE',
    'None of the archives says what the run was asked for: their windows cannot be read.',
    'Merge instances whose archives are whole.',
  );
}

function headerOf(
  {
    instance,
    scenario,
    target,
    seed,
    settings,
    tags,
    warmupSeconds,
    generator,
    environment,
    image,
  }: Run & {
    instance: { runId: string };
  },
  parts: readonly InstancePart[],
  plan: Plan,
  slos: readonly Slo[],
): RunHeader {
  const shared = Object.entries(tags).filter(([key, value]) =>
    parts.every(({ run }) => run === null || run.tags[key] === value),
  );
  return {
    ...{ id: instance.runId, scenario, target, seed, settings, warmupSeconds, environment, plan, slos },
    tags: Object.fromEntries(shared),
    ...(image === undefined ? {} : { image }),
    k6Version: generator.k6Version,
  };
}

function reasonsOf({ instance, validity }: Run, count: number): ValidityReason[] {
  return validity.reasons
    .filter(({ code }) => !TOLD_OTHERWISE.includes(code))
    .map((reason) => ({ ...reason, message: `instance ${instance?.number} of ${count}: ${reason.message}` }));
}

function instancesOf(parts: readonly InstancePart[], tallies: readonly Tally[], count: number): InstanceResult[] {
  const begin = Math.min(...tallies.map(({ firstSecond }) => firstSecond ?? Number.POSITIVE_INFINITY));
  const iterations = tallies.reduce((total, tally) => total + tally.iterations, 0);
  const offsets = clockOffsets(parts);
  const starts = parts.map(({ run }, i) => (run === null ? null : Date.parse(run.startedAt) - (offsets[i] ?? 0)));
  const firstStart = Math.min(...starts.map((start) => start ?? Number.POSITIVE_INFINITY));
  return Array.from({ length: count }, (_, index): InstanceResult => {
    const i = parts.findIndex(({ number }) => number === index + 1);
    const [part, tally = new Tally(), start = null] = [parts[i], tallies[i], starts[i]];
    const told = part?.run ?? null;
    return {
      number: index + 1,
      state: part === undefined ? 'missing' : hasDied(told) ? 'died' : 'ended',
      startedAt: told?.startedAt ?? null,
      startSkewMs: start === null ? null : start - firstStart,
      clockOffsetMs: offsets[i] ?? null,
      ...tally.partOf(begin, iterations),
      samplesMissing: told === null || told.endedAt === null ? 0 : sent(told) - tally.samples,
    };
  });
}

/** Samples that should be in the windows of an instance. */
const sent = ({ generator }: Run): number => generator.samples - generator.samplesLost;

function hasDied(run: Run | null): boolean {
  if (run === null || run.endedAt === null || run.verdict === 'interrupted') return true;
  return run.validity.reasons.some(({ code }) => code === 'k6-failed');
}
