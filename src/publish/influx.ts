import { type IClusterConfig, InfluxDB, type IPoint, ResultError } from 'influx';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';

/** Where results go. User, password and token come from the environment and are shown nowhere. */
export interface InfluxAddress {
  /** Without user and password. */
  url: URL;
  database: string;
  authorization: string | null;
  /** How long the server keeps what is written, such as 90d; null: as the server is set. */
  retention: string | null;
  /** Seconds that each of a new run's histograms covers. */
  histogramSeconds: number;
}

/** Seconds that a histogram covers when nothing else is asked for. */
export const HISTOGRAM_SECONDS = 10;

const DEFAULT_DATABASE = 'headroom';
const REQUEST_TIMEOUT_MS = 5_000;
const LONGEST_COMPLAINT = 300;

/**
 * Reads where InfluxDB is: `http://host:8086/database`.
 *
 * @param env INFLUX_USER and INFLUX_PASSWORD, or INFLUX_TOKEN; INFLUX_RETENTION, INFLUX_HISTOGRAM_SECONDS
 * @throws HeadroomError SETTING_INVALID
 */
export function influxAddress(text: string, env: Readonly<Record<string, string | undefined>>): InfluxAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      'The address of InfluxDB is no http or https URL.',
      'Give one such as http://127.0.0.1:8086/headroom.',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '') {
    throw new HeadroomError(
      'SETTING_INVALID',
      'The address of InfluxDB must not carry a user, a password or parameters: flags are seen in the list of processes.',
      'Set INFLUX_USER and INFLUX_PASSWORD, or INFLUX_TOKEN.',
    );
  }
  const { INFLUX_USER: user, INFLUX_PASSWORD: password, INFLUX_TOKEN: token } = env;
  const histogramSeconds = z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .safeParse(env.INFLUX_HISTOGRAM_SECONDS || HISTOGRAM_SECONDS).data;
  if (histogramSeconds === undefined) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `INFLUX_HISTOGRAM_SECONDS is ${JSON.stringify(env.INFLUX_HISTOGRAM_SECONDS)}: it must be a whole number of seconds.`,
      'Give one from 1 to 3600; 10 is what it is without.',
    );
  }
  const basic = user ? `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` : null;
  return {
    url,
    database: decodeURIComponent(url.pathname.replaceAll('/', '')) || DEFAULT_DATABASE,
    authorization: token ? `Token ${token}` : basic,
    retention: env.INFLUX_RETENTION || null,
    histogramSeconds,
  };
}

/** What became of a batch. */
export type Written =
  | { outcome: 'written' }
  /** The server may take it later. */
  | { outcome: 'later'; reason: string }
  /** It would take a part of it. */
  | { outcome: 'too-large' }
  /** It will never take it, or only what was not dropped. */
  | { outcome: 'refused'; reason: string; dropped: number };

/** What became of a question: rows by column, or why there are none. */
export type Answered = { outcome: 'answered'; rows: unknown[] } | { outcome: 'failed'; reason: string };

/** The statuses that a server answers while it is busy or going up. */
const BUSY = new Set([408, 425, 429]);

/** A server that takes points. */
export class InfluxClient {
  readonly #address: InfluxAddress;
  readonly #influx: InfluxDB;
  #prepared = false;

  constructor(address: InfluxAddress) {
    this.#address = address;
    const { url, database, authorization } = address;
    const options: IClusterConfig = {
      database,
      hosts: [
        {
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
          protocol: url.protocol === 'https:' ? 'https' : 'http',
          options: authorization === null ? {} : { headers: { Authorization: authorization } },
        },
      ],
      pool: { maxRetries: 0, requestTimeout: REQUEST_TIMEOUT_MS, backoff: noBackoff() },
    };
    // Left out, the user would be one called root, whom the package would send in place of our header.
    Object.assign(options, { username: null });
    this.#influx = new InfluxDB(options);
  }

