/** docs/reference/workload.md against the schema of workload.json and the fields that are tried. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { DURATION_GUESSES, FIELD_GUESSES, FIELDS } from '../../src/workload/json-format.ts';
import { workloadSchema } from '../../src/workload/schema.ts';

const TEXT = readFileSync(new URL('../../docs/reference/workload.md', import.meta.url), 'utf8');
const sections = new Map(
  TEXT.split(/^#{2,3} /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);
const rowsOf = (title: string): string[][] =>
  (sections.get(title) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1));
const codeIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');

/** A part of the schema, whatever it is wrapped in. */
function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> {
  if (schema === undefined) return {};
  const { def } = schema as {
    def: { shape?: Record<string, z.ZodType>; element?: z.ZodType; innerType?: z.ZodType };
  } & z.ZodType;
  return def.shape ?? shapeOf(def.element ?? def.innerType);
}

describe('docs/reference/workload.md', () => {
  const { source, settings, requests, endpoints, profile, sessions, leftOut, other } = workloadSchema.shape;
  const { popularity, queries, latency } = shapeOf(endpoints);

  it.each([
    ['The document', workloadSchema],
    ['source', source],
    ['settings', settings],
    ['requests', requests],
    ['endpoints', endpoints],
    ['popularity', popularity],
    ['profile', profile],
    ['sessions', sessions],
  ])('has every field of %s and no other', (title, schema) => {
    const documented = rowsOf(title).flatMap(([first = '']) => codeIn(first));
    expect(documented.length).toBeGreaterThan(2);
    expect(documented.sort()).toEqual(Object.keys(shapeOf(schema)).sort());
  });

  it('has every field within them', () => {
    const inner = [leftOut, other, queries, latency, shapeOf(profile).peakHour, shapeOf(sessions).requests];
    for (const schema of inner) {
      const fields = Object.keys(shapeOf(schema));
      expect(fields.length).toBeGreaterThan(1);
      for (const field of fields) expect(TEXT).toContain(`\`${field}\``);
    }
  });

  it('has the names that are tried for each field of JSON lines, in their order', () => {
    const rows = new Map(
      rowsOf('Fields of JSON lines').map(([field = '', names = '']) => [codeIn(field)[0], codeIn(names)]),
    );
    expect([...rows.keys()]).toEqual([...FIELDS]);
    for (const [field, names] of Object.entries(FIELD_GUESSES)) expect(rows.get(field)).toEqual(names);
    expect(rows.get('duration')).toEqual(DURATION_GUESSES.map(([name]) => name));
  });
});
