/** The scripts of `headroom completion`, in the shells themselves. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram, run } from '../../src/cli/main.ts';
import { outlineOf } from '../../src/cli/outline.ts';
import { walk } from '../../src/completion/index.ts';
import { listScenarios } from '../../src/k6/bundle.ts';
import { onPath } from '../../src/k6/cache.ts';
import { silentIo } from './io.ts';

const RUNS = ['20261124T020000-load-3fa1', '20261125T020000-load-81c0'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) await writeFile(join(folder, shell), await scriptOf(shell));
  for (const [at, id] of [
    ['runs', RUNS[0]],
    ['runs', RUNS[1]],
    ['old', 'older-run'],
  ] as const) {
    await mkdir(join(folder, at, id ?? ''), { recursive: true });
    await writeFile(join(folder, at, id ?? '', 'run.json'), '{}');
  }
  await mkdir(join(folder, 'runs', 'no-run'));
  await writeFile(join(folder, 'slo.json'), '[]');
  await mkdir(join(folder, 'own', 'mine'), { recursive: true });
  for (const name of ['page.ts', 'smoke.ts', 'old.mjs', 'types.d.ts', 'ids.txt'])
    await writeFile(join(folder, 'own', 'mine', name), '');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function scriptOf(shell: string): Promise<string> {
  const io = silentIo();
  expect([await run(['completion', shell], io), io.err()]).toEqual([0, '']);
  return io.out();
}

/** What bash offers for each of these lines, when Tab is pressed at the end. Words are cut as bash does for them. */
function offered(...lines: string[]): string[][] {
  const asked = lines.map((line) => {
    const words = line.split(/ |(?<==)|(?==)|(?<=:)|(?=:)/).map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _headroom; IFS=,; echo "\${COMPREPLY[*]}"`;
  });
  const text = execFileSync('bash', ['-c', `source ./bash\n${asked.join('\n')}`], { cwd: folder, encoding: 'utf8' });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(',').filter((word) => word !== ''));
}

describe('headroom completion bash', () => {
  const program = outlineOf(createProgram(silentIo(), () => {}));

  it('completes every command, below every command, and every flag of each', () => {
    const commands = [...walk(program)];
    const words = commands.map(({ path }) => ['headroom', ...path].join(' '));
    const [below, flags] = [offered(...words.map((word) => `${word} `)), offered(...words.map((word) => `${word} -`))];
    expect(commands.length).toBeGreaterThan(30);
    for (const [i, { path, commands: children, flags: known }] of commands.entries()) {
      expect([path, below[i]]).toEqual([path, expect.arrayContaining(children.map(({ path: of }) => of.at(-1)))]);
      expect([path, flags[i]]).toEqual([path, known.flatMap(({ names }) => names)]);
    }
  });

  it('offers every choice of every flag and argument', () => {
    const asked = [...walk(program)].flatMap(({ path, flags, parameters }) => {
      const at = ['headroom', ...path].join(' ');
      return [
        ...flags.flatMap(({ names, value }) =>
          value?.kind === 'choice' ? [[`${at} ${names.at(-1)} `, value.choices] as const] : [],
        ),
        ...parameters
          .slice(0, 1)
          .flatMap(({ value }) => (value.kind === 'choice' ? [[`${at} `, value.choices] as const] : [])),
      ];
    });
    expect(asked.length).toBeGreaterThan(3);
    expect(offered(...asked.map(([line]) => line))).toEqual(asked.map(([, choices]) => choices));
  });

  it('begins with what was typed, and knows where it is', () => {
    const runs = RUNS.map((id) => `runs/${id}`);
    const lines: [string, string[]][] = [
      ['headroom ba', ['baseline']],
      ['headroom baseline s', ['save', 'show']],
      ['headroom soak --profile d', ['diurnal']],
      ['headroom soak --profile=d', ['diurnal']],
      ['headroom soak --target http://127.0.0.1:8080 --pro', ['--profile']],
      ['headroom run s', [...listScenarios().filter((name) => name.startsWith('s')), 'slo.json']],
      ['headroom run smoke --target http://127.0.0.1:8080 --sl', ['--slo']],
      ['headroom run smoke --slo s', ['slo.json']],
      ['headroom run smoke --rate ', []],
      ['headroom run --out r', ['runs']],
      ['headroom gate ', runs],
      ['headroom gate runs/20261125', [runs[1] ?? '']],
      ['headroom gate --baseline main ', runs],
      ['headroom compare runs/x ', runs],
      ['headroom runs rm ', RUNS],
      ['headroom runs rm a b c ', RUNS],
      ['headroom runs rm --runs old ', ['older-run']],
      ['headroom gate ol', ['old']],
      ['headroom help exp', ['explain']],
      ['headroom completion z', ['zsh']],
    ];
    expect(offered(...lines.map(([line]) => line))).toEqual(lines.map(([, words]) => words));
  });
});

/** Asks a shell for what follows `headroom run`, as Tab does. */
const AFTER_RUN: Readonly<Record<string, string>> = {
  bash: `COMP_WORDS=(headroom run ""); COMP_CWORD=2; _headroom; printf "%s\\n" "\${COMPREPLY[@]}"`,
  // The completion system of zsh runs on a terminal only: what it would be told is printed.
  zsh: `words=(headroom run ""); CURRENT=3; compadd() { print -l -- "\${(@P)2}"; }; _files() {}; _headroom`,
  fish: 'complete -C "headroom run "',
};

it.each(Object.keys(AFTER_RUN).filter((shell) => onPath(shell, process.env).length > 0))(
  'the completion of %s offers each scenario of the folder that the configuration names, and each that is built in',
  (shell) => {
    const cwd = join(folder, 'own');
    const source = shell === 'zsh' ? `compdef() {}; source ${folder}/zsh` : `source ${folder}/${shell}`;
    const inFolder = (config: string, name = 'headroom.config.ts'): string[] => {
      writeFileSync(join(cwd, name), config);
      const text = execFileSync(shell, ['-c', `${source}; ${AFTER_RUN[shell]}`], { cwd, encoding: 'utf8' });
      rmSync(join(cwd, name));
      return text
        .split('\n')
        .filter((line) => line !== '' && !/[./]/.test(line) && line !== 'mine')
        .sort();
    };
    const own = [...listScenarios(), 'old', 'page'].sort();
    expect(
      inFolder("export default {\n  // scenarios: 'old',\n  target: 'http://127.0.0.1:1', scenarios: 'mine',\n};\n"),
    ).toEqual(own);
    expect(inFolder('{ "scenarios": "./mine" }', 'headroom.config.json')).toEqual(own);
    expect(inFolder('export default {};\n')).toEqual([...listScenarios()].sort());
  },
);

const SHELLS = [
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const;

describe.each(SHELLS)('headroom completion %s', (shell, flags) => {
  it.skipIf(onPath(shell, process.env).length === 0)('is a script that the shell can read', () => {
    const { status, stderr } = spawnSync(shell, [...flags, join(folder, shell)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('names every command and every flag', async () => {
    const script = await scriptOf(shell);
    for (const { path, flags: known } of walk(outlineOf(createProgram(silentIo(), () => {})))) {
      expect(script).toContain(path.map((word) => ` ${word}`).join(''));
      for (const { names } of known) for (const name of names) expect(script).toContain(name.replace(/^-+/, ''));
    }
  });
});

it('another shell is refused with what there is', async () => {
  const io = silentIo();
  expect(await run(['completion', 'tcsh'], io)).toBe(2);
  expect(io.err()).toContain('Allowed choices are bash, zsh, fish');
});

it.skipIf(!existsSync('/dev/full'))('output that finds no space is told in a sentence, and is no success', () => {
  const full = openSync('/dev/full', 'w');
  const bin = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [bin, 'completion', 'bash'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'headroom: What was to be printed cannot be written: the disk is full.\nSend it where there is space.\n',
  });
});
