import { nextStep } from '../capacity/index.ts';
import type { Slo } from '../gate/slo.ts';
import { afterSpaceIsFreed } from '../results/document.ts';
import type { LiveStatus } from '../run/live.ts';
import type { RunOptions } from '../run/run.ts';
import { writeCapacity } from './archive.ts';
import {
  CALIBRATION_SECONDS,
  calibrationVerdict,
  FIRST_RATE,
  firstRate,
  lightObjectives,
  nextCalibration,
} from './calibration.ts';
import { conductTrial, type TrialContext, type TrialRequest } from './conduct.ts';
import {
  FEWEST_REQUESTS,
  type JourneyShape,
  journeyShapeOf,
  judgeable,
  lowestJudgeableRate,
  trialSecondsAt,
  virtualUsersFor,
} from './load.ts';
import { type Answer, idleAnswer, recovered } from './recovery.ts';
import { capacityResult, type Ending } from './result.ts';
import type { Capacity, CapacityTrial } from './schema.ts';
import { unlessUnsteady } from './trial.ts';

/** What of the outside world a search needs. */
export interface SearchEdges
  extends Pick<RunOptions, 'k6' | 'env' | 'runsFolder' | 'cwd' | 'signal' | 'now' | 'limits'> {
  /** Checked with `permittedTarget`. */
  target: URL;
  /** What shapes the load besides rate and length, by environment variable. */
  settings: Record<string, string>;
  /** How long the target may take to come back after a trial, in seconds; 90 without it. */
  recoverySeconds?: number;
  onProgress?(line: string): void;
  /** Called after each trial. */
  onTrial?(trial: CapacityTrial, capacity: Capacity): void;
  /** Called about once a second during a trial. */
  onStatus?(status: LiveStatus, view: SearchView): void;
}

/** How a search is doing, for the eye. */
export interface SearchView {
  capacity: Capacity;
  /** The trial under way: journeys per second, and why. */
  rate: number;
  why: CapacityTrial['why'];
}

/** A search as far as it went, and the folder that keeps it. */
export interface SearchOutcome {
  capacity: Capacity;
  /** The folder of the search. */
  folder: string;
}

/** A queue of a minute drains in less. */
const RECOVERY_SECONDS = 90;
/** Trials in a row in which the generator had no core to spare, after which the search ends. */
const MOST_SATURATED = 2;

/** Takes the steps that are left of a search, from the trials that it has. */
export async function searchOn(capacity: Capacity, folder: string, edges: SearchEdges): Promise<SearchOutcome> {
  const search = new Search(capacity, folder, edges);
  await search.toTheEnd();
  return { capacity: search.capacity, folder };
}

const INTERRUPTED: Ending = { kind: 'interrupted', why: 'The search was interrupted' };

class Search {
  capacity: Capacity;
  readonly #folder: string;
  readonly #edges: SearchEdges;
  /** What was spent before an interruption. */
  readonly #spentBefore: number;
  readonly #sinceMs: number;
  #idle: Answer = { ms: 0, ok: true };

  constructor(capacity: Capacity, folder: string, edges: SearchEdges) {
    this.capacity = capacity;
    this.#folder = folder;
    this.#edges = edges;
    this.#spentBefore = capacity.timeSpentSeconds;
    this.#sinceMs = edges.now();
  }

  async toTheEnd(): Promise<void> {
    await this.#write();
    this.#edges.onProgress?.(`the search is kept in ${this.#folder}`);
    this.#idle = await idleAnswer(this.#edges.target);
    try {
      let ending: Ending | null = null;
      while (ending === null) ending = await this.#step();
      const endedAt = new Date(this.#edges.now()).toISOString();
      this.capacity = { ...this.capacity, endedAt, result: capacityResult(ending, this.capacity.trials) };
      await this.#write();
    } catch (error) {
      throw afterSpaceIsFreed(error, `headroom capacity --resume ${this.#folder}`);
    }
  }

  async #write(): Promise<void> {
    const timeSpentSeconds = this.#spentBefore + (this.#edges.now() - this.#sinceMs) / 1000;
    this.capacity = { ...this.capacity, timeSpentSeconds };
    await writeCapacity(this.#folder, this.capacity);
  }

  async #step(): Promise<Ending | null> {
    if (this.#edges.signal.aborted) return INTERRUPTED;
    const { search } = this.capacity;
    const calibrations = this.capacity.trials.filter(({ why }) => why === 'calibrate');
    const shape = calibrations.map(journeyShapeOf).findLast((each) => each !== null) ?? null;
    // A start that was given needs one trial too: it shows what a journey asks for.
    if (search.start === null || calibrations.length === 0) return await this.#calibrate(calibrations, shape);
    if (shape === null) return { kind: 'not-judgeable', why: 'No journey came to its end under light load' };
    const { judged, leftOut } = this.#judged(search.start, shape);
    if (judged.length === 0) {
      const why = `Trials of ${search.trialSeconds} s at ${search.start.toFixed(1)} journeys/s have too few samples for any objective of latency: make them longer`;
      return { kind: 'not-judgeable', why };
    }
    const left = leftOut.map(idOf);
    if (left.join() !== this.capacity.slo.leftOut.join()) {
      this.capacity = { ...this.capacity, slo: { ...this.capacity.slo, leftOut: left } };
      this.#edges.onProgress?.(`left out, as trials of this length have too few samples: ${left.join(', ')}`);
    }
    const trials = this.capacity.trials.filter(({ why }) => why !== 'calibrate');
    const step = nextStep({ ...search, start: search.start }, trials);
    if (step.kind !== 'trial') return step;
    const { rate, why } = step;
    const seconds = Math.max(step.seconds, trialSecondsAt(rate, search.trialSeconds, judged, shape, this.#fewest));
    return await this.#conduct({
      why,
      rate,
      seconds,
      slos: judged,
      virtualUsers: this.#virtualUsers(rate, shape),
    });
  }

  /** Who asks for short trials gets them. */
  get #fewest(): number {
    return this.capacity.search.trialSeconds < CALIBRATION_SECONDS.most ? 0 : FEWEST_REQUESTS;
  }

