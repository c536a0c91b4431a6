import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keyedRandom } from '../../lib/generators/random.ts';
import { detectableChanges } from '../gate/ab.ts';
import { afterSpaceIsFreed, makeResultsFolder, readDocument, writeResults } from '../results/document.ts';
import { describeEnvironment, newRunId } from '../run/environment.ts';
import { looksOf, pairedMetrics, standingOf } from './figures.ts';
import { makeRound, type RoundOptions } from './round.ts';
import { type Ab, abSchema, type Round } from './schema.ts';

const AB_FILE = 'ab.json';

/** A comparison that is to begin. */
export interface AbPlan extends Pick<Ab, 'a' | 'b' | 'mode' | 'scenario' | 'seed' | 'settings' | 'floorMs'> {
  rounds: number;
}

/** How a comparison is made; nothing of it decides what comes out. */
export interface AbConduct
  extends Omit<RoundOptions, 'id' | 'mode' | 'scenario' | 'settings' | 'folder'>,
    Pick<RoundOptions, 'folder'> {
  /** Called before each round. */
  onRound?(number: number, ab: Ab): void;
  /** Called after each round, with what is known then. */
  onMeasured?(round: Round, ab: Ab): void;
}

/**
 * A new comparison, not yet begun.
 *
 * @param parent folder that holds comparisons; the newest one like this foretells what this one can find
 */
export async function newComparison(
  plan: AbPlan,
  { parent, now, cwd, k6Version }: { parent: string; now: number; cwd: string; k6Version: string },
): Promise<Ab> {
  const { rounds: plannedRounds, ...given } = plan;
  return {
    schema: 'headroom.ab/1',
    id: newRunId(now, 'ab'),
    startedAt: new Date(now).toISOString(),
    endedAt: null,
    ...given,
    plannedRounds,
    looks: looksOf(plannedRounds),
    alpha: 0.05,
    verdict: 'interrupted',
    because: 'not begun',
    rounds: [],
    metrics: [],
    foreseen: await foreseen(parent, plan),
    environment: { ...(await describeEnvironment(cwd)), k6Version },
  };
}

/**
 * Makes the rounds that a comparison still lacks, until it is decided. What is known is written after each round, so that a
 * comparison that was interrupted can be gone on with.
 *
 * @returns the comparison; `interrupted` when the signal came
 * @throws HeadroomError when a subject does not start, k6 fails, or the folder cannot be written
 */
export async function compareBuilds(ab: Ab, conduct: AbConduct): Promise<Ab> {
  await makeResultsFolder(conduct.folder);
  const state: Ab = { ...ab, endedAt: null };
  await write(conduct.folder, { ...state, verdict: 'interrupted' });
  return await remainingRounds(state, conduct).catch((error: unknown) => {
    throw afterSpaceIsFreed(error, `headroom ab --resume ${conduct.folder}`);
  });
}

async function remainingRounds(begun: Ab, conduct: AbConduct): Promise<Ab> {
  let state = begun;
  for (;;) {
    const { final, ...standing } = standingOf(state);
    const enough = state.rounds.length > 0 && final;
    state = { ...state, ...standing };
    if (enough) break;
    const number = state.rounds.length + 1;
    conduct.onRound?.(number, state);
    const first = firstOf(state.seed, number);
    const { id, mode, scenario, settings, seed } = state;
    const options = { ...conduct, id, mode, scenario, settings };
    const round = await makeRound(options, number, { seed: seed + number, first }).catch((error: unknown) => {
      if (conduct.signal.aborted) return null;
      throw error;
    });
    if (round === null) {
      state = { ...state, verdict: 'interrupted', because: `interrupted after ${state.rounds.length} rounds` };
      await write(conduct.folder, state);
      return state;
    }
    state = { ...state, rounds: [...state.rounds, round] };
    state = { ...state, ...standingWithout(state) };
    await write(conduct.folder, { ...state, verdict: 'interrupted' });
    conduct.onMeasured?.(round, state);
  }
  state = { ...state, endedAt: new Date(conduct.now()).toISOString() };
  await write(conduct.folder, state);
  return state;
}

/** Who begins a round: drawn for each two rounds, the other one beginning the second of them. */
function firstOf(seed: number, number: number): 'a' | 'b' {
  const pair = Math.floor((number - 1) / 2);
  return (keyedRandom(seed, 'ab', pair).int(2) + number) % 2 === 0 ? 'a' : 'b';
}

function standingWithout(state: Ab) {
  const { final: _, ...standing } = standingOf(state);
  return standing;
}

async function write(folder: string, ab: Ab): Promise<void> {
  await writeResults(folder, AB_FILE, `${JSON.stringify(ab, null, 2)}\n`);
}

/**
 * Reads a comparison.
 *
 * @param folder of the comparison
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function readComparison(folder: string): Promise<Ab> {
  const kind = { schema: abSchema, version: 'headroom.ab/1', what: 'comparison', file: `an ${AB_FILE}` };
  return await readDocument(kind, { path: join(folder, AB_FILE), folder });
}

/** What the newest comparison of this scenario, mode and load could have found in so many rounds. */
async function foreseen(parent: string, plan: AbPlan): Promise<Record<string, number>> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names
    .filter((each) => each.includes('-ab-'))
    .sort()
    .reverse()) {
    const ab = await readComparison(join(parent, name)).catch(() => null);
    if (ab === null || ab.scenario !== plan.scenario || ab.mode !== plan.mode) continue;
    if (JSON.stringify(ab.settings) !== JSON.stringify(plan.settings)) continue;
    const counting = ab.rounds.filter(({ reasons }) => reasons.length === 0);
    if (counting.length < 4) continue;
    const metrics = pairedMetrics(counting, plan.floorMs);
    const changes = detectableChanges(metrics, plan.rounds);
    return Object.fromEntries(metrics.map(({ id }, k) => [id, changes[k] ?? 0]));
  }
  return {};
}
