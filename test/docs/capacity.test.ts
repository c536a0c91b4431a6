/** docs/reference/capacity.md against the schema of capacity.json. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { exitCodeOfSearch } from '../../src/capacity-run/index.ts';
import { capacitySchema, outcomeSchema } from '../../src/capacity-run/schema.ts';

const TEXT = readFileSync(new URL('../../docs/reference/capacity.md', import.meta.url), 'utf8');
const sections = new Map(
  TEXT.split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

/** What stands as code in the first column of a section's tables. */
const firstColumn = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));

/** A part of the schema, whatever it is wrapped in. */
function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  const { def } = schema as {
    def: { shape?: Record<string, z.ZodType>; element?: z.ZodType; innerType?: z.ZodType };
  } & z.ZodType;
  const inner = def.element ?? def.innerType;
  return def.shape ?? (inner === undefined ? {} : shapeOf(inner));
}

describe('docs/reference/capacity.md', () => {
  const { slo, search, trials, result } = capacitySchema.shape;

  it.each([
    ['The document', capacitySchema],
    ['slo', slo],
    ['search', search],
    ['trials', trials],
  ])('has every field of %s and no other', (name, schema) => {
    expect(firstColumn(sections.get(name) ?? '').sort()).toEqual(Object.keys(shapeOf(schema)).sort());
  });

  it('has every field and every outcome of a result, with its exit code', () => {
    const text = sections.get('result') ?? '';
    const fields = Object.keys(shapeOf(result));
    expect(firstColumn(text).sort()).toEqual([...fields, ...outcomeSchema.options].sort());
    for (const outcome of outcomeSchema.options) {
      expect(text).toContain(`| \`${outcome}\` | ${exitCodeOfSearch(outcome)} |`);
    }
  });

  it('has every field within them', () => {
    const { endpoints, resources } = shapeOf(trials);
    const { range } = shapeOf(search);
    const { curve } = shapeOf(result);
    for (const part of [endpoints, resources, range, curve, capacitySchema.shape.environment]) {
      const fields = part === undefined ? [] : Object.keys(shapeOf(part));
      expect(fields.length).toBeGreaterThan(1);
      for (const field of fields) expect(TEXT).toContain(`\`${field}\``);
    }
  });
});
