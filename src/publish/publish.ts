import { readRun } from '../results/archive.ts';
import { readWindows } from '../results/read.ts';
import { type InfluxAddress, InfluxClient } from './influx.ts';
import { SINGLE_INSTANCE } from './influx-sink.ts';
import { annotation, PointMaker } from './points.ts';
import { Sender, type Sent } from './sender.ts';

/** A server that does not take an archive for so long is given up. */
const PATIENCE_MS = 600_000;
/** Points sent before the next windows are read: memory stays flat, however long the run was. */
const AT_ONCE = 20_000;

/**
 * Sends a run's archive to InfluxDB. The points are those that the run itself sent or would have sent: sending it twice
 * changes nothing.
 *
 * @param folder the run's folder
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function publishRun(folder: string, address: InfluxAddress): Promise<Sent> {
  const run = await readRun(folder);
  const labels = { run: run.id, scenario: run.scenario, instance: SINGLE_INSTANCE, tags: run.tags };
  const client = new InfluxClient(address);
  const maker = new PointMaker(labels);
  const second = (time: string): number => Math.floor(Date.parse(time) / 1000);
  const total: Sent = { points: 0, missing: 0, reason: null };
  const send = async (points: Parameters<Sender['push']>[0]): Promise<void> => {
    const sender = new Sender((batch) => client.write(batch));
    sender.push(points);
    const sent = await sender.end(PATIENCE_MS);
    total.points += sent.points;
    total.missing += sent.missing;
    total.reason = sent.reason ?? total.reason;
  };
  let waiting = [annotation(labels, 'start', second(run.startedAt), { verdict: '', text: run.target })];
  for await (const window of readWindows(folder)) {
    waiting.push(...maker.of(window));
    if (waiting.length < AT_ONCE) continue;
    await send(waiting);
    waiting = [];
    if (total.missing > 0) return total;
  }
  waiting.push(...maker.end());
  if (run.endedAt !== null) {
    waiting.push(annotation(labels, 'end', second(run.endedAt), { verdict: run.verdict, text: run.target }));
  }
  await send(waiting);
  return total;
}
