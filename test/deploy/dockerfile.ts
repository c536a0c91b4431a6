/** Dockerfiles, as far as ours go. */
import { textOf } from './stack.ts';

/** One instruction, its lines joined. */
export interface Instruction {
  name: string;
  text: string;
}

/** What is built on one base. */
export interface Stage {
  name: string;
  /** Reference of the image, or the name of an earlier stage; arguments are put in. */
  base: string;
  instructions: Instruction[];
}

export interface Copy {
  /** Stage that it copies from; null for the repository. */
  from: string | null;
  sources: string[];
}

export function stagesOf(path: string): Stage[] {
  const lines = textOf(path)
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const defaults: Record<string, string> = {};
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`${path} has a line that is no instruction: ${line}`);
    if (name === 'FROM') {
      const [, base = '', as = ''] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
      stages.push({
        name: as,
        base: base.replaceAll(/\$\{(\w+)\}/g, (_, known: string) => defaults[known] ?? ''),
        instructions: [],
      });
    } else if (stages.length === 0) {
      const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(text) ?? [];
      defaults[key] = value;
    } else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

export const textsOf = ({ instructions }: Stage, name: string): string[] =>
  instructions.filter((each) => each.name === name).map(({ text }) => text);

export function copiesOf(stage: Stage): Copy[] {
  return textsOf(stage, 'COPY').map((text) => {
    const [, from = null, rest = ''] = /^(?:--from=(\S+) )?(.+)$/.exec(text) ?? [];
    return { from, sources: rest.split(' ').slice(0, -1) };
  });
}
