/** Every command in the documentation and in the help: the program takes it, and what only reads and writes files is run. */

import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { examplesOf } from '../../src/cli/outline.ts';
import { silentIo } from '../cli/io.ts';
import { commandsIn, mentionsIn, refusalOf, shellLines, unknownIn } from './command-lines.ts';
import { expectVerdict, useDocumentedFolder } from './folder.ts';
import { ELSEWHERE, NEVER, RUN, WITH_K6 } from './which.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];
const textOf = (page: string): Promise<string> => readFile(join(ROOT, page), 'utf8');

const folder = useDocumentedFolder();

/** Runs the commands that only read and write files one after the other, in a fresh copy of the folder. */
async function runAll(commands: readonly (readonly string[])[]): Promise<void> {
  const chosen = commands.filter(([first = '']) => RUN.includes(first));
  if (chosen.length === 0) return;
  let cwd = await folder.copy();
  for (const [i, words] of chosen.entries()) {
    // Nothing is filled twice.
    if (words[0] === 'init' && i > 0) cwd = await folder.copy();
    await expectVerdict(words, cwd);
  }
}

describe.each(PAGES)('%s', (page) => {
  it('has only commands that the program takes, and that run where they only need files', async () => {
    const commands = shellLines(await textOf(page)).flatMap(commandsIn);
    for (const words of commands) expect([words.join(' '), await refusalOf(words)]).toEqual([words.join(' '), null]);
    // The others are run with k6 beside the load that they judge: commands.k6.test.ts.
    if (!commands.some(([first = '']) => WITH_K6.includes(first))) await runAll(commands);
  });

  it('names only commands and flags that exist', async () => {
    for (const words of mentionsIn(await textOf(page)))
      expect([words.join(' '), unknownIn(words)]).toEqual([words.join(' '), null]);
  });
});

describe('--help', () => {
  const program = createProgram(silentIo(), () => {});
  const leaves = program.commands.flatMap((each) => (each.commands.length > 0 ? each.commands : [each]));

  it.each(leaves.map((each) => [each.name(), each] as const))(
    'the examples of %s run where they only need files',
    async (_, command) => {
      await runAll(examplesOf(command).flatMap(commandsIn));
    },
  );
});

describe('these tests', () => {
  it('found commands', async () => {
    const lines = (await Promise.all(PAGES.map(textOf))).flatMap((text) => shellLines(text).flatMap(commandsIn));
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.filter(([first = '']) => RUN.includes(first)).length).toBeGreaterThan(8);
  });

  it('would see a command that is not there', async () => {
    const page = 'Then\n\n```\nheadroom gate --quietly x\n```\n\nand `headroom frob` or `headroom gate --fast`.\n';
    expect(await refusalOf(shellLines(page).flatMap(commandsIn)[0] ?? [])).toContain('--quietly');
    const list = '1. Then\n\n   ```sh\n   headroom frob --x\n   ```\n';
    expect(shellLines(list).flatMap(commandsIn)).toEqual([['frob', '--x']]);
    expect(mentionsIn(page).map(unknownIn)).toEqual(['no command frob', 'gate has no flag --fast']);
  });

  it('run what docs/README.md says', async () => {
    const text = await textOf('docs/README.md');
    const namedAfter = (before: RegExp): string[] => {
      const [, named = ''] = before.exec(text) ?? [];
      return [...named.matchAll(/`([a-z0-9]+)`/g)].map(([, name = '']) => name);
    };
    expect(namedAfter(/usage error\]\([^)]*\): ([^.]*)\./)).toEqual(RUN);
    expect(namedAfter(/with a real k6: ([^.]*)\./)).toEqual(WITH_K6);
    expect(namedAfter(/tests of their own: ([^.]*)\./)).toEqual(Object.keys(ELSEWHERE));
    const known = ['help', ...createProgram(silentIo(), () => {}).commands.map((each) => each.name())];
    expect(known).toEqual(expect.arrayContaining([...RUN, ...WITH_K6, ...Object.keys(ELSEWHERE)]));
  });

  it('leave no command out but those that they name', async () => {
    for (const [name, file] of Object.entries(ELSEWHERE)) {
      expect([name, readFileSync(join(ROOT, file), 'utf8')]).toEqual([name, expect.stringMatching(`\\b${name}\\b`)]);
    }
    const lines = (await Promise.all(PAGES.map(textOf))).flatMap((text) => shellLines(text).flatMap(commandsIn));
    const never = lines.filter((words) => NEVER.some((part) => words.join(' ').includes(part)));
    expect(never.length).toBeGreaterThanOrEqual(NEVER.length);
    const left = lines.filter((words) => !never.includes(words)).map(([first = '']) => first);
    const taken = [...RUN, ...WITH_K6, ...Object.keys(ELSEWHERE)];
    expect(left.filter((first) => !taken.includes(first))).toEqual([]);
  });
});
