/** dashboards/generated/ and the rules in deploy/ are what their sources say. UPDATE_GOLDEN=1 writes them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
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

it('the rules that Prometheus loads are those of the objectives', () => {
  const { document } = prometheusRules(bookingSlos, bookingMetrics);
  golden(RULES, HEADING + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }));
});
