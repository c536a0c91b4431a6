/** Every command in the documentation and in the help: the program takes it, and what only reads and writes files is run. */

import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram, run } from '../../src/cli/main.ts';
import { examplesOf } from '../../src/cli/outline.ts';
import { EXIT } from '../../src/errors.ts';
import { evenly, madeUpArchive } from '../cli/archives.ts';
import { silentIo } from '../cli/io.ts';
import { knownSearch } from '../plan/queue.ts';
import { commandsIn, mentionsIn, refusalOf, shellLines, unknownIn } from './command-lines.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];
/** What only reads and writes files; docs/README.md names them. */
const RUN = [
  ...['baseline', 'bundle', 'compare', 'completion', 'explain', 'gate', 'help', 'plan', 'replay', 'report', 'runs'],
  ...['slo', 'trend', 'workload'],
];
const NOW = Date.parse('2027-01-06T09:00:00Z');
const CSV = join(ROOT, 'test/k6/recorded/three-endpoints.csv.gz');

const textOf = (page: string): Promise<string> => readFile(join(ROOT, page), 'utf8');

let template: string;
let copies = 0;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'headroom-docs-'));
  const folder = join(template, 'template');
  const pass = { verdict: 'pass' as const };
  const ids = [
    ...['20261123T020000-load-3fa1', '20261124T020000-load-3fa1', '20261124T020000-load-81c0'],
    ...['20261125T020000-load-81c0', '20261124T020000-soak-3fa1'],
  ];
  for (const id of ids) await madeUpArchive(folder, id, evenly(50), pass);
  for (let i = 0; i < 8; i++) {
    const path = await madeUpArchive(
      folder,
      i === 0 ? '20261122T020000-load-9c41' : `night-${i}`,
      evenly(50 + i),
      pass,
    );
    expect(await run(['baseline', 'save', path], silentIo({ cwd: folder }))).toBe(EXIT.pass);
  }
  const search = knownSearch();
  for (const id of ['20261124T015928-capacity-3edf', '20270105T090000-capacity-1f2e']) {
    await mkdir(join(folder, 'runs', id));
    await writeFile(join(folder, 'runs', id, 'capacity.json'), JSON.stringify({ ...search, id }));
  }
  const objectives = JSON.stringify([{ endpoint: 'search', metric: 'p95', max: 300 }]);
  for (const file of ['slo.json', 'stricter.json']) await writeFile(join(folder, file), objectives);
  await writeFile(join(folder, 'demand.csv'), demand());
  await writeFile(join(folder, 'access.log'), accessLog());
  await cp(CSV, join(folder, 'samples.csv.gz'));
});
afterAll(() => rm(template, { recursive: true, force: true }));

function demand(): string {
  const days = Array.from({ length: 60 }, (_, i) => {
    const date = new Date(NOW - (60 - i) * 86_400_000).toISOString().slice(0, 10);
    return `${date},${10 * 1.004 ** i * (i % 7 === 3 ? 1.1 : 1)}`;
  });
  return `date,rate\n${days.join('\n')}\n`;
}

function accessLog(): string {
  return Array.from({ length: 400 }, (_, i) => {
    const at = new Date(NOW + i * 2_000).toISOString();
    const [day, time] = [`05/Jan/2026`, at.slice(11, 19)];
    const path = i % 3 === 0 ? '/sitters' : `/sitters/${i % 50}`;
    return `10.0.0.${i % 40} - - [${day}:${time} +0000] "GET ${path} HTTP/1.1" 200 512 "-" "browser"`;
  }).join('\n');
}

/** Runs the commands that only read and write files one after the other, in a fresh copy of the folder. */
async function runAll(commands: readonly (readonly string[])[]): Promise<void> {
  const chosen = commands.filter(([first = '']) => RUN.includes(first));
  if (chosen.length === 0) return;
  const cwd = join(template, `copy-${copies++}`);
  await cp(join(template, 'template'), cwd, { recursive: true });
  for (const words of chosen) {
    const input = words[0] === 'replay' ? gunzipSync(await readFile(CSV)) : Buffer.from(accessLog());
    const io = silentIo({ cwd, now: () => NOW, stdin: Readable.from([input]) });
    const code = await run(words, io);
    // A verdict, whichever: nothing is wrong with the command.
    expect([words.join(' '), code, io.err()]).toEqual([words.join(' '), expect.toBeOneOf([0, 1, 3, 4]), io.err()]);
  }
}

describe.each(PAGES)('%s', (page) => {
  it('has only commands that the program takes, and that run where they only need files', async () => {
    const commands = shellLines(await textOf(page)).flatMap(commandsIn);
    for (const words of commands) expect([words.join(' '), await refusalOf(words)]).toEqual([words.join(' '), null]);
    await runAll(commands);
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
    expect(mentionsIn(page).map(unknownIn)).toEqual(['no command frob', 'gate has no flag --fast']);
  });

  it('run what docs/README.md says', async () => {
    const [, named = ''] = /usage error\]\([^)]*\): ([^.]*)\. All other/.exec(await textOf('docs/README.md')) ?? [];
    expect([...named.matchAll(/`([a-z]+)`/g)].map(([, name]) => name)).toEqual(RUN);
    const known = ['help', ...createProgram(silentIo(), () => {}).commands.map((each) => each.name())];
    expect(known).toEqual(expect.arrayContaining(RUN));
  });
});
