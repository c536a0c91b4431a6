/** Asks an InfluxDB what the panels of a dashboard ask, as Grafana does. */
import { expect } from 'vitest';
import { z } from 'zod';
import { expandInfluxQl, type Range, type Values } from './expand.ts';
import { type GeneratedDashboard, queriesOf } from './read.ts';

const answerSchema = z.object({
  results: z.array(
    z.object({
      error: z.string().optional(),
      series: z
        .array(
          z.object({
            tags: z.record(z.string(), z.string()).optional(),
            columns: z.array(z.string()),
            values: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
          }),
        )
        .optional(),
    }),
  ),
});

type Series = NonNullable<z.infer<typeof answerSchema>['results'][number]['series']>;

/** An InfluxDB with a database, and the time range of a page. */
export interface Asked {
  url: string;
  database: string;
  range: Range;
}

/** Series that a query finds. @throws Error when the server refuses it */
export async function ask({ url, database }: Pick<Asked, 'url' | 'database'>, query: string): Promise<Series> {
  const response = await fetch(`${url}/query?db=${database}&epoch=ms`, {
    method: 'POST',
    body: new URLSearchParams({ q: query }),
  });
  const parsed = answerSchema.safeParse(await response.json());
  if (!parsed.success) throw new Error(`${query}: ${response.status}`);
  const [result] = parsed.data.results;
  if (result?.error !== undefined) throw new Error(`${query}: ${result.error}`);
  return result?.series ?? [];
}

/** The variables of a page as a visitor finds them, in their order: the first value that is offered, or all. */
export async function valuesOf(
  asked: Asked,
  dashboard: GeneratedDashboard,
  all: boolean,
): Promise<Record<string, string | string[]>> {
  const values: Record<string, string | string[]> = {};
  for (const { name, type, query, datasource, includeAll } of dashboard.templating.list) {
    if (type === 'custom' && typeof query === 'string') values[name] = query.split(',')[0] ?? '';
    if (datasource?.type !== 'influxdb' || typeof query !== 'object') continue;
    const series = await ask(asked, expandInfluxQl(query.query, values, asked.range));
    const offered = series.flatMap((each) => each.values.map((row) => String(row[1])));
    expect(offered, `${dashboard.title}: variable ${name}`).not.toEqual([]);
    values[name] = includeAll ? (all ? offered : offered.slice(0, 1)) : (offered[0] ?? '');
  }
  return values;
}

/** Places of queries that find nothing. */
export async function findingNothing(asked: Asked, dashboard: GeneratedDashboard, values: Values): Promise<string[]> {
  const nothing: string[] = [];
  for (const { place, datasource, query } of queriesOf(dashboard)) {
    if (datasource !== 'influxdb') continue;
    const series = await ask(asked, expandInfluxQl(query, values, asked.range));
    const found = series.some((each) => each.values.some((row) => row.slice(1).some((value) => value !== null)));
    if (!found) nothing.push(place);
  }
  return nothing;
}
