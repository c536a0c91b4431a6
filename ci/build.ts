/**
 * Builds dist/, what the package runs from: every source file translated on its own, so that the tree, and with it
 * every path relative to a file, stays as it is.
 *
 *     src/…           → dist/…
 *     lib/…           → dist/lib/…
 *     reference-app/… → dist/reference-app/…
 *
 * And man/headroom.1, from the commands.
 *
 * The scenarios, lib/ and thresholds/ are shipped as they stand as well: they are bundled on the user's machine.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { manPage } from './man-page.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** What stands beside the code and is read at run time. */
const ASSETS = ['src/k6/go/**/*', 'reference-app/**/*.sql'];

/** Where a source file's translation goes. */
function outputOf(source: string): string {
  const path = relative(ROOT, source).replace(/\.ts$/, '.js');
  return join(DIST, path.startsWith('src/') ? path.slice('src/'.length) : path);
}

/** Leaves every import as an import, pointed at the translation of what it names. */
const keepTree: Plugin = {
  name: 'keep-tree',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ path, importer, kind }) => {
      if (kind === 'entry-point') return null;
      const target = relative(dirname(outputOf(importer)), outputOf(resolve(dirname(importer), path)));
      return { path: target.startsWith('.') ? target : `./${target}`, external: true };
    });
  },
};

const sources = globSync(['src/**/*.ts', 'lib/**/*.ts', 'thresholds/**/*.ts', 'reference-app/**/*.ts'], {
  cwd: ROOT,
  exclude: (path) => path.includes('node_modules') || path.includes('report/browser'),
}).filter((path) => !path.endsWith('.d.ts'));

rmSync(DIST, { recursive: true, force: true });
for (const source of sources) {
  await build({
    entryPoints: [join(ROOT, source)],
    outfile: outputOf(join(ROOT, source)),
    bundle: true,
    packages: 'external',
    external: ['k6', 'k6/*'],
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    plugins: [keepTree],
  });
}
for (const asset of globSync(ASSETS, { cwd: ROOT, exclude: (path) => path.includes('node_modules') })) {
  cpSync(join(ROOT, asset), outputOf(join(ROOT, asset)), { recursive: true });
}
execFileSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.build.json')],
  { stdio: 'inherit' },
);
mkdirSync(join(ROOT, 'man'), { recursive: true });
writeFileSync(join(ROOT, 'man', 'headroom.1'), manPage());
