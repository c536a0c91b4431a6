/** `headroom gate` and `headroom baseline`, from a shell, over archives that were written as runs write them. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { gateSchema } from '../../src/gate/gate.ts';
import type { Run } from '../../src/results/schema.ts';
import { evenly, madeUpArchive } from './archives.ts';
import { silentIo } from './io.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const archive = (id: string, from: number, change: Partial<Run> = {}): Promise<string> =>
  madeUpArchive(folder, id, evenly(from), change);

async function slo(max: number): Promise<string> {
  await writeFile(join(folder, `slo-${max}.json`), JSON.stringify([{ endpoint: 'search', metric: 'p95', max }]));
  return `slo-${max}.json`;
}

async function headroom(...argv: string[]) {
  const io = silentIo({ cwd: folder });
  return { code: await run(argv, io), out: io.out(), err: io.err() };
}

/** Eight runs in baseline `main`. */
async function baseline(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    expect((await headroom('baseline', 'save', await archive(`night-${i}`, 50 + (i % 3)))).code).toBe(0);
  }
}

describe('headroom gate', () => {
  it('ends a shell with the exit code of its verdict', async () => {
    const good = await archive('good-1', 50);
    const dropped = { code: 'dropped-iterations', message: 'dropped', observed: 1, limit: 0 };
    const invalid = await archive('invalid-2', 50, { validity: { ok: false, reasons: [dropped], limits: {} } });
    const [wide, tight] = [await slo(200), await slo(120)];
    const lines = [
      `gate ${good} --slo ${wide}`,
      `gate ${good} --slo ${tight}`,
      `gate ${good} --slo nothing.json`,
      `gate ${invalid} --slo ${wide}`,
      `gate ${good}`,
    ];
    const script = lines.map((line) => `"$NODE" "$BIN" ${line} >/dev/null 2>&1; echo $?`).join('\n');
    const shell = await promisify(execFile)('sh', ['-c', script], {
      cwd: folder,
      env: { ...process.env, NODE: process.execPath, BIN },
    });
    expect(shell.stdout).toBe('0\n1\n2\n3\n4\n');
  });

  it('judges by other objectives from the windows, exactly', async () => {
    const path = await archive('good-1', 50);
    const { out } = await headroom('gate', path, '--slo', await slo(120), '--json');
    const gate = gateSchema.parse(JSON.parse(out));
    const [p95] = gate.slo;
    // The 2,850th of 3,000 latencies from 50 ms on in steps of a thirtieth.
    expect(p95?.observed).toBeGreaterThan(50 + 2_849 / 30 - 0.15);
    expect(p95?.observed).toBeLessThan(50 + 2_849 / 30 + 0.15);
    expect(p95?.margin).toBeCloseTo(120 - (p95?.observed ?? 0), 9);
    expect(gate).toMatchObject({ verdict: 'fail', because: 'objectives broken: search.p95' });
  });

  it('is invalid when another objective needs more requests than there are', async () => {
    await writeFile(join(folder, 'slo.json'), JSON.stringify([{ endpoint: 'search', metric: 'p999', max: 9_999 }]));
    const { code, out } = await headroom('gate', await archive('good-1', 50), '--slo', 'slo.json', '--json');
    expect([code, gateSchema.parse(JSON.parse(out)).because]).toEqual([
      3,
      'search.p999 rests on 3000 samples and needs 20000; run longer or at a higher rate',
    ]);
  });

  it('compares with a baseline, and writes what CI reads', async () => {
    await baseline();
    const slow = await archive('slow-99', 90);
    const files = ['--junit', 'out/junit.xml', '--markdown', 'out/gate.md'];
    const { code, out } = await headroom('gate', slow, '--baseline', 'main', ...files, '--json');
    expect(code).toBe(1);
    const gate = gateSchema.parse(JSON.parse(out));
    expect(gate.baseline).toMatchObject({ name: 'main', runs: 8, verdict: 'fail' });
    const [junit, markdown] = await Promise.all(
      ['junit.xml', 'gate.md'].map((name) => readFile(join(folder, 'out', name), 'utf8')),
    );
    for (const metric of gate.baseline?.metrics ?? []) {
      const failed = metric.verdict === 'fail';
      expect(junit).toMatch(new RegExp(`name="${metric.id}">\\s*<${failed ? 'failure' : 'system-out'}`));
      expect(markdown).toContain(`| ${failed ? '❌' : '✅'} | ${metric.id} |`);
    }
    expect((await headroom('gate', await archive('like-98', 51), '--baseline', 'main')).code).toBe(0);
  });

  it('tells the verdict before the file that it cannot write, and ends with the worse of both', async () => {
    const path = await archive('good-1', 50);
    await mkdir(join(folder, 'taken'));
    await writeFile(join(folder, 'file'), '');
    const files = ['--junit', 'taken', '--markdown', 'file/gate.md', '--annotations', 'made/annotations.txt'];
    const passed = await headroom('gate', path, '--slo', await slo(200), ...files);
    expect(passed.out).toContain('Headroom: pass');
    expect([passed.code, passed.err]).toEqual([
      2,
      [
        `headroom: ${join(folder, 'taken')} cannot be written: it is a folder.`,
        `${join(folder, 'file/gate.md')} cannot be written: a part of its path is no folder.`,
        'Name a file that may be written, on a disk with space.\n',
      ].join('\n'),
    ]);
    expect(await readFile(join(folder, 'made/annotations.txt'), 'utf8')).toContain('::notice');
    const failed = await headroom('gate', path, '--slo', await slo(120), '--json', ...files);
    expect([failed.code, gateSchema.parse(JSON.parse(failed.out)).verdict]).toEqual([1, 'fail']);
    expect(failed.err).toContain('taken cannot be written');
    // Inconclusive: no objective was given.
    expect((await headroom('gate', path, ...files)).code).toBe(2);
  });

  it.skipIf(process.platform !== 'linux')('comes back from a folder that the system does not make', async () => {
    const path = await archive('good-1', 50);
    const { code, err } = await headroom('gate', path, '--slo', await slo(200), '--junit', '/proc/no/where/junit.xml');
    expect([code, err]).toEqual([2, expect.stringContaining('its folder cannot be made.')]);
  });

  it('is not alone: report, compare, baseline, bundle and trend end with one sentence', async () => {
    const path = await archive('good-1', 50);
    await mkdir(join(folder, 'taken.html'));
    await writeFile(join(folder, 'file'), '');
    const lines = [
      ['report', path, '--out', 'taken.html'],
      ['compare', path, path, '--out', 'taken.html'],
      ['compare', path, path, '--markdown', 'file/compare.md'],
      ['trend', '--out', 'taken.html'],
      ['baseline', 'save', path, '--baselines', 'file'],
      ['bundle', 'smoke', '--out', 'file'],
    ];
    for (const line of lines) {
      const { code, err } = await headroom(...line);
      expect([line[0], code, err]).toEqual([
        line[0],
        2,
        expect.stringMatching(/^headroom: \S+ cannot be written: .*\.$/m),
      ]);
    }
    expect((await headroom('compare', path, path, '--out', 'taken.html')).out).toContain('| metric |');
    expect((await headroom('report', path, '--out', 'taken.html', '--json')).out).toContain('"headroom.run/1"');
  });

  it('says what a baseline lacks', async () => {
    const path = await archive('good-1', 50);
    const none = await headroom('gate', path, '--baseline', 'main');
    expect([none.code, none.err]).toEqual([
      2,
      `headroom: There is no baseline main in ${join(folder, 'baselines')}; there is none yet.\nMake it with: headroom baseline save <run> --name main\n`,
    ]);
    await headroom('baseline', 'save', await archive('night-2', 50));
    const few = await headroom('gate', path, '--baseline', 'main');
    expect([few.code, few.out]).toEqual([4, expect.stringContaining('the baseline has 1 runs and needs 8')]);
    const other = await archive('other-3', 50, { settings: { RATE: '99' } });
    const unlike = await headroom('gate', other, '--baseline', 'main');
    expect([unlike.code, unlike.err]).toEqual([2, expect.stringContaining('RATE: 99, not 50')]);
  });
});

