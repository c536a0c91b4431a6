/** What may be typed for a value: one of some words, a path of some kind, the id of a run, or anything else. */
export interface Value {
  kind: 'choice' | 'scenario' | 'run' | 'id' | 'folder' | 'file' | 'other';
  /** Words that are known: the choices, or the built-in scenarios; the shell adds those of the configuration. */
  choices: readonly string[];
}

export interface Parameter {
  name: string;
  description: string;
  variadic: boolean;
  value: Value;
}

export interface Flag {
  /** `-V`, `--version`. */
  names: readonly string[];
  /** As the help shows it: `--rate <n>`. */
  text: string;
  description: string;
  /** Null for a flag that takes none. */
  value: Value | null;
}

/** A command and those below it. */
export interface Outline {
  /** Words after `headroom`: `['baseline', 'save']`; none for the program itself. */
  path: readonly string[];
  description: string;
  /** What follows `headroom` in its usage. */
  usage: string;
  parameters: readonly Parameter[];
  flags: readonly Flag[];
  /** Command lines that its help shows. */
  examples: readonly string[];
  commands: readonly Outline[];
}

/** A command and all below it, in the order of the help. */
export function* walk(outline: Outline): Generator<Outline> {
  yield outline;
  for (const each of outline.commands) yield* walk(each);
}

/** How a command is named in the scripts: a space before each word, nothing for the program itself. */
export const placeOf = ({ path }: Outline): string => path.map((word) => ` ${word}`).join('');

/** Last word of a command's name. */
export const wordOf = ({ path }: Outline): string => path.at(-1) ?? '';

/** A text between single quotes, for a POSIX-like shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
