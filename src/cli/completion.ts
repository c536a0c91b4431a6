import { Argument, type Command } from 'commander';
import { bashCompletion, fishCompletion, type Outline, zshCompletion } from '../completion/index.ts';
import { EXIT } from '../errors.ts';
import type { AddCommand } from './main.ts';
import { outlineOf } from './outline.ts';

const SHELLS: Record<string, (program: Outline) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export const completionCommand: AddCommand = (program, io, done) => {
  program
    .command('completion')
    .description('Print a script that completes commands, flags, choices, scenarios and runs in your shell.')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      '\nExamples:\n  headroom completion bash > ~/.local/share/bash-completion/completions/headroom\n  headroom completion zsh > ~/.zfunc/_headroom\n  headroom completion fish > ~/.config/fish/completions/headroom.fish',
    )
    .action((shell: string) => {
      io.stdout.write(SHELLS[shell]?.(withHelp(program)) ?? '');
      done(EXIT.pass);
    });
};

/** The commands together with `help`, which commander adds by itself. */
function withHelp(program: Command): Outline {
  const outline = outlineOf(program);
  const topics = [...outline.commands.map(({ path }) => path.join(' ')), 'exit-codes'];
  const topic = {
    name: 'topic',
    description: '',
    variadic: false,
    value: { kind: 'choice' as const, choices: topics },
  };
  const help = {
    ...{ path: ['help'], description: 'Show the help of a command.', usage: 'help [topic]' },
    ...{ parameters: [topic], flags: [], examples: [], commands: [] },
  };
  return { ...outline, commands: [...outline.commands, help] };
}
