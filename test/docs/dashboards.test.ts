/** docs/reference/dashboards.md against dashboards, rules and the stack. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BURN_RATES, prometheusRules } from '../../src/gate/export/index.ts';
import { bookingSlos } from '../../thresholds/booking.ts';
import { bookingMetrics } from '../../thresholds/booking-metrics.ts';
import { generatedDashboards, queriesOf } from '../dashboards/read.ts';
import { compose } from '../deploy/stack.ts';

const TEXT = readFileSync(new URL('../../docs/reference/dashboards.md', import.meta.url), 'utf8');

/** Rows of the table whose first column has this heading; code marks taken off. */
function table(heading: string): string[][] {
  const from = TEXT.indexOf(`| ${heading}`);
  const [, , ...rows] = TEXT.slice(from, TEXT.indexOf('\n\n', from)).split('\n');
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}

describe('docs/reference/dashboards.md', () => {
  const dashboards = [...generatedDashboards()];

  it('has every dashboard with its address', () => {
    expect(
      table('file')
        .map(([file, uid]) => [file, uid])
        .sort(),
    ).toEqual(dashboards.map(([file, { uid }]) => [file, uid]).sort());
  });

  it('has every measurement that is asked for, and no other', () => {
    const asked = dashboards
      .flatMap(([, dashboard]) => queriesOf(dashboard))
      .flatMap(({ query }) => [...query.matchAll(/FROM "(\w+)"/g)].map(([, measurement]) => measurement));
    expect(
      table('measurement')
        .map(([name]) => name)
        .sort(),
    ).toEqual([...new Set(asked)].sort());
  });

  it('has every rule', () => {
    const rules = prometheusRules(bookingSlos, bookingMetrics).document.groups.flatMap(({ rules }) => rules);
    const names = rules.map((rule) =>
      'record' in rule ? rule.record.replace(/(?<=ratio_rate).+$/, '<w>') : rule.alert,
    );
    expect(
      table('rule')
        .map(([name]) => name)
        .sort(),
    ).toEqual([...new Set(names)].sort());
  });

  it('has the burn rates with their windows', () => {
    expect(table('burn rate')).toEqual(
      BURN_RATES.map(({ factor, long, short, severity }) => [String(factor), long, short, severity]),
    );
  });

  it('has every port that is published, and every service', () => {
    const published = Object.entries(compose.services).flatMap(([name, { ports }]) =>
      ports.map((port) => [port.split(':')[1], name]),
    );
    expect(
      table('port')
        .map(([port, service]) => [port, service])
        .sort(),
    ).toEqual(published.sort());
    for (const name of Object.keys(compose.services)) expect(TEXT).toContain(`\`${name}\``);
  });
});
