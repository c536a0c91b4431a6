/** The files for GitHub against the schemas of their kinds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { textOf } from './scripts.ts';

function complaints(schema: string, text: string): string[] {
  const path = join(process.env.HEADROOM_TEST_DATA ?? '', `schemas/${schema}.json`);
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe.each([
  ['ci/github/action.yml', 'github-action', 'shell: bash', 'shell: 3'],
  ['ci/nightly-soak.yml', 'github-workflow', 'runs-on:', 'run-on:'],
])('%s', (path, schema, sound, broken) => {
  it('is valid', () => {
    expect(complaints(schema, textOf(path))).toEqual([]);
  });

  it('would be found broken', () => {
    expect(complaints(schema, textOf(path).replace(sound, broken))).not.toEqual([]);
  });
});
