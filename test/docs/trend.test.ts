import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_METRICS, metricsOf } from '../../src/trend/metrics.ts';
import { trendSchema } from '../../src/trend/schema.ts';
import { madeUpRun } from '../report/fixture.ts';

const TEXT = readFileSync(new URL('../../docs/reference/trend.md', import.meta.url), 'utf8');
const sectionOf = (title: string): string => TEXT.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const rowsOf = (section: string): string[][] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/reference/trend.md', () => {
  it('names every field of the document, and no other', () => {
    const fields = new Set<string>();
    JSON.stringify(z.toJSONSchema(trendSchema), (key, value: unknown) => {
      if (key === 'properties' && value !== null && typeof value === 'object') {
        for (const name of Object.keys(value)) fields.add(name);
      }
      return value;
    });
    const values = ['pass', 'inconclusive', 'invalid', 'ms', 'ratio', 'higher', 'lower', 'better'];
    // `worse` is a field and a value, `interrupted` a value.
    const documented = new Set(
      [...sectionOf('The document').matchAll(/`([A-Za-z]+)(?:\[\])?`/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => ![...values, 'interrupted'].includes(name)),
    );
    expect([...documented].sort()).toEqual([...fields].sort());
  });

  it('has every metric with what is worse, what counts and what it needs', () => {
    const of = metricsOf([madeUpRun()]).filter(({ id }) => !id.startsWith('book.'));
    const rows = rowsOf(sectionOf('What is compared'));
    expect(rows).toHaveLength(of.length);
    for (const metric of of) {
      const id = metric.id.replace('search', '<endpoint>');
      const [, , what, worse, counts, needed] = rows.find(([, name]) => name === `\`${id}\``) ?? [];
      expect([id, worse, what?.endsWith('by default')]).toEqual([
        id,
        metric.worse,
        DEFAULT_METRICS.includes(metric.name),
      ]);
      expect(Number.parseFloat(counts ?? '')).toBeCloseTo(100 * Math.expm1(metric.scan.shift), 10);
      const samples = Number(needed?.replaceAll(',', '') ?? '');
      const enough = (count: number): boolean => {
        const run = madeUpRun();
        return metric.of({ ...run, endpoints: run.endpoints.map((each) => ({ ...each, count })) }) !== null;
      };
      if (id === 'requests.rate') expect(needed).toBe('–');
      else expect([enough(samples - 1), enough(samples)]).toEqual([false, true]);
    }
  });
});
