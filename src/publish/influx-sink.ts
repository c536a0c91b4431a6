import type { Run } from '../results/schema.ts';
import type { Sink, Window } from '../results/window.ts';
import { type InfluxAddress, InfluxClient } from './influx.ts';
import { annotation, PointMaker, type RunLabels } from './points.ts';
import { Sender, type Sent } from './sender.ts';

/** How long the end of a run waits for the server to take what is left. */
const LAST_WORDS_MS = 10_000;
/** Names the one generator of a run. */
export const SINGLE_INSTANCE = '1';

/** Sends a run's windows to InfluxDB while it goes. It never slows the run: what the server does not take is left out. */
export class InfluxSink implements Sink {
  readonly #labels: RunLabels;
  readonly #points: PointMaker;
  readonly #sender: Sender;

  constructor(address: InfluxAddress, labels: RunLabels, startedAtMs: number, target: string) {
    const client = new InfluxClient(address);
    this.#labels = labels;
    this.#points = new PointMaker(labels);
    this.#sender = new Sender((points) => client.write(points));
    this.#sender.push([annotation(labels, 'start', Math.floor(startedAtMs / 1000), { verdict: '', text: target })]);
  }

  write(window: Window): void {
    this.#sender.push(this.#points.of(window));
  }

  async close(): Promise<void> {
    this.#sender.push(this.#points.end());
  }

  /** Marks the end of the run and sends what is left. */
  async finish(run: Run): Promise<Sent> {
    if (run.endedAt !== null) {
      const second = Math.floor(Date.parse(run.endedAt) / 1000);
      this.#sender.push([annotation(this.#labels, 'end', second, { verdict: run.verdict, text: run.target })]);
    }
    return await this.#sender.end(LAST_WORDS_MS);
  }
}