  async write(points: readonly IPoint[]): Promise<Written> {
    try {
      await this.#prepare();
      await this.#influx.writePoints([...points], { database: this.#address.database, precision: 's' });
      return { outcome: 'written' };
    } catch (error) {
      const status = statusOf(error);
      if (status === null) return { outcome: 'later', reason: reasonOf(error) };
      if (status === 413) return { outcome: 'too-large' };
      const complaint = complaintOf(error);
      const reason = complaint === null ? `it answers ${status}` : `it answers ${status}: ${complaint}`;
      if (status === 404) {
        // The database is gone: it is made again.
        this.#prepared = false;
        return { outcome: 'later', reason };
      }
      if (BUSY.has(status) || status >= 500) return { outcome: 'later', reason };
      return { outcome: 'refused', reason, dropped: droppedOf(complaint) ?? points.length };
    }
  }

  /** Asks in InfluxQL; a database that is not there holds nothing. */
  async query(text: string): Promise<Answered> {
    try {
      await this.#prepare();
      return { outcome: 'answered', rows: [...(await this.#influx.query(text, { database: this.#address.database }))] };
    } catch (error) {
      const status = statusOf(error);
      const complaint = error instanceof ResultError ? error.message : complaintOf(error);
      if (status === null) return { outcome: 'failed', reason: complaint ?? reasonOf(error) };
      return { outcome: 'failed', reason: `it answers ${status}${complaint === null ? '' : `: ${complaint}`}` };
    }
  }

  /**
   * Makes the database and its retention policy, where that is allowed; where it is not, writing tells. A policy that is
   * there already stays as it is: made shorter, it would take data away that others count on.
   */
  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    const { database, retention } = this.#address;
    try {
      await this.#influx.createDatabase(database);
      if (retention !== null) {
        const policy = { database, duration: retention, replication: 1, isDefault: true };
        await this.#influx.createRetentionPolicy('headroom', policy);
      }
    } catch (error) {
      // An answer that says no, and in a form that the package does not know, as InfluxDB 2 gives it: there, databases are
      // made otherwise.
      const saysNo = error instanceof ResultError || error instanceof TypeError;
      const status = saysNo ? 200 : statusOf(error);
      if (status === null || BUSY.has(status) || status >= 500) throw error;
    }
    this.#prepared = true;
  }
}

const refusalSchema = z.object({ res: z.object({ statusCode: z.int() }) });

/** Status that the server answered; null when it did not answer. */
function statusOf(error: unknown): number | null {
  return refusalSchema.safeParse(error).data?.res.statusCode ?? null;
}

const complaintSchema = z.object({ error: z.string() });

/** What the server says about it, as InfluxDB words it; null when it says nothing. */
function complaintOf(error: unknown): string | null {
  const body = error instanceof Error ? /error occurred: (\{.*\})\s*$/s.exec(error.message)?.[1] : undefined;
  try {
    return complaintSchema.parse(JSON.parse(body ?? '')).error.slice(0, LONGEST_COMPLAINT);
  } catch {
    return null;
  }
}

/** Points of a batch that InfluxDB says it left out while it took the others; null when it does not say that. */
function droppedOf(complaint: string | null): number | null {
  const dropped = /^partial write: .*\bdropped=(\d+)/s.exec(complaint ?? '')?.[1];
  return dropped === undefined ? null : Number(dropped);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  return code ?? (error instanceof Error ? (error.message.split('\n', 1)[0] ?? 'no answer') : 'no answer');
}

/** Waiting between attempts is the sender's business. */
function noBackoff() {
  const backoff = { getDelay: () => 0, next: () => backoff, reset: () => backoff };
  return backoff;
}

/** Variables that are for InfluxDB alone: neither the load generator nor the target gets to see them. */
const SECRETS = ['INFLUX_USER', 'INFLUX_PASSWORD', 'INFLUX_TOKEN'];

/** An environment without what lets one write to InfluxDB. */
export function withoutInfluxSecrets(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRETS.includes(name)));
}
