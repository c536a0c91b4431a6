import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildFailure, build, type Plugin } from 'esbuild';
import { makePools } from '../../lib/generators/pools.ts';
import { HeadroomError } from '../errors.ts';
import { writeOutputs } from '../results/output.ts';

/** A scenario as k6 takes it. */
export interface Bundle {
  bundlePath: string;
  sourceMapPath: string;
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

/**
 * Bundles a scenario into one file with a source map, and beside it the pools when it uses them.
 *
 * @param entry TypeScript or JavaScript file
 * @param seed of the world, the one that the target was seeded with
 * @throws HeadroomError SCENARIO_NOT_FOUND, SCENARIO_BROKEN with the first mistake and its place,
 *   OUTPUT_NOT_WRITABLE
 */
export async function bundleScenario(options: { entry: string; outDir: string; seed?: number }): Promise<Bundle> {
  const { entry, outDir, seed = 1 } = options;
  if (!existsSync(entry))
    throw new HeadroomError('SCENARIO_NOT_FOUND', `There is no file ${entry}.`, 'Name a scenario that exists.');
  const bundlePath = join(outDir, `${basename(entry, extname(entry))}.js`);
  const { outputFiles } = await build({
    entryPoints: [entry],
    outfile: bundlePath,
    write: false,
    bundle: true,
    external: ['k6', 'k6/*'],
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    // Each kilobyte of code costs every virtual user five of memory.
    minify: true,
    sourcemap: true,
    logLevel: 'silent',
    plugins: [pools(seed), ownLibrary()],
  }).catch((error: BuildFailure) => {
    throw brokenScenario(entry, error);
  });
  await writeOutputs(outputFiles.map(({ path, text }) => ({ path, render: () => text })));
  return { bundlePath, sourceMapPath: `${bundlePath}.map` };
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

/** What scenarios outside this package import of it: `import … from 'headroom-k6/replay'`, installed beside them or not. */
function ownLibrary(): Plugin {
  return {
    name: 'headroom-library',
    setup({ onResolve }) {
      onResolve({ filter: /^headroom-k6\/replay$/ }, () => ({
        path: fileURLToPath(new URL('../../lib/workload/replay.ts', import.meta.url)),
      }));
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
