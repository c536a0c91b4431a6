/** The man page headroom(1), from the commands as the program itself knows them: `npm run build` writes man/headroom.1. */
import { MEANINGS } from '../src/cli/exit-codes.ts';
import { createProgram } from '../src/cli/main.ts';
import { outlineOf } from '../src/cli/outline.ts';
import { type Outline, walk } from '../src/completion/index.ts';
import { EXIT } from '../src/errors.ts';
import { headroomVersion } from '../src/run/environment.ts';

/** An `Io` of a program that only shows itself. */
const SILENT = {
  stdin: { async *[Symbol.asyncIterator]() {} },
  stdout: { write: () => true },
  stderr: { write: () => true },
  env: {},
  cwd: '.',
  now: Date.now,
  signal: new AbortController().signal,
};

/** Text of the page, in the man macros of groff(7) and mandoc(1). */
export function manPage(): string {
  const program = outlineOf(createProgram(SILENT, () => {}));
  const commands = [...walk(program)].filter(({ path, parameters, flags }) => {
    const [first] = path;
    return first !== undefined && (parameters.length > 0 || flags.some(({ names }) => !names.includes('--help')));
  });
  return [
    `.TH HEADROOM 1 "" ${quote(`headroom ${headroomVersion()}`)} "User Commands"`,
    '.SH NAME',
    `headroom \\- ${roff('load testing and capacity planning on k6, with verdicts you can trust')}`,
    '.SH SYNOPSIS',
    '.B headroom',
    '.I command',
    roff('[options]'),
    '.SH DESCRIPTION',
    roff(
      'Human text goes to standard error, data to standard output; --json prints exactly one JSON document there. Every command has --help.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(section),
    '.SH EXIT STATUS',
    ...(Object.keys(EXIT) as (keyof typeof EXIT)[]).flatMap((name) => item(String(EXIT[name]), MEANINGS[name])),
    '.SH FILES',
    ...[
      ['headroom.config.ts', 'settings of the folder: targets that may be loaded, how soaks are judged'],
      ['runs/<id>/', 'the archive of a run: run.json, windows, log of k6 and report'],
      ['baselines/<name>/', 'runs of a good build'],
    ].flatMap(([file = '', meaning = '']) => ['.TP', `.I ${roff(file)}`, roff(meaning)]),
    '.SH SEE ALSO',
    roff('k6(1). Guides and reference are in docs/ of the package.'),
    '',
  ].join('\n');
}

function section({ path, usage, description, parameters, flags, examples }: Outline): string[] {
  return [
    `.SS ${quote(`headroom ${path.join(' ')}`)}`,
    roff(`headroom ${usage}`),
    '.PP',
    roff(description),
    ...parameters.flatMap(({ name, description: meaning }) => item(`<${name}>`, meaning)),
    ...flags
      .filter(({ names }) => !names.includes('--help'))
      .flatMap(({ text, description: meaning }) => item(text, meaning)),
    ...(examples.length === 0 ? [] : ['.PP', '.RS', '.nf', ...examples.map(roff), '.fi', '.RE']),
  ];
}

const item = (term: string, meaning: string): string[] => ['.TP', `.B ${roff(term)}`, roff(meaning)];

const quote = (text: string): string => `"${roff(text).replaceAll('"', '\\(dq')}"`;

/** Text as roff takes it: backslashes, hyphens that are no dashes, what would begin a request, and all beyond ASCII. */
function roff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replace(/[^ -~\n]/gu, (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
  return escaped.replace(/^[.']/, '\\&$&');
}
