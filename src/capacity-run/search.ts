import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EFFORTS, type Interval } from '../capacity/index.ts';
import { HeadroomError } from '../errors.ts';
import type { Slo } from '../gate/slo.ts';
import { createRunFolder } from '../results/archive.ts';
import { loadSettings, withoutLoadVariables } from '../results/settings.ts';
import { describeEnvironment, newRunId } from '../run/environment.ts';
import { prepareScenario } from '../run/scenario.ts';
import { publicTarget, reachTarget } from '../run/target.ts';
import { readCapacity } from './archive.ts';
import { askBookingApp } from './booking-app.ts';
import type { Capacity, Mode } from './schema.ts';
import { type SearchEdges, type SearchOutcome, searchOn } from './stepper.ts';

/** What to search the limit of, and within which range. */
export interface SearchOptions extends SearchEdges {
  scenario: string;
  mode: Mode;
  seed: number;
  tags: Record<string, string>;
  audit: boolean;
  /** The scenario's own objectives without this. */
  slo?: { file: string; objectives: readonly Slo[] };
  /** Rates that may be tried, journeys per second. */
  range: Interval;
  /** First rate of the search, journeys per second; found by short trials without it. */
  start?: number;
  /** Length of a trial in seconds; that of the mode without it. */
  trialSeconds?: number;
}

/**
 * Searches for the highest rate that holds the objectives. Every trial is a run of the archive; capacity.json is written
 * after each, so that a search that was stopped or killed goes on with `resumeSearch`.
 *
 * @throws HeadroomError as `runScenario` does, when a trial cannot be made at all
 */
export async function startSearch(options: SearchOptions): Promise<SearchOutcome> {
  const { mode, range, now } = options;
  const startedAtMs = now();
  const objectives = options.slo?.objectives ?? (await objectivesOf(options));
  if (objectives.length === 0) {
    throw new HeadroomError(
      'SLO_FILE_INVALID',
      `The scenario ${options.scenario} has no objectives, and without one there is no limit to find.`,
      'Give some with --slo.',
    );
  }
  await reachTarget(options.target, options.signal);
  const effort = EFFORTS[mode];
  const capacity: Capacity = {
    schema: 'headroom.capacity/1',
    id: newRunId(startedAtMs, 'capacity'),
    target: publicTarget(options.target),
    scenario: options.scenario,
    seed: options.seed,
    settings: loadSettings(options.settings),
    tags: options.tags,
    slo: {
      file: options.slo?.file ?? null,
      sha256: createHash('sha256').update(JSON.stringify(objectives)).digest('hex'),
      objectives: [...objectives],
      leftOut: [],
    },
    mode,
    app: await askBookingApp(options.target),
    audit: options.audit,
    search: {
      ...effort,
      range,
      start: options.start ?? null,
      trialSeconds: options.trialSeconds ?? effort.trialSeconds,
    },
    startedAt: new Date(startedAtMs).toISOString(),
    endedAt: null,
    timeSpentSeconds: 0,
    trials: [],
    result: null,
    environment: { ...(await describeEnvironment(options.cwd)), k6: options.k6.version },
  };
  const folder = await createRunFolder(options.runsFolder, capacity.id);
  return await searchOn(capacity, folder, options);
}

/**
 * Goes on with a search that was stopped, killed, or given up.
 *
 * @param folder of the search; its trials are kept beside it
 * @param edges the target is that of the search
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE, and as `startSearch`
 */
export async function resumeSearch(folder: string, edges: Omit<SearchEdges, 'runsFolder'>): Promise<SearchOutcome> {
  const capacity = await readCapacity(folder);
  const place = resolve(folder.endsWith('.json') ? dirname(folder) : folder);
  const settings = { ...capacity.settings, ...edges.settings };
  return await searchOn({ ...capacity, endedAt: null, result: null }, place, {
    ...edges,
    settings,
    runsFolder: dirname(place),
  });
}

async function objectivesOf(options: SearchOptions): Promise<readonly Slo[]> {
  const workFolder = await mkdtemp(join(tmpdir(), 'headroom-'));
  try {
    const env = {
      ...withoutLoadVariables(options.env),
      ...options.settings,
      BASE_URL: options.target.href,
      HEADROOM: '1',
    };
    const { slos } = await prepareScenario({ ...options, k6Path: options.k6.path, outDir: workFolder, env });
    return slos;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}