describe('headroom baseline', () => {
  it('keeps the newest runs, each in a small file that can be copied elsewhere', async () => {
    await baseline();
    const saved = await headroom('baseline', 'save', await archive('night-20', 50), '--keep', '5', '--json');
    expect(JSON.parse(saved.out)).toEqual({ name: 'main', runs: 5 });
    const shown = await headroom('baseline', 'show', 'main');
    expect(shown.out.split('\n').map((line) => line.split(' ', 1).join())).toEqual([
      ...['run', 'night-4', 'night-5', 'night-6', 'night-7', 'night-20', ''],
    ]);
    const file = await readFile(join(folder, 'baselines/main/night-20.json'), 'utf8');
    expect(file.length).toBeLessThan(1_000);
    await cp(join(folder, 'baselines'), join(folder, 'elsewhere'), { recursive: true });
    expect((await headroom('baseline', 'list', '--baselines', 'elsewhere')).out).toMatch(
      /^main {2}load {2}5 runs {2}2026-/,
    );
  });

  it('takes a run away, or all', async () => {
    await baseline();
    expect((await headroom('baseline', 'rm', 'main', 'night-3')).out).toBe('1 run taken from baseline main\n');
    expect((await headroom('baseline', 'rm', 'main', 'night-3')).code).toBe(2);
    expect((await headroom('baseline', 'rm', 'main')).out).toBe('7 runs taken from baseline main\n');
    expect((await headroom('baseline', 'list')).err).toBe('there is no baseline yet\n');
  });

  it('takes no run that did not do well, and no name that leads elsewhere', async () => {
    for (const verdict of ['fail', 'invalid', 'interrupted'] as const) {
      const { code, err } = await headroom('baseline', 'save', await archive(`bad-${verdict}`, 50, { verdict }));
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`is ${verdict}: a baseline is what good runs look like`),
      ]);
    }
    for (const name of ['../out', '..', '']) {
      expect((await headroom('baseline', 'save', await archive('good-1', 50), '--name', name)).code).toBe(2);
    }
  });
});
