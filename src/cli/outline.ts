import type { Argument, Command, Option } from 'commander';
import type { Outline, Parameter, Value } from '../completion/index.ts';
import { listScenarios } from '../k6/bundle.ts';

/** The commands as data: what completion and the man page are made of, so that neither can drift from the program. */
export function outlineOf(program: Command): Outline {
  return describe(program, []);
}

function describe(command: Command, path: readonly string[]): Outline {
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    usage: help.commandUsage(command).replace(/^headroom ?/, ''),
    parameters: command.registeredArguments.map(parameterOf),
    flags: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined),
      text: option.flags,
      description: help.optionDescription(option),
      value: takesValue(option)
        ? valueFrom(placeholderOf(option), option.description, option.argChoices, option.long)
        : null,
    })),
    examples: path.length === 0 ? [] : examplesOf(command),
    commands: command.commands.map((each) => describe(each, [...path, each.name()])),
  };
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const placeholderOf = ({ flags }: Option): string => /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';

function parameterOf(argument: Argument): Parameter {
  return {
    name: argument.name(),
    description: argument.description,
    variadic: argument.variadic,
    value: valueFrom(argument.name(), argument.description, argument.argChoices),
  };
}

/** What a value is, by its choices, and otherwise by the word that stands for it in the help. */
function valueFrom(placeholder: string, description: string, choices: readonly string[] = [], flag = ''): Value {
  if (choices.length > 0) return { kind: 'choice', choices };
  if (flag === '--scenario' || placeholder === 'scenario') return { kind: 'scenario', choices: listScenarios() };
  if (/^run(?:[A-Z]|\b)/.test(placeholder)) return { kind: /\bids?\b/.test(description) ? 'id' : 'run', choices };
  if (/folder|^search$/.test(placeholder)) return { kind: 'folder', choices };
  return { kind: /file|log|csv/i.test(placeholder) ? 'file' : 'other', choices };
}

/** The help of a command, with all that was added to it. */
function helpOf(command: Command): string {
  const parts: string[] = [];
  const output = command.configureOutput();
  command.configureOutput({ ...output, writeOut: (text) => parts.push(text) });
  command.outputHelp();
  command.configureOutput(output);
  return parts.join('');
}

/** The command lines that the help of a command shows at its end. */
export function examplesOf(command: Command): string[] {
  const [, text = ''] = helpOf(command).split(/^Examples?:\n/m);
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
