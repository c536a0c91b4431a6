import cluster, { type Worker } from 'node:cluster';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Closable, Closure } from '../database/passage.ts';
import type { Everywhere } from '../database/resharding.ts';
import { AppFailure } from '../failure.ts';
import { countsOf, type MetricsSnapshot } from '../telemetry/merged.ts';
import { type Answers, Channel, ProcessGoneError } from './channel.ts';
import type { MemberPlan } from './plan.ts';
import type { Assignment, MemberQuestions, News, PrimaryQuestions } from './questions.ts';

/** Translated, the entry of a member has another ending. */
const ENTRY = fileURLToPath(new URL(`./member${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url));
/** Of failures to start one member, one after the other, until the app gives up. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;
/** What members get to close pools beside the time for requests in flight. */
const STOP_MS = 5_000;

export interface FleetOptions {
  /** What processes there are; none where the primary does all. */
  readonly plans: readonly MemberPlan[];
  readonly log: Logger;
  /** What each process is to know, as it is at the moment. */
  assignment(): Omit<Assignment, 'number'>;
  /** Told of each process that takes requests from now on, until it ends. */
  joined(member: Member): void;
  /** Answers what members ask, but news, which is passed on. */
  readonly answers: Omit<Answers<PrimaryQuestions>, 'news'>;
  /** The primary's own passage and routing. */
  readonly own: Closable & Pick<Everywhere, 'assign'>;
  /** Longest time that requests in flight get at the end, milliseconds. */
  readonly drainMs: number;
}

/** A process of the fleet. */
export interface Member {
  readonly number: number;
  readonly plan: MemberPlan;
  /** Where the process itself is reached; empty until it has begun. */
  url: string;
  readonly worker: Worker;
  readonly channel: Channel<MemberQuestions, PrimaryQuestions>;
  readonly ended: Promise<void>;
  /** What it said at the last look. */
  metrics: MetricsSnapshot;
}

/**
 * The processes that answer requests, kept running: one that dies is started again. Everything that all processes must
 * know goes through `tell` or `ask`.
 */
export class Fleet implements Everywhere {
  /** Resolves when a process cannot be started again. */
  readonly failed: Promise<AppFailure>;
  readonly #options: FleetOptions;
  readonly #members = new Map<number, Member>();
  readonly #starting = new Set<Promise<void>>();
  #stopping = false;
  #settled: Promise<unknown> = Promise.resolve();
  #closures = 0;
  /** Counts of processes that ended. */
  #left: Promise<MetricsSnapshot> = Promise.resolve([]);
  #fail: (failure: AppFailure) => void = () => {};

  constructor(options: FleetOptions) {
    this.#options = options;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /** Processes that take requests, in the order of their plans. */
  get processes(): { name: string; pid: number }[] {
    return this.#ready.map(({ plan, worker }) => ({ name: plan.name, pid: worker.process.pid ?? 0 }));
  }

  /** Why requests cannot be answered: nobody is there who does what they need. */
  missing(): string | undefined {
    const there = new Set(this.#ready.map(({ plan }) => plan.name));
    const plan = this.#options.plans.find(({ name }) => !there.has(name));
    return plan && `no ${plan.name} process is ready`;
  }

  /** Starts the processes. @throws AppFailure */
  async start(): Promise<void> {
    try {
      const members = await Promise.all(this.#options.plans.map((plan, number) => this.#join(plan, number)));
      for (const member of members) this.#watch(member);
    } catch (error) {
      await this.stop();
      throw error instanceof AppFailure ? error : new AppFailure(String(error), { cause: error });
    }
  }

  /** Makes something known to every member but the one it comes from; resolves when they know. */
  async tell(news: News, from?: number): Promise<void> {
    await this.#ask('news', news, from);
  }

  /** The values of each process, and what those that ended left. */
  async metrics(): Promise<MetricsSnapshot[]> {
    await this.#each(async (member) => {
      member.metrics = await member.channel.ask('metrics', null);
    });
    return [await this.#left, ...[...this.#members.values()].map(({ metrics }) => metrics)];
  }

  closedFor<T>(closure: Closure, work: () => Promise<T>): Promise<T> {
    const number = this.#closures++;
    return this.#options.own.closedFor(closure, async () => {
      try {
        await this.#ask('close', { number, closure });
        return await work();
      } finally {
        await this.#ask('open', { number });
      }
    });
  }

  async assign(logicalShard: number, to: string): Promise<void> {
    await this.#options.own.assign(logicalShard, to);
    await this.#ask('assign', { logicalShard, to });
  }

  async whileSettled<T>(work: () => Promise<T>): Promise<T> {
    let done = (): void => {};
    this.#settled = new Promise<void>((resolve) => {
      done = resolve;
    });
    try {
      await Promise.allSettled(this.#starting);
      return await work();
    } finally {
      done();
    }
  }

  /** Has the members ask their clients to leave. */
  async drain(): Promise<void> {
    await this.#ask('drain', null);
  }

  /** Ends every member, once its requests in flight have been answered. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [...this.#members.values()].map(async ({ channel, worker, ended }) => {
        const overdue = setTimeout(() => worker.process.kill('SIGKILL'), this.#options.drainMs + STOP_MS);
        await channel.ask('stop', null).catch(() => worker.process.kill('SIGKILL'));
        await ended;
        clearTimeout(overdue);
      }),
    );
    await Promise.allSettled(this.#starting);
  }

  get #ready(): Member[] {
    return [...this.#members.values()].filter(({ url }) => url !== '').toSorted((a, b) => a.number - b.number);
  }

  /** Starts a process and has it prepare; from its assignment on it is told everything. */
  async #join(plan: MemberPlan, number: number): Promise<Member> {
    cluster.setupPrimary({ exec: ENTRY, args: [], execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const worker = cluster.fork();
    const channel = new Channel<MemberQuestions, PrimaryQuestions>(worker, {
      ...this.#options.answers,
      news: async (news) => {
        await this.tell(news, number);
        return null;
      },
    });
    const ended = new Promise<void>((resolve) =>
      worker.once('exit', () => {
        channel.lost();
        resolve();
      }),
    );
    const member: Member = { number, plan, worker, channel, ended, url: '', metrics: [] };
    this.#members.set(number, member);
    void ended.then(() => this.#ended(member));
    try {
      const { url } = await channel.ask('begin', { ...this.#options.assignment(), number });
      member.url = url;
    } catch (cause) {
      worker.process.kill('SIGKILL');
      throw new AppFailure(cause instanceof Error ? cause.message : String(cause), { cause });
    }
    this.#options.joined(member);
    return member;
  }

  #ended(member: Member): void {
    if (this.#members.get(member.number) === member) this.#members.delete(member.number);
    this.#left = this.#left.then((counts) => countsOf([counts, member.metrics]));
  }

  /** Starts the process anew when it ends before it is told to. */
  #watch(member: Member): void {
    const { number, plan, worker } = member;
    const about = { name: plan.name, process: number };
    void member.ended.then(async () => {
      for (let failures = 0; !this.#stopping; ) {
        this.#options.log.error({ ...about, pid: worker.process.pid }, 'a process ended and is started again');
        const next = await this.#restart(plan, number).catch((error: unknown) => {
          if (!this.#stopping) this.#options.log.error({ ...about, err: error }, 'a process did not start');
          return null;
        });
        if (next !== null) return this.#watch(next);
        if (++failures === ATTEMPTS)
          this.#fail(new AppFailure(`process ${number} (${plan.name}) cannot be started again`));
        if (failures === ATTEMPTS) return;
        await sleep(PAUSE_MS);
      }
    });
  }

  async #restart(plan: MemberPlan, number: number): Promise<Member> {
    // Not in the middle of a move: it would not know where the logical shard went.
    let settled: Promise<unknown>;
    do {
      settled = this.#settled;
      await settled;
    } while (settled !== this.#settled);
    const joining = this.#join(plan, number);
    const started = joining.then(
      () => undefined,
      () => undefined,
    );
    this.#starting.add(started);
    return joining.finally(() => this.#starting.delete(started));
  }

  #ask<Name extends keyof MemberQuestions>(
    what: Name,
    question: MemberQuestions[Name]['question'],
    except?: number,
  ): Promise<void> {
    return this.#each(async ({ number, channel }) => {
      if (number !== except) await channel.ask(what, question);
    });
  }

  /** A member that ends meanwhile need not be asked. */
  async #each(work: (member: Member) => Promise<void>): Promise<void> {
    await Promise.all(
      [...this.#members.values()].map((member) =>
        work(member).catch((error: unknown) => {
          if (!(error instanceof ProcessGoneError)) throw error;
        }),
      ),
    );
  }
}
