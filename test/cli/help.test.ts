import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { manPage } from '../../ci/man-page.ts';
import { createProgram, run } from '../../src/cli/main.ts';
import { outlineOf } from '../../src/cli/outline.ts';
import { walk } from '../../src/completion/index.ts';
import { EXIT } from '../../src/errors.ts';
import { onPath } from '../../src/k6/cache.ts';
import { commandsIn, refusalOf } from '../docs/command-lines.ts';
import { silentIo } from './io.ts';

const outline = outlineOf(createProgram(silentIo(), () => {}));
/** Commands that do something; a group alone shows its commands. */
const commands = [...walk(outline)].filter(({ path, commands: below, parameters }) => {
  return path.length > 0 && (below.length === 0 || parameters.length > 0);
});

describe('--help', () => {
  it.each(commands.map((each) => [each.path.join(' '), each] as const))(
    'of %s has examples that the program takes',
    async (name, { examples }) => {
      const lines = examples.flatMap(commandsIn).filter((words) => words.join(' ').startsWith(name));
      expect(lines.length).toBeGreaterThan(0);
      for (const words of examples.flatMap(commandsIn)) expect([words, await refusalOf(words)]).toEqual([words, null]);
    },
  );

  it('shows them', async () => {
    const io = silentIo();
    expect(await run(['explain', '--help'], io)).toBe(0);
    expect(io.out()).toMatch(/Examples:\n {2}headroom explain runs\//);
  });

  it('an example with a flag that does not exist is refused by this test', async () => {
    expect(await refusalOf(['runs', 'ls', '--sizes'])).toContain("unknown option '--sizes'");
    expect(await refusalOf(['audit'])).toContain('--target');
    expect(await refusalOf(['soak', '--target', 'http://127.0.0.1:1', '--profile', 'weekly'])).toContain(
      'Allowed choices',
    );
    expect(commandsIn('zcat a.gz | headroom gate "a b" --json > x && X=1 headroom app &')).toEqual([
      ['gate', 'a b', '--json'],
      ['app'],
    ]);
  });
});

describe('the man page', () => {
  const page = manPage();

  it('has every command with every flag, and every exit code', () => {
    const plain = page.replaceAll('\\-', '-');
    for (const { path, flags, examples } of commands) {
      const from = plain.indexOf(`.SS "headroom ${path.join(' ')}"`);
      expect([path, from]).not.toEqual([path, -1]);
      const section = plain.slice(from, plain.indexOf('\n.S', from + 1));
      for (const { names } of flags) if (!names.includes('--help')) expect(section).toContain(names.at(-1));
      expect(section.split('.nf')[1]?.split('.fi')[0]?.trim().split('\n')).toHaveLength(examples.length);
    }
    for (const code of Object.values(EXIT)) expect(plain).toContain(`\n.B ${code}\n`);
  });

  it('is plain ASCII, as old readers want it', () => {
    expect(page).toMatch(/^[\t\n -~]*$/);
  });

  // Debian has groff-base; a machine without either is no reason to fail.
  const groff = onPath('groff', process.env).length > 0;
  const mandoc = onPath('mandoc', process.env).length > 0;
  it.skipIf(!groff && !mandoc)('is set without a warning', () => {
    const [program, args] = groff
      ? (['groff', ['-ww', '-man', '-Tutf8', '-z']] as const)
      : (['mandoc', ['-Tlint', '-Wwarning']] as const);
    const { stdout, stderr, status } = spawnSync(program, args, { input: page, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});
