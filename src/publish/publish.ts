import type { IPoint } from 'influx';
import { readRun } from '../results/archive.ts';
import { readOutline, readWindows } from '../results/read.ts';
import type { InstanceOf } from '../results/schema.ts';
import { exactPoints, instancePoint } from './exact.ts';
import { HISTOGRAM_SECONDS, type InfluxAddress, InfluxClient } from './influx.ts';
import { annotation, PointMaker, type RunLabels } from './points.ts';
import { Sender, type Sent } from './sender.ts';

/** A server that does not take an archive for so long is given up. */
const PATIENCE_MS = 600_000;
/** Points sent before the next windows are read: memory stays flat, however long the run was. */
const AT_ONCE = 20_000;
/** Names the one generator of a run. */
const SINGLE_INSTANCE = '1';

/** Labels of a run; instances of one are told apart by their numbers and share its id. */
export function labelsFor(run: {
  id: string;
  scenario: string;
  tags: Readonly<Record<string, string>>;
  instance?: InstanceOf | undefined;
}): RunLabels {
  const { id, scenario, tags, instance } = run;
  if (instance === undefined) return { run: id, scenario, instance: SINGLE_INSTANCE, tags };
  return { run: instance.runId, scenario, instance: String(instance.number), tags };
}

export interface PublishOptions {
  /** How long the server may take in all, milliseconds. */
  patienceMs?: number;
  /** Called now and then with the number of points sent. */
  onProgress?(points: number): void;
}

/**
 * Sends a run's archive to InfluxDB. The points are those that the run itself sent or would have sent: sending it twice
 * changes nothing.
 *
 * @param folder the run's folder
 * @throws HeadroomError RUN_NOT_FOUND, ARCHIVE_UNREADABLE
 */
export async function publishRun(
  folder: string,
  address: InfluxAddress,
  { patienceMs = PATIENCE_MS, onProgress }: PublishOptions = {},
): Promise<Sent> {
  const run = await readRun(folder);
  const labels = labelsFor(run);
  const client = new InfluxClient(address);
  const maker = new PointMaker(labels, run.histogramSeconds ?? HISTOGRAM_SECONDS);
  const deadline = performance.now() + patienceMs;
  const second = (time: string): number => Math.floor(Date.parse(time) / 1000);
  const { target, verdict, environment } = run;
  const mark = { target, gitSha: environment.gitSha };
  const total: Sent = { points: 0, missing: 0, overflowed: 0, reason: null };
  const send = async (points: Parameters<Sender['push']>[0]): Promise<void> => {
    const sender = new Sender((batch) => client.write(batch));
    sender.push(points);
    const sent = await sender.end(Math.max(0, deadline - performance.now()));
    total.points += sent.points;
    total.missing += sent.missing;
    total.overflowed += sent.overflowed;
    total.reason = sent.reason ?? total.reason;
    onProgress?.(total.points);
  };
  let waiting: IPoint[] = [annotation(labels, 'start', second(run.startedAt), { ...mark, verdict: '' })];
  for await (const window of readWindows(folder)) {
    waiting.push(...maker.of(window));
    if (run.instance !== undefined) waiting.push(...exactPoints(labels, window));
    if (waiting.length < AT_ONCE) continue;
    await send(waiting);
    waiting = [];
    if (total.missing > 0) return total;
  }
  waiting.push(...maker.end());
  if (run.endedAt !== null) waiting.push(annotation(labels, 'end', second(run.endedAt), { ...mark, verdict }));
  if (run.instance !== undefined) waiting.push(instancePoint(labels, run, await headerOf(folder)));
  await send(waiting);
  return total;
}

/** What an archive says of what its run was asked for. */
export async function headerOf(folder: string): Promise<{ plan: unknown; asked: unknown }> {
  const { plan, asked } = await readOutline(folder);
  return { plan, asked };
}
