import { setTimeout as pause } from 'node:timers/promises';
import { HeadroomError } from '../errors.ts';
import { freePort } from '../free-port.ts';
import type { GeneratorEnd } from '../k6/generator.ts';
import { InstanceMerger } from '../results/merge-instances.ts';
import type { InstanceResult } from '../results/schema.ts';
import { K6Source, type LoadSource, type OpenSource, type SourceOptions } from '../run/source.ts';
import { Tally } from '../run/tally.ts';
import { INSTANCE_TAGS, segmentFlags, tagFlags } from './segments.ts';
import { readStatus, unpause } from './status.ts';

/** How long instances may take to make their virtual users. */
const READY_MS = 120_000;
const LOOK_MS = 20;

/**
 * Several k6 on this machine that share a run, started as k6-operator starts its runners: each paused with its segment, then
 * all together.
 */
export async function instancesHere(count: number): Promise<OpenSource> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  const addresses = [...ports].map((port) => `127.0.0.1:${port}`);
  return (options) => new SeveralSources(options, addresses);
}

interface Member {
  number: number;
  address: string;
  source: K6Source;
  tally: Tally;
  /** Null while it runs. */
  end: GeneratorEnd | null;
  /** Whether it had been asked to stop when it ended. */
  stopped: boolean;
}

class SeveralSources implements LoadSource {
  readonly #members: Member[];
  readonly #merger: InstanceMerger;
  readonly #now: () => number;
  #stopping = false;
  #finished = false;
  #peakRssBytes = 0;
  readonly ended: Promise<GeneratorEnd>;

  constructor(options: SourceOptions, addresses: readonly string[]) {
    const count = addresses.length;
    this.#now = options.now;
    this.#merger = new InstanceMerger(count, options.sinks, options.part);
    this.#members = addresses.map((address, i): Member => {
      const instance = { number: i + 1, count };
      const tally = new Tally();
      const source = new K6Source(
        {
          ...options,
          sinks: [tally, this.#merger.sinkOf(i)],
          maxVus: options.maxVus === null ? null : Math.ceil(options.maxVus / count),
        },
        {
          args: [...segmentFlags(instance), `--address=${address}`, '--paused', ...tagFlags(instance, options.runId)],
          without: INSTANCE_TAGS,
          paused: true,
        },
      );
      return { number: i + 1, address, source, tally, end: null, stopped: false };
    });
    const all = Promise.all(this.#members.map((member) => this.#ended(member)));
    this.ended = Promise.all([all, this.#start()]).then(([ends]) => worst(ends));
  }

  async #ended(member: Member): Promise<GeneratorEnd> {
    const end = await member.source.ended.catch((error: unknown) => {
      this.kill();
      throw error;
    });
    member.end = end;
    member.stopped = this.#stopping;
    // What the others would still measure could not be believed.
    if (!this.#stopping && end.exitCode !== 0) this.stop();
    return end;
  }

  /** Starts all when all are ready. */
  async #start(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    const waiting = new Set(this.#members);
    while (waiting.size > 0) {
      for (const member of waiting) {
        if ((await readStatus(member.address))?.ready === true) waiting.delete(member);
      }
      // One that cannot be loaded says so by its end.
      if (this.#members.some(({ end }) => end !== null)) return;
      if (performance.now() > deadline) {
        this.kill();
        const [{ number } = { number: 0 }] = waiting;
        throw new HeadroomError(
          'K6_FAILED',
          `Instance ${number} of ${this.#members.length} was not ready to start within ${READY_MS / 1000} s.`,
          'Give the instances fewer virtual users, or this machine fewer instances.',
        );
      }
      if (waiting.size > 0) await pause(LOOK_MS);
    }
    await Promise.all(
      this.#members.map(async ({ number, address, source }) => {
        try {
          const before = this.#now();
          await unpause(address);
          source.started((before + this.#now()) / 2);
        } catch (error) {
          if (this.#stopping) return;
          this.kill();
          const why = error instanceof Error ? error.message : String(error);
          throw new HeadroomError(
            'K6_FAILED',
            `Instance ${number} of ${this.#members.length} could not be started: ${why}.`,
            'Run it again; k6.log of the run may say more.',
          );
        }
      }),
    );
  }

  get #sources(): K6Source[] {
    return this.#members.map(({ source }) => source);
  }

  #sum(of: (source: K6Source) => number): number {
    return this.#sources.reduce((sum, source) => sum + of(source), 0);
  }

  get cpuSeconds(): number {
    return this.#sum(({ cpuSeconds }) => cpuSeconds);
  }

  get peakRssBytes(): number {
    return this.#peakRssBytes;
  }

  get startedAtMs(): number | null {
    const starts = this.#sources.flatMap(({ startedAtMs }) => startedAtMs ?? []);
    return starts.length === 0 ? null : Math.min(...starts);
  }

  get firstSampleMs(): number {
    return Math.min(...this.#sources.map(({ firstSampleMs }) => firstSampleMs));
  }

  get lastSampleMs(): number {
    return Math.max(...this.#sources.map(({ lastSampleMs }) => lastSampleMs));
  }

  get samples(): number {
    return this.#sum(({ samples }) => samples);
  }

  get refused(): number {
    return this.#sum(({ refused }) => refused);
  }

  get refusedExamples(): string[] {
    return this.#sources.flatMap(({ refusedExamples }) => refusedExamples);
  }

  get overflowed(): boolean {
    return this.#sources.some(({ overflowed }) => overflowed);
  }

  async observe(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.observe()));
    this.#peakRssBytes = Math.max(
      this.#peakRssBytes,
      this.#sum(({ rssBytes }) => rssBytes),
    );
  }

  recordTarget(labels: Readonly<Record<string, string>>, timestampMs: number, value: number): void {
    // One of them is enough: the target has these figures once.
    const member = this.#members.find(({ end }) => end === null);
    member?.source.recordTarget(labels, timestampMs, value);
  }

  stop(): void {
    this.#stopping = true;
    for (const { source } of this.#members) source.stop();
  }

  kill(): void {
    this.#stopping = true;
    for (const { source } of this.#members) source.kill();
  }

  finish(): void {
    this.#finished = true;
    this.#members.forEach(({ source }, i) => {
      source.finish();
      this.#merger.end(i);
    });
  }

  instances(): InstanceResult[] {
    const first = this.startedAtMs;
    const begun = this.#members.flatMap(({ tally }) => tally.firstSecond ?? []);
    const begin = begun.length === 0 ? null : Math.min(...begun);
    const iterations = this.#members.reduce((sum, { tally }) => sum + tally.iterations, 0);
    return this.#members.map(({ number, source, tally, end, stopped }): InstanceResult => {
      const { startedAtMs } = source;
      return {
        number,
        // What still runs would be stopped with the run.
        state: end?.exitCode === 0 ? 'ended' : end === null || stopped ? 'stopped' : 'died',
        startedAt: startedAtMs === null ? null : new Date(startedAtMs).toISOString(),
        startSkewMs: startedAtMs === null || first === null ? null : startedAtMs - first,
        // The clock of this machine is that of all.
        clockOffsetMs: 0,
        ...tally.partOf(begin, iterations),
        samplesMissing: this.#finished ? source.samples - source.refused - tally.samples : 0,
      };
    });
  }
}

/** How they ended all together: as the first that did not end well, which is told of by its number. */
function worst(ends: readonly GeneratorEnd[]): GeneratorEnd {
  return ends.find(({ exitCode }) => exitCode !== 0) ?? ends[0] ?? { exitCode: null, complaint: null };
}
