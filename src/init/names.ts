/** Words that no variable may be called by in a module (ECMAScript 2025, section 12.7.2), and names that objects have by themselves. */
const TAKEN = new Set(
  (
    'arguments await break case catch class const constructor continue debugger default delete do else enum eval export extends false ' +
    'finally for function hasOwnProperty if implements import in instanceof interface isPrototypeOf let new null package private ' +
    'propertyIsEnumerable protected prototype proto public return static super switch this throw toLocaleString toString true try ' +
    'typeof undefined valueOf var void while with yield api visit'
  ).split(' '),
);
const LONGEST = 50;

/**
 * An identifier in camel case that is safe as a variable and as a key, whatever the text holds.
 *
 * @param otherwise where the text has no letter or digit of ASCII
 */
export function identifier(text: string, otherwise: string): string {
  // Letters lose their accents: Unicode's compatibility decomposition, less the combining marks.
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const camel = plain
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => (/[a-z]/.test(word) ? word : word.toLowerCase()))
    .map((word, i) => (i === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('')
    .slice(0, LONGEST);
  if (camel === '') return otherwise;
  const begun = /^[0-9]/.test(camel) ? `n${camel}` : camel;
  return TAKEN.has(begun) ? `${begun}_` : begun;
}

/** Gives each name once: what was given before gets a number. */
export class Names {
  readonly #given = new Set<string>();

  unique(name: string): string {
    let free = name;
    for (let n = 2; this.#given.has(free); n++) free = `${name}${n}`;
    this.#given.add(free);
    return free;
  }
}

/** Whether a text is a path from the root: what begins with two slashes is another host. */
export const isPath = (text: string): boolean => /^\/(?!\/)/.test(text);

/** A path whose parameters are identifiers, each once. */
export function safePath(path: string): { path: string; parameters: { name: string; original: string }[] } {
  const names = new Names();
  const parameters: { name: string; original: string }[] = [];
  const safe = path.replaceAll(/\{([^{}]*)\}/g, (_, original: string) => {
    const name = names.unique(identifier(original, 'value'));
    parameters.push({ name, original });
    return `{${name}}`;
  });
  return { path: encodeURI(safe).replaceAll('%7B', '{').replaceAll('%7D', '}').replaceAll('%25', '%'), parameters };
}

/** A name for an endpoint from its method and path: `GET /pets/{petId}` → getPetsByPetId. */
export function endpointName(method: string, path: string): string {
  const words = path.split('/').map((part) => part.replace(/^\{(.*)\}$/, 'by-$1'));
  return identifier(`${method.toLowerCase()}-${path === '/' ? 'root' : words.join('-')}`, method.toLowerCase());
}

/** A text as a TypeScript string. JSON is JavaScript as it stands since ECMAScript 2019. */
export function literal(text: string): string {
  return /^[^'"\\\n\r\u2028\u2029]*$/.test(text) ? `'${text}'` : JSON.stringify(text);
}

/** A text for one line of a comment. */
export function comment(text: string, longest = 100): string {
  const line = text
    .replaceAll('*/', '* /')
    .replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** A value as TypeScript, keys quoted where they must be; `__proto__` as a key of its own. */
export function value(of: unknown, indent: string): string {
  if (typeof of === 'string') return literal(of);
  if (Array.isArray(of)) {
    if (of.length === 0) return '[]';
    const inside = of.map((each) => `${indent}  ${value(each, `${indent}  `)},\n`).join('');
    return of.every((each) => typeof each !== 'object') && inside.length < 80
      ? `[${of.map((each) => value(each, '')).join(', ')}]`
      : `[\n${inside}${indent}]`;
  }
  if (typeof of === 'object' && of !== null) {
    const entries = Object.entries(of);
    if (entries.length === 0) return '{}';
    return `{\n${entries.map(([key, each]) => `${indent}  ${keyText(key)}: ${value(each, `${indent}  `)},\n`).join('')}${indent}}`;
  }
  return JSON.stringify(of) ?? 'undefined';
}

function keyText(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : literal(key);
}
