/** JUnit as Jenkins wants it: against the schema of its plug-in. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { junitOf } from '../../src/ci/index.ts';
import { GATES } from './gates.ts';

const SCHEMA = join(process.env.HEADROOM_TEST_DATA ?? '', 'schemas/junit-10.xsd');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function complaints(xml: string): Promise<string> {
  const path = join(folder, 'junit.xml');
  await writeFile(path, xml);
  const checked = promisify(execFile)('xmllint', ['--noout', '--schema', SCHEMA, path]);
  return await checked.then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  );
}

it.each(Object.entries(GATES))('the gate that is %s is valid', async (_, gate) => {
  expect(await complaints(junitOf(gate))).toBe('');
});

it('what is not in the schema is noticed', async () => {
  const [gate] = Object.values(GATES);
  if (gate === undefined) throw new Error('there are gates');
  expect(await complaints(junitOf(gate).replaceAll('<testcase', '<testcases'))).toContain('testcases');
});
