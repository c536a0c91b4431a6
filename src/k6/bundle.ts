import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildFailure, type BuildOptions, build, type Plugin } from 'esbuild';
import { makePools } from '../../lib/generators/pools.ts';
import { HeadroomError } from '../errors.ts';
import { writeOutputs } from '../results/output.ts';

/** A scenario as k6 takes it. */
export interface Bundle {
  bundlePath: string;
  sourceMapPath: string;
  /** Names that the scenario exports. */
  exports: string[];
}

/** Folder of the built-in scenarios: shipped as TypeScript, two folders up from here in the source tree, one up from dist/k6. */
function scenariosFolder(): string {
  return fileURLToPath(new URL('../../scenarios/', import.meta.url));
}

/** Names of the built-in scenarios. */
export function listScenarios(): string[] {
  return readdirSync(scenariosFolder())
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/** The scenario of `headroom calibrate`, which is of no use by itself. */
export const CALIBRATION_SCENARIO = 'calibration/lookup';

/** File of a built-in scenario. */
export function builtinScenarioPath(name: string): string {
  return join(scenariosFolder(), `${name}.ts`);
}

interface BundleOptions {
  entry: string;
  outDir: string;
  seed?: number;
  instances?: number;
}

/**
 * Bundles a scenario into one file with a source map, and beside it the pools when it uses them.
 *
 * @param entry TypeScript or JavaScript file
 * @param seed of the world, the one that the target was seeded with
 * @param instances that share the load: the numbers of virtual users are rounded up to multiples of them
 * @throws HeadroomError SCENARIO_NOT_FOUND, SCENARIO_BROKEN with the first mistake and its place,
 *   OUTPUT_NOT_WRITABLE
 */
export async function bundleScenario(options: BundleOptions): Promise<Bundle> {
  const { entry, outDir, seed = 1, instances = 1 } = options;
  if (!existsSync(entry))
    throw new HeadroomError('SCENARIO_NOT_FOUND', `There is no file ${entry}.`, 'Name a scenario that exists.');
  const bundlePath = join(outDir, `${basename(entry, extname(entry))}.js`);
  const settings = {
    outfile: bundlePath,
    write: false as const,
    metafile: true as const,
    bundle: true,
    external: ['k6', 'k6/*'],
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    // Each kilobyte of code costs every virtual user five of memory.
    minify: true,
    sourcemap: true,
    logLevel: 'silent',
    // What scenarios import as text: ids, users.
    loader: { '.csv': 'text', '.txt': 'text' },
    plugins: [pools(seed), ownLibrary()],
  } satisfies BuildOptions;
  const built = async (entryPoint: Pick<BuildOptions, 'entryPoints' | 'stdin'>) =>
    await build({ ...settings, ...entryPoint }).catch((error: BuildFailure) => {
      throw brokenScenario(entry, error);
    });
  let { outputFiles, metafile } = await built({ entryPoints: [entry] });
  const exported = Object.values(metafile.outputs).flatMap((output) => output.exports);
  if (instances > 1 && exported.includes('options')) {
    const contents = sharing(entry, instances, exported.includes('default'));
    ({ outputFiles } = await built({ stdin: { contents, resolveDir: dirname(entry) } }));
  }
  await writeOutputs(outputFiles.map(({ path, text }) => ({ path, render: () => text })));
  return { bundlePath, sourceMapPath: `${bundlePath}.map`, exports: exported };
}

/** A module that is a scenario, but for virtual users that so many instances can share evenly. */
function sharing(entry: string, instances: number, hasDefault: boolean): string {
  const from = JSON.stringify(resolve(entry));
  const rounding = JSON.stringify(fileURLToPath(new URL('../../lib/workload/instances.ts', import.meta.url)));
  return [
    `import { options as asked } from ${from};`,
    `import { sharedEvenly } from ${rounding};`,
    `export * from ${from};`,
    ...(hasDefault ? [`export { default } from ${from};`] : []),
    `export const options = sharedEvenly(asked, ${instances});`,
  ].join('\n');
}

/** Answers `import … from 'headroom:pools'`: each pool as the JSON of a list. */
function pools(seed: number): Plugin {
  return {
    name: 'headroom-pools',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^headroom:pools$/ }, ({ path }) => ({ path, namespace: 'headroom' }));
      onLoad({ filter: /.*/, namespace: 'headroom' }, () => ({
        contents: Object.entries(makePools(seed))
          .map(([name, pool]) => `export const ${name} = ${JSON.stringify(JSON.stringify(pool))};`)
          .join('\n'),
      }));
    },
  };
}

/** Files of what scenarios outside this package import of it: `import … from 'headroom-k6/lib'`, installed beside them or not. */
export const LIBRARY: Readonly<Record<string, string>> = {
  'headroom-k6/lib': fileURLToPath(new URL('../../lib/index.ts', import.meta.url)),
  'headroom-k6/replay': fileURLToPath(new URL('../../lib/workload/replay.ts', import.meta.url)),
};

function ownLibrary(): Plugin {
  return {
    name: 'headroom-library',
    setup({ onResolve }) {
      onResolve({ filter: /^headroom-k6\/(?:lib|replay)$/ }, ({ path }) => ({ path: LIBRARY[path] ?? path }));
    },
  };
}

/** Bundles all built-in scenarios, for use with `k6 run` alone. */
export async function bundleAll(outDir: string, seed?: number): Promise<Bundle[]> {
  const options = seed === undefined ? {} : { seed };
  return await Promise.all(
    listScenarios().map((name) => bundleScenario({ entry: builtinScenarioPath(name), outDir, ...options })),
  );
}

function brokenScenario(entry: string, failure: BuildFailure): HeadroomError {
  const first = failure.errors?.[0];
  const place = first?.location ? ` (${first.location.file}:${first.location.line})` : '';
  return new HeadroomError(
    'SCENARIO_BROKEN',
    `${entry} cannot be bundled: ${first?.text ?? failure.message}${place}.`,
    'Correct the file.',
    {
      cause: failure,
    },
  );
}
