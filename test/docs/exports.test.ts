/** What the package exports: each name has a comment where it is declared, and stands in an example. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Declaration {
  file: string;
  /** The doc comment before it; null without one. */
  comment: string | null;
}

/** Names that a module exports from others, each with its name there and the module. */
function passedOn(file: string): { name: string; there: string; from: string }[] {
  const text = textOf(file).replace(/\/\*.*?\*\//gs, '');
  return [...text.matchAll(/^export (?:type )?(\{[^}]*\}|\*) from '([^']+)'/gms)].flatMap(
    ([, names = '', target = '']) => {
      const from = relative(ROOT, resolve(ROOT, dirname(file), target));
      if (names === '*') return exportsOf(from).map(({ name }) => ({ name, there: name, from }));
      return names
        .slice(1, -1)
        .split(',')
        .map((name) => name.trim().replace(/^type /, ''))
        .filter((name) => name !== '')
        .map((name) => {
          const [there = '', as = there] = name.split(' as ');
          return { name: as, there, from };
        });
    },
  );
}

const DECLARED =
  /(\/\*\*(?:(?!\*\/).)*\*\/\n)?^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gms;

/** Everything that a module exports, with where it is declared. */
function exportsOf(file: string): { name: string; declaration: Declaration | null }[] {
  const own = [...textOf(file).matchAll(DECLARED)].map(([, comment, name = '']) => ({
    name,
    declaration: { file, comment: comment ?? null },
  }));
  const others = passedOn(file).map(({ name, there, from }) => ({
    name,
    declaration: exportsOf(from).find((each) => each.name === there)?.declaration ?? null,
  }));
  return [...own, ...others];
}

/** Source of each entry of the package that is code: `headroom-k6`, `headroom-k6/replay`. */
const ENTRIES = Object.entries(JSON.parse(textOf('package.json')).exports as Record<string, unknown>).flatMap(
  ([path, target]): [specifier: string, file: string][] => {
    const named = typeof target === 'string' ? target : Object.values(target as Record<string, string>).at(-1);
    const file = String(named)
      .replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')
      .replace(/^\.\//, '');
    return /\.ts$/.test(file) && existsSync(join(ROOT, file)) ? [[`headroom-k6${path.slice(1)}`, file]] : [];
  },
);

/** Code that shows how it is used: the examples, and code blocks of the pages. */
const EXAMPLES = [
  ...globSync('examples/**/*.ts', { cwd: ROOT }).map(textOf),
  ...globSync(['docs/**/*.md', 'README.md'], { cwd: ROOT }).flatMap((page) =>
    [...textOf(page).matchAll(/^```(?:ts|typescript|js)\b[^\n]*\n(.*?)^```$/gms)].map(([, code = '']) => code),
  ),
].join('\n');

/** Names that examples import from an entry. */
function importedFrom(specifier: string): Set<string> {
  const imports = EXAMPLES.matchAll(/^import (?:type )?\{([^}]*)\} from '([^']+)'/gms);
  return new Set(
    [...imports]
      .filter(([, , from]) => from === specifier)
      .flatMap(([, names = '']) => names.split(','))
      .map((name) =>
        name
          .trim()
          .replace(/^type /, '')
          .replace(/ as .*$/, ''),
      ),
  );
}

it('finds the entries and what they export', () => {
  expect(ENTRIES.map(([specifier]) => specifier)).toEqual(
    expect.arrayContaining(['headroom-k6', 'headroom-k6/replay']),
  );
  expect(exportsOf('src/index.ts').length).toBeGreaterThan(190);
  expect(exportsOf('src/index.ts').filter(({ declaration }) => declaration === null)).toEqual([]);
  expect(exportsOf('src/errors.ts').find(({ name }) => name === 'ERRORS')?.declaration?.comment).toContain(
    'stable code',
  );
});

describe.each(ENTRIES)('%s', (specifier, file) => {
  it('says of each of its exports what it is', () => {
    const mute = exportsOf(file).filter(({ declaration }) => (declaration?.comment ?? '').length < 15);
    expect(mute.map(({ name, declaration }) => `${name} in ${declaration?.file}`)).toEqual([]);
  });

  it('shows each of its exports in an example', () => {
    const shown = importedFrom(specifier);
    const unseen = exportsOf(file).filter(
      ({ name, declaration }) => !shown.has(name) && !(declaration?.comment ?? '').includes('@example'),
    );
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });
});
