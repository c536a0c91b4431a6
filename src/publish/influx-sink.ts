import type { Run } from '../results/schema.ts';
import type { Sink, Window } from '../results/window.ts';
import { exactPoints, instancePoint } from './exact.ts';
import { type InfluxAddress, InfluxClient } from './influx.ts';
import { annotation, PointMaker, type RunLabels } from './points.ts';
import { headerOf, publishRun } from './publish.ts';
import { Sender, type Sent } from './sender.ts';

/** How long the end of a run waits for the server to take what is left. */
const LAST_WORDS_MS = 10_000;
/** How long it waits for a server that answers to take the whole run again. */
const REPLAY_MS = 120_000;

/** A run that has begun. */
export interface BegunRun {
  labels: RunLabels;
  startedAtMs: number;
  target: string;
  gitSha: string | null;
  /** It is one of several instances: `headroom merge` then needs every window as it is. */
  isInstance?: boolean;
}

/**
 * Sends a run's windows to InfluxDB while it goes. It never slows the run: what the server does not take waits, in bounded
 * memory, and what found no room is sent from the archive at the end.
 */
export class InfluxSink implements Sink {
  readonly #address: InfluxAddress;
  readonly #run: BegunRun;
  readonly #points: PointMaker;
  readonly #sender: Sender;

  constructor(address: InfluxAddress, run: BegunRun) {
    const client = new InfluxClient(address);
    this.#address = address;
    this.#run = run;
    this.#points = new PointMaker(run.labels, address.histogramSeconds);
    this.#sender = new Sender((points) => client.write(points));
    const { labels, startedAtMs, target, gitSha } = run;
    this.#sender.push([annotation(labels, 'start', Math.floor(startedAtMs / 1000), { target, gitSha, verdict: '' })]);
  }

  write(window: Window): void {
    this.#sender.push(this.#points.of(window));
    if (this.#run.isInstance === true) this.#sender.push(exactPoints(this.#run.labels, window));
  }

  async close(): Promise<void> {
    this.#sender.push(this.#points.end());
  }

  /**
   * Marks the end of the run and sends what is left.
   *
   * @param folder of the run's archive
   */
  async finish(run: Run, folder: string): Promise<Sent> {
    if (run.endedAt !== null) {
      const second = Math.floor(Date.parse(run.endedAt) / 1000);
      const { labels, target, gitSha } = this.#run;
      this.#sender.push([annotation(labels, 'end', second, { target, gitSha, verdict: run.verdict })]);
    }
    if (this.#run.isInstance === true) {
      this.#sender.push([instancePoint(this.#run.labels, run, await headerOf(folder))]);
    }
    const sent = await this.#sender.end(LAST_WORDS_MS);
    const onlyOverflowed = sent.overflowed > 0 && sent.missing === sent.overflowed;
    return onlyOverflowed ? await publishRun(folder, this.#address, { patienceMs: REPLAY_MS }) : sent;
  }
}
