import { type InfluxAddress, influxAddress } from '../publish/influx.ts';
import { InfluxSink } from '../publish/influx-sink.ts';
import { labelsFor } from '../publish/publish.ts';
import type { RunOptions, RunOutcome } from '../run/run.ts';
import type { Io } from './io.ts';

/** The server that a command sends to: its flag, else INFLUX_URL; null for none. */
export function influxOf(flag: string | undefined, io: Io): InfluxAddress | null {
  const text = flag ?? io.env.INFLUX_URL;
  return text ? influxAddress(text, io.env) : null;
}

/** Sends a run to InfluxDB while it goes. */
export interface InfluxOutlet {
  openSinks: NonNullable<RunOptions['openSinks']>;
  /** What the run keeps of how it is sent, so that it can be sent again alike. */
  kept: Pick<RunOptions, 'histogramSeconds'>;
  /** To be called when the run has been judged: sends the rest, and says so when something did not arrive. */
  finish(outcome: RunOutcome): Promise<void>;
}

/** @param address null: nothing is sent */
export function influxOutlet(
  address: InfluxAddress | null,
  run: { target: string; tags: Record<string, string> },
  io: Io,
): InfluxOutlet {
  if (address === null) return { openSinks: () => [], kept: {}, finish: async () => {} };
  let sink: InfluxSink | null = null;
  return {
    kept: { histogramSeconds: address.histogramSeconds },
    openSinks({ startedAtMs, environment: { gitSha }, ...header }) {
      const labels = labelsFor({ ...header, tags: run.tags });
      const isInstance = header.instance !== undefined;
      sink = new InfluxSink(address, { labels, startedAtMs, target: run.target, gitSha, isInstance });
      return [sink];
    },
    async finish(outcome) {
      const sent = await sink?.finish(outcome.run, outcome.folder);
      if (sent === undefined || sent.missing === 0) return;
      io.stderr.write(
        `InfluxDB did not get ${sent.missing} points (${sent.reason ?? 'too many waited'}). Send them with: headroom publish ${outcome.folder}\n`,
      );
    },
  };
}
