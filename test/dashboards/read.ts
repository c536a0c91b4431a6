import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('../../dashboards/generated/', import.meta.url);

const dataSource = z.object({ type: z.string(), uid: z.string() });
const target = z.looseObject({
  refId: z.string(),
  datasource: dataSource.optional(),
  query: z.string().optional(),
  expr: z.string().optional(),
});
const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.object({
      type: z.string(),
      title: z.string(),
      datasource: dataSource.optional(),
      targets: z.array(target).optional(),
    }),
  ),
  templating: z.object({
    list: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        query: z.union([z.string(), z.object({ query: z.string() })]).optional(),
        datasource: dataSource.optional(),
        includeAll: z.boolean().optional(),
      }),
    ),
  }),
  annotations: z.object({
    list: z
      .array(z.object({ name: z.string(), datasource: dataSource, target: z.object({ query: z.string() }) }))
      .optional(),
  }),
});
export type GeneratedDashboard = z.infer<typeof dashboardSchema>;

/** A query, where it stands, and whom it asks. */
export interface PlacedQuery {
  place: string;
  datasource: string;
  uid: string;
  query: string;
}

/** Dashboards as they are committed, by file name. */
export function generatedDashboards(): Map<string, GeneratedDashboard> {
  return new Map(
    readdirSync(FOLDER).map((name) => [name, parseDashboard(readFileSync(new URL(name, FOLDER), 'utf8'))]),
  );
}

export function parseDashboard(text: string): GeneratedDashboard {
  return dashboardSchema.parse(JSON.parse(text));
}

/** Every query of every panel and annotation. */
export function queriesOf({ panels, annotations, title }: GeneratedDashboard): PlacedQuery[] {
  const inPanels = panels.flatMap((panel) =>
    (panel.targets ?? []).map((each) => {
      const source = each.datasource ?? panel.datasource;
      const query = each.query ?? each.expr;
      if (source === undefined || query === undefined)
        throw new Error(`${title}: ${panel.title} asks nobody or nothing`);
      return { place: `${title}: ${panel.title}: ${each.refId}`, datasource: source.type, uid: source.uid, query };
    }),
  );
  const inAnnotations = (annotations.list ?? []).map(({ name, datasource, target: { query } }) => ({
    place: `${title}: annotations ${name}`,
    datasource: datasource.type,
    uid: datasource.uid,
    query,
  }));
  return [...inPanels, ...inAnnotations];
}
