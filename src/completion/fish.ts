import { type Flag, type Outline, placeOf, type Value, walk, wordOf } from './outline.ts';

/** A script for fish, to lie as `headroom.fish` in `~/.config/fish/completions`, or to be sourced. */
export function fishCompletion(program: Outline): string {
  const commands = [...walk(program)];
  const parts = commands.flatMap((each) => {
    const at = `complete -c headroom -n ${quoted(`__headroom_at ${quoted(placeOf(each))}`)}`;
    return [
      ...each.commands.map((below) => `${at} -a ${quoted(wordOf(below))} -d ${quoted(oneLine(below.description))}`),
      ...each.flags.map((flag) => `${at} ${flagOf(flag)}`),
      ...each.parameters.flatMap(({ value }) => offered(value).map((offer) => `${at} ${offer}`)),
    ];
  });
  return `# Completion of headroom for fish, made by: headroom completion fish
set -g __headroom_commands ${commands.slice(1).map(placeOf).map(quoted).join(' ')}
function __headroom_at -d 'Whether the command so far is this one'
    set -l at ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" $__headroom_commands
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
function __headroom_runs -d 'Folders of runs, or their ids'
    for file in runs/*/run.json
        set -l folder (string replace -r '/run.json$' '' $file)
        if test "$argv[1]" = id
            string replace -r '.*/' '' $folder
        else
            echo $folder
        end
    end
end
function __headroom_scenarios -d 'Scenarios of the folder that the configuration names'
    for file in headroom.config.{ts,js,mjs,json}
        if test -e $file
            set -l folder (string match -rv '^\\s*//' <$file | string replace -rf '^(?:.*[{,\\s])?["\\']?scenarios["\\']?\\s*:\\s*["\\']([^"\\']+).*' '$1')
            if test -n "$folder[1]"
                for path in $folder[1]/*.ts $folder[1]/*.js $folder[1]/*.mjs
                    string replace -rf '^.*/([^/.]+)\\.\\w+$' '$1' $path
                end
            end
            return
        end
    end
end
complete -c headroom -f
${parts.join('\n')}
`;
}

/** A text between single quotes, in which fish knows a backslash before another and before a quote. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

const oneLine = (text: string): string => text.replaceAll('\n', ' ');

function flagOf({ names, description, value }: Flag): string {
  const named = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const offers = value === null ? [] : offered(value);
  const takes = value === null ? [] : [offers.includes(FILES) ? '-r' : '-x'];
  return [...named, ...takes, ...offers, '-d', quoted(oneLine(description))].join(' ');
}

const FILES = '-F';

/** What is offered for a value; nothing where there is nothing to choose from. */
function offered({ kind, choices }: Value): string[] {
  switch (kind) {
    case 'choice':
      return [`-a ${quoted(choices.join(' '))}`];
    case 'scenario':
      return [`-a ${quoted(`${choices.join(' ')} (__headroom_scenarios)`)}`, FILES];
    case 'run':
    case 'id':
      return [`-a '(__headroom_runs ${kind})'`];
    case 'folder':
      return ["-a '(__fish_complete_directories)'"];
    case 'file':
      return [FILES];
    case 'other':
      return [];
  }
}
