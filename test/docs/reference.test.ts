import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { abSchema } from '../../src/ab/schema.ts';
import { exitCodesHelp } from '../../src/cli/exit-codes.ts';
import { comparisonSchema } from '../../src/compare/index.ts';
import { ERRORS, EXIT } from '../../src/errors.ts';
import { explanationSchema } from '../../src/explain/index.ts';
import { baselineRunSchema } from '../../src/gate/baseline.ts';
import { gateSchema } from '../../src/gate/gate.ts';
import { runSchema } from '../../src/results/schema.ts';
import { brokenMeasurement } from '../gate/broken.ts';

const doc = (name: string): string => readFileSync(new URL(`../../docs/reference/${name}.md`, import.meta.url), 'utf8');

/** Rows of the tables of a document, cells trimmed, code marks taken off. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
    );
}

describe('docs/reference', () => {
  it('exit-codes.md has the codes of the code, and so has the help', () => {
    const documented = rows(doc('exit-codes'))
      .slice(1)
      .map(([code]) => Number(code));
    expect(documented.toSorted((a, b) => a - b)).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
    for (const code of documented) expect(exitCodesHelp()).toMatch(new RegExp(`^ +${code}  `, 'm'));
  });

  it('errors.md has every error with its exit code, and no other', () => {
    const documented = Object.fromEntries(
      rows(doc('errors'))
        .slice(1)
        .map(([code, exit]) => [code, Number(exit)]),
    );
    expect(documented).toEqual(ERRORS);
  });

  it('validity.md has every reason that the check can give, and no other', () => {
    const documented = rows(doc('validity'))
      .slice(1)
      .flatMap(([code = '']) => code.split('`, `'));
    const broken = brokenMeasurement();
    expect(documented.toSorted()).toEqual([...new Set(broken.map(({ code }) => code))].toSorted());
  });

  it('archive.md names every field of run.json, and no other', () => {
    const text = doc('archive');
    const section = text.slice(text.indexOf('## run.json'), text.indexOf('## windows'));
    const documented = new Set([...section.matchAll(/`([A-Za-z0-9]+)(?:\[\])?`/g)].map(([, name]) => name ?? ''));
    for (const field of fieldsOf(runSchema)) expect(documented).toContain(field);
    const values = new Set([
      ...['ms', 'ratio', 'max', 'min', 'pass', 'fail', 'invalid', 'inconclusive', 'interrupted'],
      ...['ended', 'died', 'stopped', 'missing'],
    ]);
    for (const name of documented) if (!values.has(name)) expect([...fieldsOf(runSchema)]).toContain(name);
  });

  it.each([
    ['ab', abSchema, ''],
    ['gate', gateSchema, '## JSON'],
    ['gate', baselineRunSchema, '## Baselines'],
    ['gate', comparisonSchema, '## Compare'],
    ['explain', explanationSchema, '## The document'],
  ] as const)('%s.md names every field of its document, and no other', (name, schema, heading) => {
    const text = doc(name);
    const from = text.indexOf('| field ', text.indexOf(heading));
    const fieldTable = text.slice(from, text.indexOf('\n\n', from));
    const documented = [...fieldTable.matchAll(/`([A-Za-z0-9]+)(?:\[\])?`/g)].map(([, field]) => field);
    const fields = new Set([...fieldsOf(schema)]);
    for (const field of fields) {
      // Ends of an interval.
      if (field !== 'low' && field !== 'high') expect(documented).toContain(field);
    }
    const values = new Set([
      'pass',
      'fail',
      'invalid',
      'inconclusive',
      'interrupted',
      'duet',
      'interleaved',
      'n',
      'build',
    ]);
    for (const field of documented) if (!values.has(field ?? '')) expect([...fields]).toContain(field);
  });
});

/** Names of all fields of a schema, at any depth. */
function* fieldsOf(schema: z.ZodType): Generator<string> {
  const { def } = schema as {
    def: { type: string; shape?: Record<string, z.ZodType>; element?: z.ZodType; innerType?: z.ZodType };
  } & z.ZodType;
  if (def.element !== undefined) yield* fieldsOf(def.element);
  if (def.innerType !== undefined) yield* fieldsOf(def.innerType);
  for (const [name, field] of Object.entries(def.shape ?? {})) {
    yield name;
    yield* fieldsOf(field);
  }
}
