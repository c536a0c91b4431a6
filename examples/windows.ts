/** Reads, follows and sends the windows of a run. */
import {
  type CellData,
  Histogram,
  InfluxSink,
  influxAddress,
  joinOutages,
  OutageWatch,
  publishRun,
  readRun,
  readWindows,
  type Sink,
  type Window,
} from 'headroom-k6';

/** A sink of your own: the p99 of all requests. */
export class Overall implements Sink {
  readonly histogram = new Histogram();

  write({ cells }: Window): void {
    for (const cell of cells) if (isLatency(cell)) this.histogram.addBuckets(cell.buckets);
  }

  async close(): Promise<void> {}

  get p99(): number | null {
    return this.histogram.quantileMs(0.99);
  }
}

const isLatency = (cell: CellData): cell is CellData & { buckets: Uint32Array } =>
  cell.series.metric === 'http_req_duration' && cell.buckets !== null;

/** The p99 of a run over all endpoints, and when its target did not answer. */
export async function look(folder: string) {
  const [overall, outages] = [new Overall(), new OutageWatch()];
  for await (const window of readWindows(folder)) for (const sink of [overall, outages]) sink.write(window);
  const known = (await readRun(folder)).outages ?? [];
  return { p99: overall.p99, outages: joinOutages(known, outages.outages) };
}

/** Sends a run to InfluxDB, afterwards; sent twice it is there once. */
export async function send(folder: string): Promise<number> {
  return (await publishRun(folder, influxAddress('http://127.0.0.1:8086/headroom', process.env))).points;
}

/** A sink that sends while a run goes, for `openSinks` of `runScenario`. */
export const sinkFor = (run: ConstructorParameters<typeof InfluxSink>[1]): InfluxSink =>
  new InfluxSink(influxAddress('http://127.0.0.1:8086/headroom', process.env), run);
