/** `headroom runs`: what is there, what goes, and what must stay. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { writeRun } from '../../src/results/archive.ts';
import { markRunning } from '../../src/run/alive.ts';
import { madeUpRun } from '../report/fixture.ts';
import { silentIo } from './io.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'headroom-runs-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function headroom(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd });
  const code = await run(['runs', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

/** Runs of as many days, `a` first and oldest; every other one is a soak. */
async function shelve(ids: string): Promise<void> {
  for (const [day, id] of [...ids].entries()) {
    const folder = join(cwd, 'runs', id);
    await mkdir(folder, { recursive: true });
    const startedAt = `2026-01-${String(day + 1).padStart(2, '0')}T02:00:00.000Z`;
    const scenario = day % 2 === 0 ? 'load' : 'soak';
    await writeRun(folder, madeUpRun({ id, scenario, startedAt, endedAt: startedAt.replace('02:00', '02:10') }));
    await writeFile(join(folder, 'k6.log'), 'x'.repeat(1_000));
  }
}

const left = async (): Promise<string> => (await readdir(join(cwd, 'runs'))).sort().join('');

describe('headroom runs', () => {
  it('ls shows the runs newest first, with length, verdict and size', async () => {
    await shelve('abc');
    const { runs } = JSON.parse((await headroom('ls', '--json')).out);
    expect(runs.map(({ id }: { id: string }) => id)).toEqual(['c', 'b', 'a']);
    expect(runs[0]).toMatchObject({ scenario: 'load', seconds: 600, verdict: 'pass', needed: [] });
    expect(runs[0].bytes).toBeGreaterThan(1_000);
    expect((await headroom('ls')).out.split('\n').map((line) => line.slice(0, 1))).toEqual(['r', 'c', 'b', 'a', '']);
    expect(await headroom('ls', '--runs', 'nowhere')).toMatchObject({ code: 2 });
  });

  it('prune removes what killed writers left in runs that stay, and nothing of those that still write', async () => {
    await shelve('a');
    const folder = join(cwd, 'runs', 'a');
    // No Linux has so high a process id.
    const [gone, alive] = ['.headroom-4194305-0123abcd', `.headroom-${process.pid}-0123abcd`];
    for (const name of [gone, alive, '.headroom-notes']) await writeFile(join(folder, name), '{');
    expect((await headroom('ls')).code).toBe(0);
    await headroom('prune', '--dry-run');
    expect(await readdir(folder)).toContain(gone);
    await headroom('prune');
    expect((await readdir(folder)).sort()).toEqual([alive, '.headroom-notes', 'k6.log', 'run.json']);
  });

  it('prune keeps the newest, of all or of each scenario, and removes nothing when it is only to show', async () => {
    await shelve('abcdefgh');
    const dry = JSON.parse((await headroom('prune', '--keep', '3', '--dry-run', '--json')).out);
    expect(dry).toMatchObject({ removed: ['e', 'd', 'c', 'b', 'a'], dryRun: true });
    expect(await left()).toBe('abcdefgh');
    await headroom('prune', '--keep', '3', '--per-scenario');
    expect(await left()).toBe('cdefgh');
    await headroom('prune', '--keep', '3');
    expect(await left()).toBe('fgh');
    expect(await headroom('prune')).toMatchObject({ code: 0, err: expect.stringContaining('nothing to remove') });
  });

  it('prune leaves what is needed, and says why: a run that goes, a baseline, a search, a comparison', async () => {
    await shelve('abcdefg');
    await run(['baseline', 'save', 'runs/a', '--name', 'main'], silentIo({ cwd }));
    await mkdir(join(cwd, 'runs', 'search'));
    await writeFile(join(cwd, 'runs', 'search', 'capacity.json'), JSON.stringify({ trials: [{ run: 'b' }] }));
    await writeFile(join(cwd, 'runs', 'matrix.json'), '{"runs":["c"],');
    await writeRun(join(cwd, 'runs', 'd'), madeUpRun({ id: 'd', endedAt: null, verdict: 'interrupted' }));
    await markRunning(join(cwd, 'runs', 'd'));
    // It has been judged and writes its report, or went on a moment ago: what it has written is old.
    await markRunning(join(cwd, 'runs', 'e'));
    const past = Date.now() / 1000 - 600;
    await utimes(join(cwd, 'runs', 'e', 'run.json'), past, past);
    const { out, err } = await headroom('prune', '--keep', '1');
    expect(out).toBe('removed f\n');
    for (const [id, why] of [
      ['a', 'it is in baseline main'],
      ['b', 'capacity.json refers to it'],
      ['c', 'matrix.json refers to it'],
      ['d', 'it is going on'],
      ['e', 'it is going on'],
    ]) {
      expect(err).toMatch(new RegExp(`stays: ${id}, since .*${why}`));
    }
    expect(await left()).toBe('abcdegmatrix.jsonsearch');
  });

  it('rm refuses what is needed unless it is forced, and what is going on in any case', async () => {
    await shelve('abc');
    await run(['baseline', 'save', 'runs/a', '--name', 'main'], silentIo({ cwd }));
    await writeRun(join(cwd, 'runs', 'b'), madeUpRun({ id: 'b', endedAt: null, verdict: 'interrupted' }));
    await markRunning(join(cwd, 'runs', 'b'));
    expect(await headroom('rm', 'a')).toMatchObject({ code: 2, err: expect.stringContaining('baseline main') });
    expect(await headroom('rm', 'b', '--force')).toMatchObject({ code: 2, err: expect.stringContaining('going on') });
    expect(await headroom('rm', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('no run x') });
    expect(await left()).toBe('abc');
    expect(await headroom('rm', 'runs/c')).toMatchObject({ code: 0, out: 'removed c\n' });
    expect(await headroom('rm', 'a', '--force')).toMatchObject({ code: 0 });
    // Killed a while ago: its mark stayed, and the process number may be somebody else's by now.
    const past = Date.now() / 1000 - 600;
    for (const name of ['run.json', '.running']) await utimes(join(cwd, 'runs', 'b', name), past, past);
    expect(await headroom('rm', 'b')).toMatchObject({ code: 0 });
    expect(await left()).toBe('');
  });
});
