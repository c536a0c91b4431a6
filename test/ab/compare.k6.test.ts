/** Comparisons with a real k6, of small services that are quick or slow. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abSchema, compareBuilds, newComparison, parseSubject } from '../../src/ab/index.ts';
import { run } from '../../src/cli/main.ts';
import { findK6 } from '../../src/k6/find.ts';
import { readRun } from '../../src/results/archive.ts';
import { silentIo } from '../cli/io.ts';

const SERVER = `"${process.execPath}" "${fileURLToPath(new URL('server.mjs', import.meta.url))}" {port}`;
const permission = { owned: false, allowedTargets: [] };

let folder: string;
let scenario: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  scenario = join(folder, 'page.js');
  await writeFile(
    scenario,
    `import http from 'k6/http';
export const options = { scenarios: { page: { executor: 'constant-arrival-rate', rate: 25, timeUnit: '1s', duration: '3s', preAllocatedVUs: 20 } } };
export default function () {
  http.get(__ENV.BASE_URL, { tags: { name: 'page' } });
}`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const io = (signal?: AbortSignal) =>
  silentIo({ cwd: folder, env: { ...process.env, BASE_URL: undefined }, ...(signal === undefined ? {} : { signal }) });
const ab = (...flags: string[]) => ['ab', '--scenario', scenario, '--no-audit', '--out', folder, '--json', ...flags];
const slots = (path: string) => readdir(join(path, 'runs'));

describe('a comparison', () => {
  it('finds the slower of two, in rounds of both at the same time with the same requests', async () => {
    const plan = {
      a: `${SERVER} 5`,
      b: `${SERVER} 25`,
      mode: 'duet' as const,
      scenario,
      seed: 3,
      settings: {},
      floorMs: 0.5,
    };
    const made = await newComparison(
      { ...plan, rounds: 5 },
      { parent: folder, now: Date.now(), cwd: folder, k6Version: '2.2.0' },
    );
    const result = await compareBuilds(made, {
      a: parseSubject('a', plan.a, permission),
      b: parseSubject('b', plan.b, permission),
      k6: await findK6({ env: process.env, log: () => {} }),
      folder: join(folder, made.id),
      cwd: folder,
      env: { ...process.env, BASE_URL: undefined },
      permission,
      audit: false,
      // Other tests may keep this machine busy.
      hostBusyLimit: 1,
      signal: new AbortController().signal,
      now: Date.now,
    });
    expect(result).toMatchObject({ verdict: 'fail', because: expect.stringContaining('page.p50') });
    const [p50] = result.metrics;
    expect(p50?.change).toBeGreaterThan(1);
    expect(new Set(result.rounds.map(({ first }) => first))).toEqual(new Set(['a', 'b']));
    for (const round of result.rounds) {
      const [a, b] = await Promise.all(
        [round.runs.a, round.runs.b].map((id) => readRun(join(folder, made.id, 'runs', id))),
      );
      expect(a?.seed).toBe(b?.seed);
      expect(a?.settings).toEqual(b?.settings);
      expect(a?.target).not.toBe(b?.target);
      // They overlap.
      expect(Date.parse(a?.startedAt ?? '')).toBeLessThan(Date.parse(b?.endedAt ?? ''));
      expect(Date.parse(b?.startedAt ?? '')).toBeLessThan(Date.parse(a?.endedAt ?? ''));
    }
    expect(abSchema.parse(JSON.parse(await readFile(join(folder, made.id, 'ab.json'), 'utf8')))).toEqual(result);
  });

  it('says what it does not know after two rounds, one slot after the other', async () => {
    const it = io();
    const code = await run(
      ab('--a', `${SERVER} 5`, '--b', `${SERVER} 5`, '--rounds', '2', '--mode', 'interleaved'),
      it,
    );
    const result = abSchema.parse(JSON.parse(it.out()));
    expect([code, result.verdict]).toEqual([4, 'inconclusive']);
    expect(result.rounds).toHaveLength(2);
    expect(await slots(join(folder, result.id))).toHaveLength(4);
    for (const { first, runs } of result.rounds) {
      const [a, b] = await Promise.all([runs.a, runs.b].map((id) => readRun(join(folder, result.id, 'runs', id))));
      const [earlier, later] = first === 'a' ? [a, b] : [b, a];
      expect(Date.parse(earlier?.endedAt ?? '')).toBeLessThanOrEqual(Date.parse(later?.startedAt ?? ''));
    }
    expect(await readFile(join(folder, result.id, 'ab.md'), 'utf8')).toContain('2 rounds of 2, one after the other');
  });

  it('that is interrupted keeps its rounds, and goes on with them', async () => {
    const interrupt = new AbortController();
    const first = io(interrupt.signal);
    let rounds = '';
    first.stderr = {
      write: (text: string) => {
        rounds += text;
        if (text.includes('round 1')) interrupt.abort();
      },
    };
    const given = ['--a', `${SERVER} 5`, '--b', `${SERVER} 5`, '--rounds', '2', '--mode', 'interleaved'];
    expect(await run(ab(...given), first)).toBe(130);
    const [path = ''] = /(?<=--resume )\S+/.exec(rounds) ?? [];
    const before = abSchema.parse(JSON.parse(await readFile(join(path, 'ab.json'), 'utf8')));
    expect(before).toMatchObject({ verdict: 'interrupted', endedAt: null, rounds: [{}] });

    const second = io();
    expect(await run(['ab', '--resume', path, '--no-audit', '--json'], second)).toBe(4);
    const after = abSchema.parse(JSON.parse(second.out()));
    expect(after.rounds).toHaveLength(2);
    expect(after.rounds[0]).toEqual(before.rounds[0]);
    expect([after.id, after.seed]).toEqual([before.id, before.seed]);
  });

  it.each([
    ['nothing to compare', [], 2, /There is no --a to compare/],
    ['one side only', ['--a', 'http://127.0.0.1:1'], 2, /There is no --b to compare/],
    ['a mode that is none', ['--a', 'x', '--b', 'y', '--mode', 'both'], 2, /Allowed choices are duet, interleaved/],
    ['too many rounds', ['--a', 'x', '--b', 'y', '--rounds', '99'], 2, /at most 32 rounds/],
    ['a target elsewhere', ['--a', 'http://example.com', '--b', 'y'], 2, /example\.com is not this machine/],
    ['a command that fails', ['--a', 'exit 3', '--b', 'exit 3'], 5, /The command of --[ab] ended before/],
    ['nothing to resume', ['--resume', 'nowhere'], 2, /There is no comparison in/],
  ])('with %s ends with one sentence', async (_, flags, code, message) => {
    const it = io();
    expect(await run(ab(...flags), it)).toBe(code);
    expect(it.err()).toMatch(message);
    expect(it.out()).toBe('');
  });
});
