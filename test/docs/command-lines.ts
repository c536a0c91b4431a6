/** Command lines in texts, and whether the program takes them. */
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/main.ts';
import { silentIo } from '../cli/io.ts';

/** Words of a shell's line: quotes and backslashes are taken off, as far as examples need it. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [text] of line.matchAll(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])+/g)) {
    words.push(text.replace(/"([^"]*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) => double ?? single ?? escaped));
  }
  return words;
}

/** What begins a command of ours, in its forms: installed, by npx, in a clone. */
const OURS = /^(?:npx headroom(?:-k6)?|npm run headroom --|headroom)(?= [a-z-]|$)/;

/**
 * The commands of ours in a line of shell, as the words behind `headroom`: between pipes and `&&`, in `$(…)`, behind variables
 * that are set for them, without where their output goes.
 */
export function commandsIn(line: string): string[][] {
  const inner = [...line.matchAll(/\$\(([^)]*)\)/g)].flatMap(([, text = '']) => commandsIn(text));
  const parts = line.replace(/\$\([^)]*\)/g, '').split(/\s(?:\||&&|;|&)(?:\s|$)/);
  const own = parts.flatMap((part) => {
    const command = part.trim().replace(/^(?:[A-Z_]+=\S+ )+/, '');
    const match = OURS.exec(command);
    if (match === null) return [];
    return [wordsOf(command.slice(match[0].length).replace(/\s(?:#\s.*|2?>.*)$/, ''))];
  });
  return [...own, ...inner];
}

/** What the program says against a command line; null when it takes it. Nothing is run. */
export async function refusalOf(words: readonly string[]): Promise<string | null> {
  const io = silentIo();
  const program = createProgram(io, () => {});
  disarm(program);
  if (words.join(' ') === 'help exit-codes') return null;
  try {
    await program.parseAsync([...words], { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof Error && 'exitCode' in error && error.exitCode === 0) return null;
    return io.err().split('\n')[0] ?? String(error);
  }
}

function disarm(command: Command): void {
  for (const each of command.commands) {
    // Groups have no action of their own, and show their help.
    if (each.commands.length === 0 || each.registeredArguments.length > 0) each.action(() => {});
    disarm(each);
  }
}

/** Lines of the code blocks of a page that may hold commands: those without a language, or in a shell's; within lists too. */
export function shellLines(markdown: string): string[] {
  const blocks: string[] = [];
  const rest = markdown.replace(
    /^( *)```([a-z]*)[^\n]*\n(.*?)^\1```$/gms,
    (_, _indent, language: string, text: string) => {
      if (['', 'sh', 'bash', 'console'].includes(language)) blocks.push(text);
      return '';
    },
  );
  for (const [block] of rest.matchAll(/(?<=\n\n)(?: {4}[^\n]*\n)+/g)) blocks.push(block.replace(/^ {4}/gm, ''));
  return blocks.flatMap((text) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim().replace(/^\$ /, '')),
  );
}

/** Commands of ours that a page names between the lines: the words behind `headroom`. */
export function mentionsIn(markdown: string): string[][] {
  const text = markdown.replace(/^( *)```.*?^\1```$/gms, '');
  return [...text.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => commandsIn(code.replace(/\s+/g, ' ')));
}

/** What is wrong with a command that is named and not written out: it must exist, and so must its flags. Null when nothing is. */
export function unknownIn(words: readonly string[]): string | null {
  let command = createProgram(silentIo(), () => {});
  if (words[0] === 'help') return null;
  for (const word of words) {
    const below = command.commands.find((each) => each.name() === word);
    if (below === undefined) break;
    command = below;
  }
  if (words[0] !== undefined && !words[0].startsWith('-') && command.parent === null) return `no command ${words[0]}`;
  // The app takes switches that are its own.
  if (command.name() === 'app') return null;
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const flags = own.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
  const known = ['--help', '--version', ...command.options.map(({ long }) => long ?? '')];
  const unknown = flags.find((flag) => !known.includes(flag));
  return unknown === undefined ? null : `${command.name()} has no flag ${unknown}`;
}
