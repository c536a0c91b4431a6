import type { SloWatch } from '../gate/sliding.ts';
import { plannedShare } from '../k6/plan.ts';
import type { DriftResult, Run, SoakResult } from '../results/schema.ts';
import type { Totals } from '../results/totals.ts';
import { gapsOf } from '../soak/gaps.ts';
import { type LostObjective, lostObjectives, SoakHistory, type SoakSettings, worstMinuteOf } from '../soak/index.ts';
import { FALSE_ALARMS, judgeDrifts } from '../soak/judge.ts';
import { judgedMetrics, processFirst } from '../soak/signals.ts';
import { looksBy, spentAtEnd, stageDue } from '../soak/stages.ts';
import type { AskedSoak } from './asked.ts';
import { ProcessWatch, startOf } from './process.ts';
import type { RunHeader } from './result.ts';
import { scrape, type TargetSample, withoutSums } from './scrape.ts';

/** What a soak is asked to do beside the run. */
export interface SoakOptions {
  settings: SoakSettings;
  /**
   * Processes to watch with those that they start; none: the one that listens at the target's port, on this machine; null: no
   * process is watched.
   */
  pids: readonly number[] | null;
  /** End the soak when its verdict is certain. */
  failFast: boolean;
  /** How it tells; kept with the run, so that it can go on telling. */
  notify?: AskedSoak['notify'];
  /** What a soak that goes on has seen before. */
  history?: SoakHistory;
  /** Called with what takes place, once each; must neither wait nor fail. */
  onEvent?(event: SoakEvent): void;
}

/** What takes place in a soak, for notifications. */
export type SoakEvent =
  | { kind: 'started'; run: RunHeader; folder: string }
  | { kind: 'objective-broken'; run: RunHeader; objective: LostObjective };

/** Seconds between two looks at the target's metrics; fewer where bins are short. */
const SCRAPE_SECONDS = 5;
/** Seconds between two looks at the objectives. */
const OBJECTIVES_SECONDS = 10;

/** Drift of a run, and what else is told of a soak. */
export interface SoakFigures {
  drift: DriftResult[];
  soak: SoakResult;
}

/** The judging half of a soak: takes its samples beside k6's, looks at it in stages, and judges it at its end. */
export class SoakRun {
  readonly history: SoakHistory;
  readonly scrapeEvery: number;
  readonly #options: SoakOptions;
  readonly #target: URL;
  readonly #header: RunHeader;
  readonly #totals: Totals;
  readonly #watch: SloWatch;
  readonly #process: ProcessWatch;
  readonly #judged: ReadonlySet<string>;
  #looked = 0;
  #brokenTold = false;
  #stopped: SoakResult['stopped'] = null;
  /** Of the look that ended the soak. */
  #certain: DriftResult[] | null = null;

  /** @param skippedSeconds of the plan that were done before */
  constructor(
    options: SoakOptions,
    target: URL,
    header: RunHeader,
    totals: Totals,
    watch: SloWatch,
    skippedSeconds: number,
  ) {
    // Who names a process means that one.
    this.#options =
      options.pids === null || options.pids.length === 0
        ? options
        : { ...options, settings: processFirst(options.settings) };
    this.#target = target;
    this.#header = header;
    this.#totals = totals;
    this.#watch = watch;
    this.history = options.history ?? new SoakHistory(this.settings);
    this.scrapeEvery = Math.min(SCRAPE_SECONDS, this.history.cellSeconds);
    this.#process = new ProcessWatch(target, options.pids);
    this.#looked = looksBy(skippedSeconds, header.plan.seconds);
    this.#judged = judgedMetrics(this.settings);
  }

  /** What it is judged by. */
  get settings(): SoakSettings {
    return this.#options.settings;
  }

  /** @returns the processes that are watched, without those that they start */
  findProcesses(): Promise<readonly number[]> {
    return this.#process.find();
  }

