/** dashboards/generated/ and the rules in deploy/ are what their sources say. UPDATE_GOLDEN=1 writes them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { dashboards } from '../../dashboards/index.ts';
import { prometheusRules } from '../../src/gate/export/index.ts';
import { bookingSlos } from '../../thresholds/booking.ts';
import { bookingMetrics } from '../../thresholds/booking-metrics.ts';

const GENERATED = fileURLToPath(new URL('../../dashboards/generated/', import.meta.url));
const RULES = fileURLToPath(new URL('../../deploy/prometheus/rules/booking.yml', import.meta.url));
const HEADING =
  '# Written from thresholds/ by `UPDATE_GOLDEN=1 npx vitest run test/dashboards`; `headroom slo export` makes your own.\n';

function golden(path: string, text: string): void {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
}

describe('dashboards/generated', () => {
  const built = Object.entries(dashboards());

  it.each(built)('%s.json is what its source says', (name, dashboard) => {
    golden(`${GENERATED}${name}.json`, `${JSON.stringify(dashboard, null, 2)}\n`);
  });

  it('holds nothing else', () => {
    expect(readdirSync(GENERATED).sort()).toEqual(built.map(([name]) => `${name}.json`).sort());
  });

  it('has no two dashboards with the same address, and panels with a title and an explanation each', () => {
    expect(new Set(built.map(([, { uid }]) => uid)).size).toBe(built.length);
    for (const [, { panels = [] }] of built) {
      for (const panel of panels) {
        expect(panel.title).toMatch(/\S/);
        if (panel.type !== 'row') expect('description' in panel && panel.description).toMatch(/\.$/);
      }
    }
  });
});

describe('objectives in the panels', () => {
  const drawn = z.object({
    panels: z.array(
      z.looseObject({
        title: z.string(),
        fieldConfig: z
          .object({
            defaults: z.object({
              thresholds: z.object({ steps: z.array(z.object({ value: z.number().nullable() })) }).optional(),
            }),
          })
          .optional(),
      }),
    ),
  });

  it.each(['run', 'capacity', 'nightly-trend'])('%s.json has a line at each latency objective', (name) => {
    const { panels } = drawn.parse(JSON.parse(readFileSync(`${GENERATED}${name}.json`, 'utf8')));
    const latencies = bookingSlos.flatMap((slo) => ('endpoint' in slo && slo.metric !== 'errorRate' ? [slo] : []));
    const endpoints = new Set(latencies.map(({ endpoint }) => endpoint));
    expect(endpoints.size).toBe(4);
    for (const endpoint of endpoints) {
      const bounds = latencies.filter((slo) => slo.endpoint === endpoint).map(({ max }) => max);
      const panel = panels.find(({ title }) => title.split(':')[0] === endpoint);
      expect(panel?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value)).toEqual([null, ...bounds]);
    }
  });
});

it('the rules that Prometheus loads are those of the objectives', () => {
  const { document } = prometheusRules(bookingSlos, bookingMetrics);
  golden(RULES, HEADING + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }));
});
