/**
 * What `headroom merge` needs of an instance, in InfluxDB: every window as the archive has it, series by series, and its
 * run.json. Points for dashboards merge series and round to quantiles; these lose nothing.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { IPoint } from 'influx';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { parseJson } from '../results/document.ts';
import type { Packed } from '../results/pack.ts';
import type { StoredWindows } from '../results/read.ts';
import { type Series, SeriesRegistry } from '../results/registry.ts';
import { type Run, runSchema } from '../results/schema.ts';
import { FIRST_PART, type Window } from '../results/window.ts';
import { parseLine, WindowLines } from '../results/window-lines.ts';
import { type InfluxAddress, InfluxClient } from './influx.ts';
import type { RunLabels } from './points.ts';

const WINDOWS = 'windows';
const INSTANCES = 'instances';

/** InfluxDB 1.x takes texts of at most 64 kB. */
const LONGEST_TEXT = 60_000;
/** Windows that are read at once. */
const PAGE = 500;

type Labels = Pick<RunLabels, 'run' | 'scenario' | 'instance'>;

/** Fields that hold a text of any length: gzip in base64, in as many pieces as it takes. */
function fieldsOf(text: string): Record<string, string | number> {
  const encoded = text === '' ? '' : gzipSync(text).toString('base64');
  const pieces = Math.ceil(encoded.length / LONGEST_TEXT);
  const fields: Record<string, string | number> = { pieces };
  for (let i = 0; i < pieces; i++) fields[`text${i + 1}`] = encoded.slice(i * LONGEST_TEXT, (i + 1) * LONGEST_TEXT);
  return fields;
}

const rowSchema = z.looseObject({ pieces: z.number() });

/** The text of such fields; null when a piece is missing or broken. */
function textOf(row: unknown): string | null {
  const fields = rowSchema.safeParse(row).data;
  if (fields === undefined) return null;
  const pieces = Array.from({ length: fields.pieces }, (_, i) => fields[`text${i + 1}`]);
  try {
    return pieces.length === 0 ? '' : gunzipSync(Buffer.from(pieces.map(String).join(''), 'base64')).toString();
  } catch {
    return null;
  }
}

const tagsOf = ({ run, scenario, instance }: Labels): Record<string, string> => ({ run, scenario, instance });

/** A point for each second of a window: all of it in the first, so that what was sent of the others is taken back. */
export function exactPoints(labels: Labels, window: Window): IPoint[] {
  return Array.from({ length: window.seconds }, (_, i) => ({
    measurement: WINDOWS,
    tags: tagsOf(labels),
    fields: fieldsOf(i === 0 ? new WindowLines().of(window) : ''),
    timestamp: String(window.second + i),
  }));
}

/** What an instance tells of itself once it has ended: its run.json, and what is in the header of its archive. */
export function instancePoint(labels: Labels, run: Run, header: { plan: unknown; asked: unknown }): IPoint {
  return {
    measurement: INSTANCES,
    tags: tagsOf(labels),
    fields: fieldsOf(JSON.stringify({ run, ...header })),
    timestamp: String(Math.floor(Date.parse(run.startedAt) / 1000)),
  };
}

/** One instance of a run as InfluxDB has it. */
export interface PublishedInstance {
  number: number;
  /** Null when it did not live to tell. */
  told: { run: Run; plan: unknown; asked: unknown } | null;
  windows(): StoredWindows;
}

const toldSchema = z.object({ run: runSchema, plan: z.unknown(), asked: z.unknown() });
const taggedSchema = z.looseObject({ instance: z.string() });
const valueSchema = z.object({ value: z.string() });

/**
 * The instances of a run, by number.
 *
 * @param runId that they share
 * @throws HeadroomError INFLUX_FAILED
 */
export async function publishedInstances(address: InfluxAddress, runId: string): Promise<PublishedInstance[]> {
  const client = new InfluxClient(address);
  const ask = async (text: string): Promise<unknown[]> => {
    const answer = await client.query(text);
    if (answer.outcome === 'answered') return answer.rows;
    throw new HeadroomError(
      'INFLUX_FAILED',
      `InfluxDB at ${address.url.origin} does not give the instances of ${runId} (${answer.reason}).`,
      'Look at the server, and at INFLUX_USER and INFLUX_PASSWORD.',
    );
  };
  const ofRun = `"run" = '${runId.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const told = new Map<string, PublishedInstance['told']>();
  for (const row of await ask(`SELECT * FROM "${INSTANCES}" WHERE ${ofRun}`)) {
    const { instance } = taggedSchema.parse(row);
    told.set(instance, toldSchema.safeParse(parseJson(textOf(row) ?? '')).data ?? null);
  }
  const seen = await ask(`SHOW TAG VALUES FROM "${WINDOWS}" WITH KEY = "instance" WHERE ${ofRun}`);
  const names = new Set([...told.keys(), ...seen.map((row) => valueSchema.parse(row).value)]);
  return [...names]
    .map((name) => ({
      number: Number(name),
      told: told.get(name) ?? null,
      windows: () => readExact(ask, `${ofRun} AND "instance" = '${Number(name)}'`),
    }))
    .sort((a, b) => a.number - b.number);
}

const timedSchema = z.looseObject({ time: z.date() });

async function* readExact(ask: (text: string) => Promise<unknown[]>, which: string): AsyncGenerator<Window<Packed>[]> {
  const registry = new SeriesRegistry(Number.POSITIVE_INFINITY);
  for (let from = 0; ; ) {
    const rows = await ask(
      `SELECT * FROM "${WINDOWS}" WHERE ${which} AND time >= ${from}s ORDER BY time LIMIT ${PAGE}`,
    );
    const windows: Window<Packed>[] = [];
    for (const row of rows) {
      from = Math.floor(timedSchema.parse(row).time.getTime() / 1000) + 1;
      // One that is broken counts as missing: its samples are.
      const window = windowOf(textOf(row) ?? '', registry);
      if (window !== null) windows.push(window);
    }
    yield windows;
    if (rows.length < PAGE) return;
  }
}

function windowOf(text: string, registry: SeriesRegistry): Window<Packed> | null {
  const known = new Map<number, Series>();
  for (const line of text.trimEnd().split('\n')) {
    const parsed = parseLine(parseJson(line), 2, FIRST_PART, known);
    if (parsed === null) return null;
    if ('window' in parsed) return parsed.window;
    known.set(parsed.series.series, registry.intern(parsed.series.metric, parsed.series.tags));
  }
  return null;
}