  get #recoverySeconds(): number {
    return this.#edges.recoverySeconds ?? RECOVERY_SECONDS;
  }

  #judged(rate: number, shape: JourneyShape): ReturnType<typeof judgeable> {
    return judgeable(this.capacity.slo.objectives, rate, shape, this.capacity.search.trialSeconds);
  }

  /** The user's own number wins. */
  #virtualUsers(rate: number, shape: JourneyShape): number | null {
    if (this.#edges.settings.VUS !== undefined) return Number(this.#edges.settings.VUS);
    return virtualUsersFor(rate, shape, this.capacity.slo.objectives);
  }

  async #calibrate(before: readonly CapacityTrial[], shape: JourneyShape | null): Promise<Ending | null> {
    const { search, slo } = this.capacity;
    const { start, range } = search;
    const { least, most } = CALIBRATION_SECONDS;
    const lowest = shape === null ? 0 : lowestJudgeableRate(slo.objectives, shape, search.trialSeconds);
    const step = nextCalibration(start === null ? FIRST_RATE : start / 4, range, before, lowest);
    if (step.kind === 'start') {
      this.capacity = { ...this.capacity, search: { ...search, start: firstRate(step, lowest) } };
      return null;
    }
    return await this.#conduct({
      why: 'calibrate',
      rate: step.rate,
      seconds: Math.max(least, Math.min(most, search.trialSeconds)),
      slos: lightObjectives(slo.objectives),
      virtualUsers: shape === null ? null : this.#virtualUsers(step.rate, shape),
    });
  }

  /** Makes a trial and keeps it. */
  async #conduct(
    request: Pick<TrialRequest, 'why' | 'rate' | 'seconds' | 'slos' | 'virtualUsers'>,
  ): Promise<Ending | null> {
    const { capacity } = this;
    const { signal, now, target } = this.#edges;
    const number = capacity.trials.length + 1;
    const { onProgress: _, onStatus, ...edges } = this.#edges;
    const context: TrialContext = {
      ...edges,
      scenario: capacity.scenario,
      tags: { ...capacity.tags, capacity: capacity.id },
      audit: capacity.audit,
    };
    const startedAtMs = now();
    const conducted = await conductTrial(context, {
      ...request,
      // Other requests each time: a cache must not know them.
      seed: capacity.seed + number,
      name: `${capacity.id}-${number}`,
      guarded: capacity.slo.objectives,
      onStatus: (status) => onStatus?.(status, { capacity: this.capacity, ...request }),
    }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    // What was measured of a trial that was cut short is in the archive; it says nothing to the search.
    if (signal.aborted || conducted === undefined) return INTERRUPTED;
    const { run } = conducted;
    const back = await recovered(target, this.#idle, 1000 * this.#recoverySeconds, signal);
    const trial: CapacityTrial = {
      ...conducted.trial,
      ...(request.why === 'calibrate'
        ? { verdict: calibrationVerdict(conducted.trial, run, capacity.slo.objectives) }
        : unlessUnsteady(conducted.trial, capacity.trials)),
      seconds: (now() - startedAtMs) / 1000,
    };
    this.capacity = { ...capacity, trials: [...capacity.trials, trial] };
    await this.#write();
    this.#edges.onTrial?.(trial, this.capacity);
    return this.#endingAfter(run.audit?.ok === false, back);
  }

  #endingAfter(auditFailed: boolean, back: boolean): Ending | null {
    if (auditFailed) {
      return {
        kind: 'audit-failed',
        why: 'The target broke one of its own invariants under load: see the audit of the last trial',
      };
    }
    const last = this.capacity.trials.slice(-MOST_SATURATED);
    if (last.length === MOST_SATURATED && last.every(({ reasons }) => reasons.includes('generator-saturated'))) {
      return {
        kind: 'generator-saturated',
        why: 'The generator was saturated: what it measured is itself and not the target',
      };
    }
    if (!back && !this.#edges.signal.aborted) {
      const why = `The target was not back to what it was before within ${this.#recoverySeconds} s of the last trial`;
      return { kind: 'not-recovered', why };
    }
    return null;
  }
}

const idOf = (slo: Slo): string => `${'endpoint' in slo ? slo.endpoint : slo.journey}.${slo.metric}`;
