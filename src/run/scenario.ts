import { existsSync } from 'node:fs';
import { basename, extname, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '../../lib/workload/duration.ts';
import { HeadroomError } from '../errors.ts';
import { type Slo, sloSchema } from '../gate/slo.ts';
import { builtinScenarioPath, bundleScenario, CALIBRATION_SCENARIO, listScenarios } from '../k6/bundle.ts';
import { type Inspection, inspectBundle } from '../k6/inspect.ts';

/** A scenario that is ready to run. */
export interface PreparedScenario {
  /** Name for people: a built-in scenario's, or the file's. */
  name: string;
  /** Name or absolute path, by which it is found again from anywhere. */
  asked: string;
  bundlePath: string;
  plan: Inspection['plan'];
  slos: readonly Slo[];
  warmupSeconds: number;
}

/** What a scenario tells Headroom in `options.ext.headroom`; k6 passes it through. */
const headroomSchema = z.looseObject({
  warmup: z.string().optional(),
  slos: z.array(sloSchema).optional(),
});

/**
 * Finds a scenario by name or file.
 *
 * @throws HeadroomError SCENARIO_NOT_FOUND
 */
export function findScenario(nameOrFile: string, cwd: string): { name: string; entry: string } {
  if ([...listScenarios(), CALIBRATION_SCENARIO].includes(nameOrFile))
    return { name: nameOrFile, entry: builtinScenarioPath(nameOrFile) };
  const path = isAbsolute(nameOrFile) ? nameOrFile : resolve(cwd, nameOrFile);
  if (existsSync(path)) return { name: basename(path, extname(path)), entry: path };
  throw new HeadroomError(
    'SCENARIO_NOT_FOUND',
    `There is no scenario "${nameOrFile}".`,
    `Name a file, or one of ${listScenarios().join(', ')}.`,
  );
}

/**
 * Bundles a scenario and asks k6 what its options come to.
 *
 * @param env environment that the script will see
 * @throws HeadroomError SCENARIO_NOT_FOUND, SCENARIO_BROKEN
 */
export async function prepareScenario(options: {
  scenario: string;
  cwd: string;
  k6Path: string;
  outDir: string;
  env: Record<string, string | undefined>;
}): Promise<PreparedScenario> {
  const { name, entry } = findScenario(options.scenario, options.cwd);
  const { bundlePath } = await bundleScenario({ entry, outDir: options.outDir });
  const { plan, headroom } = await inspectBundle(options.k6Path, bundlePath, options.env);
  const parsed = headroomSchema.safeParse(headroom ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new HeadroomError(
      'SCENARIO_BROKEN',
      `options.ext.headroom of the scenario is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`,
      'Correct it as docs/reference/scenarios.md describes.',
    );
  }
  return {
    name,
    asked: listScenarios().includes(name) && entry === builtinScenarioPath(name) ? name : entry,
    bundlePath,
    plan,
    slos: parsed.data.slos ?? [],
    warmupSeconds: parseDuration(parsed.data.warmup ?? '0') ?? 0,
  };
}
