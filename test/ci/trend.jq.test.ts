/** trend.sh with the environment that GitHub sets, over nights that were made up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it } from 'vitest';
import type { Run } from '../../src/results/schema.ts';
import { madeUpRun } from '../report/fixture.ts';
import { madeUpDrift } from '../trend/nights.ts';
import { ROOT } from './scripts.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  return () => rm(folder, { recursive: true, force: true });
});

/** A night whose p95 of search is this, give or take 2 %. */
async function night(number: number, p95: number, drift?: Run['drift']): Promise<{ id: string; json: string }> {
  const startedAt = new Date(Date.UTC(2026, 0, number, 1)).toISOString();
  const id = `${startedAt.replaceAll(/[-:]|\.000Z/g, '').slice(0, 15)}-soak-${String(number).padStart(4, '0')}`;
  const endpoints = madeUpRun().endpoints.map((each) => ({ ...each, p95: p95 * (1 + 0.02 * ((number % 3) - 1)) }));
  return { id, json: JSON.stringify(madeUpRun({ id, startedAt, endpoints, ...(drift && { drift }) })) };
}

async function trendAfter(
  nights: readonly number[],
  drift?: Run['drift'],
): Promise<{ code: number; out: string; summary: string }> {
  const all = await Promise.all(nights.map((p95, i) => night(i + 1, p95, i + 1 < nights.length ? [] : drift)));
  const newest = all.pop();
  if (newest === undefined) throw new Error('there is a night');
  for (const { id, json } of all) {
    await mkdir(join(folder, 'nights', id), { recursive: true });
    await writeFile(join(folder, 'nights', id, 'run.json'), json);
  }
  const run = join(folder, 'headroom/runs', newest.id);
  await mkdir(run, { recursive: true });
  await writeFile(join(run, 'run.json'), newest.json);
  await writeFile(join(run, 'windows.ndjson.gz'), 'large');
  const summary = join(folder, 'summary.md');
  const script = spawn('bash', [join(ROOT, 'ci/github/trend.sh')], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, RUN: run, GITHUB_STEP_SUMMARY: summary },
  });
  const [out, err, [code]] = await Promise.all([text(script.stdout), text(script.stderr), once(script, 'close')]);
  expect(await readdir(join(folder, 'nights', newest.id))).toEqual(['run.json']);
  return { code, out: out + err, summary: await readFile(summary, 'utf8') };
}

it('the first night is no reason to be red', async () => {
  const { code, out, summary } = await trendAfter([100]);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.not.stringContaining('::error') });
  const [title, blank, ...table] = summary.trimEnd().split('\n');
  expect([title, blank]).toEqual(['### Trend', '']);
  expect(table.length).toBeGreaterThan(0);
  for (const line of table) expect(line).toMatch(/^ {4}/);
});

it('nights like those before stay green', async () => {
  expect((await trendAfter(Array.from({ length: 40 }, () => 100))).code).toBe(0);
});

it('a change for the worse that becomes certain ends the job with 4 and is named', async () => {
  const { code, out } = await trendAfter(
    [...Array.from({ length: 40 }, () => 100), 150, 150],
    [madeUpDrift(4e6, 'fail')],
  );
  expect(out).toMatch(/^::error title=Headroom trend::.*search\.p95, rss /m);
  expect(code).toBe(4);
});
