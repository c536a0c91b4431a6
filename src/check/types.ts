import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Finding, sentence } from './finding.ts';

/** What scenarios and configurations import of Headroom, by their file in the source tree. */
const IMPORTED = {
  'headroom-k6/lib': 'lib/index.ts',
  'headroom-k6/replay': 'lib/workload/replay.ts',
  'headroom-k6/config': 'src/config/define.ts',
};
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A file or folder of that name in a folder, or in the nearest folder above it that has one. */
function nearest(name: string, from: string): string | null {
  const path = join(from, name);
  if (existsSync(path)) return path;
  return dirname(from) === from ? null : nearest(name, dirname(from));
}

/**
 * Checks the types of scenarios by the TypeScript compiler that is installed beside them, with the settings of the folder's
 * tsconfig.json where there is one.
 *
 * @param files scenarios, and the configuration
 * @returns null where no TypeScript is installed
 */
export async function checkTypes(files: readonly string[], cwd: string): Promise<Finding[] | null> {
  const compiler = nearest('node_modules/typescript/bin/tsc', cwd);
  if (compiler === null) return null;
  const folder = await mkdtemp(join(tmpdir(), 'headroom-types-'));
  try {
    const project = join(folder, 'tsconfig.json');
    await writeFile(project, JSON.stringify(projectFor(files, cwd)));
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
      cwd,
      maxBuffer: 1 << 24,
    }).catch((error: { stdout: string }) => error);
    const found: Finding[] = [...stdout.matchAll(/^(\S[^\n]*?)\((\d+),\d+\): error (?:TS\d+): ([^\n]*)/gm)].map(
      ([, file = '', line, message = '']) => ({
        file: resolve(cwd, file),
        line: Number(line),
        message: sentence(message),
        by: 'types',
      }),
    );
    // What is wrong with a library is none of the author's mistakes.
    return found.filter(({ file }) => !file.startsWith(join(ROOT, 'lib/')) && !file.includes('/node_modules/'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function projectFor(files: readonly string[], cwd: string): object {
  const own = join(cwd, 'tsconfig.json');
  const environment = join(cwd, 'headroom-env.d.ts');
  const extended = existsSync(own);
  const types = nearest('node_modules/@types', cwd);
  return {
    ...(extended ? { extends: own } : {}),
    compilerOptions: {
      ...(extended
        ? {}
        : {
            strict: true,
            target: 'ES2022',
            lib: ['ES2022'],
            module: 'ESNext',
            moduleResolution: 'Bundler',
            types: [],
          }),
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      noEmit: true,
      composite: false,
      incremental: false,
      ...(types === null ? {} : { typeRoots: [types] }),
      // Where Headroom runs without being installed, as by npx.
      ...(nearest('node_modules/headroom-k6/package.json', cwd) === null ? { paths: ownPaths() } : {}),
    },
    files: [...files, ...(existsSync(environment) ? [environment] : [])],
    include: [],
  };
}

/** Declarations in the package; in the source tree the source itself. */
function ownPaths(): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(IMPORTED).map(([name, file]) => {
      const declared = join(ROOT, 'dist/types', file.replace(/\.ts$/, '.d.ts'));
      return [name, [import.meta.url.endsWith('.js') && existsSync(declared) ? declared : join(ROOT, file)]];
    }),
  );
}
