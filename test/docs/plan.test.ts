/** docs/reference/plan.md against the schema of a plan. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { planSchema } from '../../src/plan/schema.ts';

const TEXT = readFileSync(new URL('../../docs/reference/plan.md', import.meta.url), 'utf8');
const sections = new Map(
  TEXT.split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

/** What stands as code in the first column of a section's tables. */
const firstColumn = (title: string): string[] =>
  (sections.get(title) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));

/** Fields of an object of the schema, whatever it is wrapped in; none for anything else. */
function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> {
  if (schema === undefined) return {};
  const { def } = schema as {
    def: { shape?: Record<string, z.ZodType>; element?: z.ZodType; innerType?: z.ZodType };
  } & z.ZodType;
  return def.shape ?? shapeOf(def.element ?? def.innerType);
}

describe('docs/reference/plan.md', () => {
  const { shape } = planSchema;
  const network = shapeOf(shape.network);

  it.each([
    ['The document', planSchema],
    ['source', shape.source],
    ['outlook', shape.now],
    ['oneLost', shape.oneLost],
    ['question', shape.question],
    ['demand', shape.demand],
    ['trials', shape.trials],
    ['usl', shape.usl],
    ['network', shape.network],
    ['resources', network.resources],
    ['whatIfs', shape.whatIfs],
  ])('has every field of %s and no other', (title, schema) => {
    const fields = Object.keys(shapeOf(schema));
    expect(fields.length).toBeGreaterThan(2);
    expect(firstColumn(title).sort()).toEqual(fields.sort());
  });

  it('names every field, however deep, and every word that one may hold', () => {
    const names = new Set<string>();
    JSON.stringify(z.toJSONSchema(planSchema), (key, value: unknown) => {
      if (key === 'properties' && value !== null && typeof value === 'object') {
        for (const name of Object.keys(value)) names.add(name);
      }
      if (key === 'enum' && Array.isArray(value)) for (const word of value) names.add(String(word));
      return value;
    });
    expect(names.size).toBeGreaterThan(80);
    expect([...names].filter((name) => !TEXT.includes(`\`${name}\``))).toEqual([]);
  });
});