  /** What the target and its process tell now. */
  async samples(): Promise<TargetSample[]> {
    const [scraped, seen] = await Promise.all([scrape(this.#target, withoutSums, this.#judged), this.#process.look()]);
    return [...scraped, ...seen];
  }

  /** Tells that the run has begun. */
  begin(folder: string): void {
    this.#options.onEvent?.({ kind: 'started', run: this.#header, folder });
  }

  /**
   * Looks at the soak; to be called once a second.
   *
   * @param tick number of the call, from 1
   * @param runSeconds of the plan that have run
   * @returns why the soak should end now, a clause; null to go on
   */
  look(tick: number, runSeconds: number): string | null {
    if (this.#stopped !== null) return null;
    const because = this.#lookAtObjectives(tick, runSeconds) ?? this.#lookAtDrift(runSeconds);
    if (because === null) return null;
    this.#stopped = { atSeconds: runSeconds, because };
    return because;
  }

  #lookAtObjectives(tick: number, runSeconds: number): string | null {
    const every = Math.min(OBJECTIVES_SECONDS, this.history.cellSeconds);
    if (tick % every !== 0) return null;
    const { plan, slos, warmupSeconds } = this.#header;
    const [lost] = lostObjectives(slos, this.#totals, this.#watch, plannedShare(plan, warmupSeconds, runSeconds));
    if (lost === undefined) return null;
    if (!this.#brokenTold) {
      this.#brokenTold = true;
      this.#options.onEvent?.({ kind: 'objective-broken', run: this.#header, objective: lost });
    }
    return this.#options.failFast ? `${lost.id} can no longer be met: ${lost.because}` : null;
  }

  #lookAtDrift(runSeconds: number): string | null {
    const { plan, slos } = this.#header;
    if (!this.#options.failFast || plan.seconds === null) return null;
    const stage = stageDue(Math.min(1, runSeconds / plan.seconds), this.#looked);
    // The last look is the verdict itself.
    if (stage === null || runSeconds >= plan.seconds) return null;
    this.#looked = stage.look;
    const drift = judgeDrifts(this.history, this.#options.settings, slos, stage.spent);
    const drifting = drift.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    if (drifting.length === 0) return null;
    this.#certain = drift;
    return `drift is certain: ${drifting.join(', ')}`;
  }

  /** What the soak comes to so far. */
  figures(): SoakFigures {
    const { settings, failFast } = this.#options;
    const spent = failFast ? spentAtEnd(this.#looked) : FALSE_ALARMS;
    return soakFigures(this.history, settings, this.#header.slos, {
      spent,
      stopped: this.#stopped,
      drift: this.#certain,
    });
  }

  /** The block of run.json while the run goes: enough to judge it again from its archive. */
  begun(): SoakFigures {
    return {
      drift: [],
      soak: { ...blockOf(this.#options.settings), gaps: [], worstMinute: null, stopped: this.#stopped },
    };
  }

  /** Tells of the first broken objective when that was not known before the end. */
  end(run: Run): void {
    if (!this.#brokenTold) tellBroken(this.#options, this.#header, run);
    this.#brokenTold = true;
  }
}

/** Tells of the first objective that a whole run broke. */
export function tellBroken({ onEvent }: Pick<SoakOptions, 'onEvent'>, header: RunHeader, { slo }: Run): void {
  const broken = slo.find(({ ok }) => !ok);
  if (broken === undefined) return;
  onEvent?.({
    kind: 'objective-broken',
    run: header,
    objective: { id: broken.id, because: 'the whole run shows it' },
  });
}

/** What the archive keeps of a soak so that it can go on. */
export async function askedOf({ failFast, pids, notify = null }: SoakOptions): Promise<AskedSoak> {
  const processes = (pids ?? []).map((pid) => ({ pid, start: startOf(pid) }));
  return { failFast, processes, notify };
}

/** Judges a soak from its history. */
export function soakFigures(
  history: SoakHistory,
  settings: SoakSettings,
  slos: RunHeader['slos'],
  known: { spent?: number; stopped: SoakResult['stopped']; drift?: DriftResult[] | null },
): SoakFigures {
  return {
    drift: known.drift ?? judgeDrifts(history, settings, slos, known.spent),
    soak: {
      ...blockOf(settings),
      gaps: gapsOf(history).named,
      worstMinute: worstMinuteOf(history),
      stopped: known.stopped,
    },
  };
}

function blockOf({ binSeconds, budget, metrics, limits }: SoakSettings) {
  return {
    binSeconds,
    budget,
    metrics: Object.fromEntries(Object.entries(metrics).map(([signal, names]) => [signal, [...names]])),
    limits: { ...limits },
  };
}

/** The settings that a stored soak was judged by. */
export function settingsOf({ binSeconds, budget, metrics, limits }: SoakResult): SoakSettings {
  return { binSeconds, budget, metrics, limits };
}
