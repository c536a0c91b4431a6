import { type Outline, type Parameter, placeOf, quoted, type Value, walk, wordOf } from './outline.ts';

/** A script for zsh, to be sourced after `compinit`, or to lie as `_headroom` in a folder of `$fpath`. */
export function zshCompletion(program: Outline): string {
  const commands = [...walk(program)];
  const patterns = (each: readonly string[]): string => each.map(quoted).join('|');
  return `#compdef headroom
# Completion of headroom for zsh, made by: headroom completion zsh
_headroom_runs() {
  local -a found
  found=("$runs"/*/run.json(N:h))
  if [[ $1 == id ]]; then found=("\${found[@]:t}"); fi
  if (( \${#found} )); then compadd -a found; elif [[ $1 == run ]]; then _files -/; fi
}
# Those that are built in, and those of the folder that the configuration names.
_headroom_scenarios() {
  local file line folder='' named="(^|[{,[:space:]])[\\"']?scenarios[\\"']?[[:space:]]*:[[:space:]]*[\\"']([^\\"']+)"
  local -a match mbegin mend found
  for file in headroom.config.{ts,js,mjs,json}; do if [[ -e $file ]]; then break; fi; done
  if [[ -e $file ]]; then
    while read -r line || [[ -n $line ]]; do
      if [[ $line != //* && $line =~ $named ]]; then folder=\${match[2]}; break; fi
    done < "$file"
  fi
  if [[ -n $folder ]]; then found=("$folder"/*.{ts,js,mjs}(N:t:r)); fi
  found=("$@" "\${(@)found:#*.*}")
  found=("\${(@u)found}")
  compadd -a found
}
_headroom() {
  local at='' runs=runs place=0 i word
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case "$at $word" in
      (${patterns(commands.slice(1).map(placeOf))}) at="$at $word" place=0 ;;
      (${patterns(commands.flatMap(valueFlags))}) i=$((i + 1)); if [[ $word == --runs ]]; then runs=\${words[i]}; fi ;;
      (*' -'*) ;;
      (*) place=$((place + 1)) ;;
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${commands.flatMap(flagValues).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case "$at" in
${commands.map((each) => `      (${quoted(placeOf(each))}) found=(${each.flags.flatMap(({ names, description }) => names.map((name) => entry(name, description))).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o flag found
    return
  fi
  if ((place == 0)); then
    case "$at" in
${commands
  .filter((each) => each.commands.length > 0)
  .map(
    (each) =>
      `      (${quoted(placeOf(each))}) found=(${each.commands.map((below) => entry(wordOf(below), below.description)).join(' ')}); _describe command found ;;`,
  )
  .join('\n')}
    esac
  fi
  case "$at $place" in
${commands.flatMap((each) => each.parameters.flatMap((parameter, i) => positional(each, parameter, i))).join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _headroom "$@"; else compdef _headroom headroom; fi
`;
}

/** A name with its description, as `_describe` takes it. */
const entry = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', '\\:')}:${description.replaceAll('\n', ' ')}`);

const valueFlags = (command: Outline): string[] =>
  command.flags.flatMap(({ names, value }) =>
    value === null ? [] : names.map((name) => `${placeOf(command)} ${name}`),
  );

function flagValues(command: Outline): string[] {
  return command.flags.flatMap(({ names, value }) =>
    value === null
      ? []
      : [`    (${names.map((name) => quoted(`${placeOf(command)} ${name}`)).join('|')}) ${offer(value)}return ;;`],
  );
}

function positional(command: Outline, { value, variadic }: Parameter, i: number): string[] {
  const body = offer(value);
  return body === '' ? [] : [`    (${quoted(`${placeOf(command)} `)}${variadic ? '*' : i}) ${body}return ;;`];
}

function offer({ kind, choices }: Value): string {
  const words = choices.map(quoted).join(' ');
  switch (kind) {
    case 'choice':
      return `compadd -- ${words}; `;
    case 'scenario':
      return `_headroom_scenarios ${words}; _files; `;
    case 'run':
    case 'id':
      return `_headroom_runs ${kind}; `;
    case 'folder':
      return '_files -/; ';
    case 'file':
      return '_files; ';
    case 'other':
      return '';
  }
}
