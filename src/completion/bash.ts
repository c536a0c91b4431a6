import { type Outline, type Parameter, placeOf, quoted, type Value, walk, wordOf } from './outline.ts';

/** A script for bash 3.2 and later, to be sourced: it needs no other package. */
export function bashCompletion(program: Outline): string {
  const commands = [...walk(program)];
  return `# Completion of headroom for bash, made by: headroom completion bash
${HELPERS}
_headroom() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local at='' runs=runs place=0 i word
  COMPREPLY=()
  # Bash cuts words at = and at the colons of a URL.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == [=:] || \${COMP_WORDS[i - 1]} == [=:] ]]; then continue; fi
    case "$at $word" in
${arm(
  4,
  commands.slice(1).map((each) => quoted(placeOf(each))),
  'at="$at $word" place=0',
)}
${arm(4, valueFlags(commands), `i=$((i + 1)); if [[ $word == --runs ]]; then runs=\${COMP_WORDS[i]}; fi`)}
      *' -'*) ;;
      *) place=$((place + 1)) ;;
    esac
  done
  case "$at $prev" in
${lines(
  4,
  commands.flatMap((each) => flagValues(each)),
)}
  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${lines(
  4,
  commands.map(
    (each) => `${quoted(placeOf(each))}) _headroom_words ${words(each.flags.flatMap(({ names }) => names))} ;;`,
  ),
)}
    esac
    return
  fi
  case "$at" in
${lines(
  4,
  commands
    .filter(({ commands }) => commands.length > 0)
    .map(
      (each) =>
        `${quoted(placeOf(each))}) if ((place == 0)); then _headroom_words ${words(each.commands.map(wordOf))}; fi ;;`,
    ),
)}
  esac
  case "$at $place" in
${lines(
  4,
  commands.flatMap((each) => each.parameters.flatMap((parameter, i) => positional(each, parameter, i))),
)}
  esac
}
complete -F _headroom headroom
`;
}

const HELPERS = `_headroom_words() {
  local word
  for word in "$@"; do if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi; done
}
_headroom_paths() {
  local path
  compopt -o filenames 2>/dev/null
  while read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}
_headroom_runs() {
  local file
  for file in "$runs"/*/run.json; do
    if [[ -e $file ]]; then
      file=\${file%/run.json}
      if [[ $1 == id ]]; then _headroom_words "\${file##*/}"; else _headroom_words "$file"; fi
    fi
  done
  if [[ $1 == run && \${#COMPREPLY[@]} == 0 ]]; then _headroom_paths -d; fi
}
# Those that are built in, and those of the folder that the configuration names.
_headroom_scenarios() {
  local IFS=' ' file line name folder=''
  local named="(^|[{,[:space:]])[\\"']?scenarios[\\"']?[[:space:]]*:[[:space:]]*[\\"']([^\\"']+)"
  _headroom_words "$@"
  for file in headroom.config.{ts,js,mjs,json}; do if [[ -e $file ]]; then break; fi; done
  if [[ ! -e $file ]]; then return; fi
  while read -r line || [[ -n $line ]]; do
    if [[ $line != //* && $line =~ $named ]]; then folder=\${BASH_REMATCH[2]}; break; fi
  done < "$file"
  for file in "$folder"/*.{ts,js,mjs}; do
    name=\${file##*/}
    name=\${name%.*}
    if [[ -n $folder && -e $file && " $* " != *" $name "* && $name != *.* ]]; then _headroom_words "$name"; fi
  done
}`;

const words = (each: readonly string[]): string => each.map(quoted).join(' ');

const lines = (indent: number, each: readonly string[]): string =>
  each.map((line) => `${' '.repeat(indent)}${line}`).join('\n');

/** One arm of a \`case\`; nothing where no pattern would lead to it. */
function arm(indent: number, patterns: readonly string[], body: string): string {
  return patterns.length === 0 ? '' : `${' '.repeat(indent + 2)}${patterns.join(' | ')}) ${body} ;;`;
}

function valueFlags(commands: readonly Outline[]): string[] {
  return commands.flatMap((each) =>
    each.flags.flatMap(({ names, value }) =>
      value === null ? [] : names.map((name) => quoted(`${placeOf(each)} ${name}`)),
    ),
  );
}

function flagValues(command: Outline): string[] {
  return command.flags.flatMap(({ names, value }) =>
    value === null
      ? []
      : [`${names.map((name) => quoted(`${placeOf(command)} ${name}`)).join(' | ')}) ${offer(value)}return ;;`],
  );
}

function positional(command: Outline, { value, variadic }: Parameter, i: number): string[] {
  const body = offer(value);
  if (body === '') return [];
  const place = variadic ? `${quoted(`${placeOf(command)} `)}*` : quoted(`${placeOf(command)} ${i}`);
  return [`${place}) ${body.slice(0, -2)} ;;`];
}

function offer({ kind, choices }: Value): string {
  switch (kind) {
    case 'choice':
      return `_headroom_words ${words(choices)}; `;
    case 'scenario':
      return `_headroom_scenarios ${words(choices)}; _headroom_paths -f; `;
    case 'run':
    case 'id':
      return `_headroom_runs ${kind}; `;
    case 'folder':
      return '_headroom_paths -d; ';
    case 'file':
      return '_headroom_paths -f; ';
    case 'other':
      return '';
  }
}
