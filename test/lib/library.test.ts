/** The library's exports against their doc comments, their examples, and docs/reference/lib.md. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkTypes } from '../../src/check/types.ts';
import { bundleScenario } from '../../src/k6/bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INDEX = join(ROOT, 'lib/index.ts');

interface Exported {
  name: string;
  isType: boolean;
  /** Its doc comment. */
  comment: string;
}

/** Every export of lib/index.ts, with the doc comment of its declaration. */
async function exportsOfLibrary(): Promise<Exported[]> {
  const index = await readFile(INDEX, 'utf8');
  const found: Exported[] = [];
  for (const [, typeOnly, names = '', from = ''] of index.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)';/gm)) {
    const source = await readFile(join(dirname(INDEX), from), 'utf8');
    for (const entry of names
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')) {
      const name = entry.replace(/^type /, '');
      const declaration = new RegExp(
        `(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\nexport (?:const|function|class|interface|type) ${name}\\b`,
      );
      found.push({
        name,
        isType: typeOnly !== undefined || entry.startsWith('type '),
        comment: declaration.exec(source)?.[1] ?? '',
      });
    }
  }
  return found;
}

/** The code of a doc comment's example; null where it has none. */
function exampleIn(comment: string): string | null {
  const text = /@example\n((?:(?! \* @| \*\/)[\s\S])*)/.exec(comment)?.[1];
  return text?.replaceAll(/^ \* ?/gm, '').trim() ?? null;
}

let exported: Exported[];
beforeAll(async () => {
  exported = await exportsOfLibrary();
});

describe('headroom-k6/lib', () => {
  it('has a doc comment for every export, and an example for every function', () => {
    expect(exported.length).toBeGreaterThan(40);
    expect(exported.filter(({ comment }) => comment === '').map(({ name }) => name)).toEqual([]);
    const functions = exported.filter(({ isType }) => !isType);
    expect(functions.length).toBeGreaterThan(20);
    expect(functions.filter(({ comment }) => exampleIn(comment) === null).map(({ name }) => name)).toEqual([]);
  });

  it('is documented as a whole in docs/reference/lib.md, which names nothing else', async () => {
    const text = await readFile(join(ROOT, 'docs/reference/lib.md'), 'utf8');
    for (const { name } of exported) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    const listed = text.slice(text.indexOf('## Types')).matchAll(/`([A-Z]\w+)`/g);
    const types = exported.filter(({ isType }) => isType).map(({ name }) => name);
    expect([...listed].map(([, name]) => name).sort()).toEqual(types.sort());
  });

  it('has examples that are strict TypeScript and bundle, in its comments as in the docs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headroom-examples-'));
    try {
      const names = exported.map(({ name, isType }) => (isType ? `type ${name}` : name)).join(', ');
      const examples = exported.flatMap(({ name, comment }) => {
        const code = exampleIn(comment);
        return code === null || name === 'defineScenario' ? [] : [{ name, code }];
      });
      const api = examples.find(({ name }) => name === 'defineEndpoints')?.code ?? '';
      const browse = examples.find(({ name }) => name === 'defineJourney')?.code ?? '';
      const scenario = exampleIn(exported.find(({ name }) => name === 'defineScenario')?.comment ?? '') ?? '';
      // Each in a function of its own, beside what they speak of.
      const within = examples
        .filter(({ name }) => name !== 'defineEndpoints' && name !== 'defineJourney')
        .map(({ name, code }) => `export function ${name}Example() {\n${code}\n}`)
        .join('\n');
      await writeFile(
        join(folder, 'examples.ts'),
        `import { ${names} } from 'headroom-k6/lib';\n${api}\n${browse}\n${within}\n${scenario}\n`,
      );
      const docs = [
        ...(await readFile(join(ROOT, 'docs/reference/lib.md'), 'utf8')).matchAll(/```ts\n([\s\S]*?)```/g),
      ].map(([, code]) => code ?? '');
      await writeFile(join(folder, 'docs.ts'), docs[0] ?? '');
      await writeFile(join(folder, 'users.csv'), 'name,plan\nalex,free\n');
      await writeFile(join(folder, 'headroom-env.d.ts'), docs.find((code) => code.startsWith('declare module')) ?? '');
      const files = ['examples.ts', 'docs.ts'].map((name) => join(folder, name));
      const compiler = join(ROOT, 'node_modules');
      await promisify(execFile)('ln', ['-s', compiler, join(folder, 'node_modules')]);
      expect(await checkTypes(files, folder)).toEqual([]);
      for (const entry of files) {
        const { bundlePath } = await bundleScenario({ entry, outDir: join(folder, 'out') });
        const imports = [...(await readFile(bundlePath, 'utf8')).matchAll(/\bimport[\w{},$* ]*from"([^"]+)"/g)].map(
          ([, module]) => module,
        );
        expect(imports.every((module) => module === 'k6' || module?.startsWith('k6/'))).toBe(true);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
