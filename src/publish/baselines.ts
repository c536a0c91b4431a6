import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import type { BaselineStore } from '../gate/store.ts';
import { parseJson } from '../results/document.ts';
import { type InfluxAddress, InfluxClient } from './influx.ts';

/** Measurement that holds them: a point for each run, with its document as a text. */
const BASELINES = 'baselines';

const rowSchema = z.object({ document: z.string() });
const nameSchema = z.object({ value: z.string() });

/** Baselines in InfluxDB 1.x, for all who share the server. Taking runs away needs its DELETE, which InfluxDB 2 lacks. */
export function influxStore(address: InfluxAddress): BaselineStore {
  const client = new InfluxClient(address);
  const query = async (text: string): Promise<unknown[]> => {
    const answer = await client.query(text);
    if (answer.outcome === 'answered') return answer.rows;
    throw failed(address, answer.reason);
  };
  return {
    where: `${address.url.origin}/${address.database}`,
    async names() {
      const rows = await query(`SHOW TAG VALUES FROM "${BASELINES}" WITH KEY = "name"`);
      return rows.map((row) => nameSchema.parse(row).value);
    },
    async documents(name) {
      const rows = await query(`SELECT "document" FROM "${BASELINES}" WHERE "name" = ${quoted(name)}`);
      return rows.map((row) => parseJson(rowSchema.parse(row).document));
    },
    async put(name, run) {
      const written = await client.write([
        {
          measurement: BASELINES,
          tags: { name, run: run.run },
          fields: { document: JSON.stringify(run) },
          timestamp: String(Math.floor(Date.parse(run.startedAt) / 1000)),
        },
      ]);
      if (written.outcome === 'written') return;
      throw failed(address, written.outcome === 'too-large' ? 'the run is too large for it' : written.reason);
    },
    async remove(name, { run }) {
      await query(`DELETE FROM "${BASELINES}" WHERE "name" = ${quoted(name)} AND "run" = ${quoted(run)}`);
    },
  };
}

function failed({ url }: InfluxAddress, reason: string): HeadroomError {
  return new HeadroomError(
    'INFLUX_FAILED',
    `InfluxDB at ${url.origin} does not serve the baselines (${reason}).`,
    'Look at the server, and at INFLUX_USER and INFLUX_PASSWORD.',
  );
}

/** A text in InfluxQL. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
