import { parse } from 'yaml';
import { z } from 'zod';
import { textOf } from './stack.ts';

const resource = z.strictObject({ resource: z.string() });

/** What is used of prometheus-adapter's configuration; a key that is not here is a mistake. */
export const adapter = z
  .strictObject({
    rules: z.array(
      z.strictObject({
        seriesQuery: z.string(),
        resources: z.strictObject({ overrides: z.strictObject({ namespace: resource, pod: resource }) }),
        name: z.strictObject({ as: z.string() }),
        metricsQuery: z.string(),
      }),
    ),
  })
  .parse(parse(textOf('deploy/k8s/prometheus-adapter/rules.yaml')));

/** The query of a rule as the adapter sends it for a pod of ours. */
export function queryOf({ seriesQuery, metricsQuery }: (typeof adapter.rules)[number], pod: string): string {
  const series = /^\w+/.exec(seriesQuery)?.[0] ?? '';
  return metricsQuery
    .replaceAll('<<.Series>>', series)
    .replaceAll('<<.LabelMatchers>>', `namespace="booking",pod="${pod}"`)
    .replaceAll('<<.GroupBy>>', 'pod');
}
