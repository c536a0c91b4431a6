import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '../../lib/workload/duration.ts';
import { HeadroomError } from '../errors.ts';
import { type Known, unknownSubjects } from '../gate/known.ts';
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
  /** The endpoints and journeys that it has; null where it does not say. */
  known: Known | null;
}

/** What a scenario tells Headroom in `options.ext.headroom`; k6 passes it through. */
const headroomSchema = z.looseObject({
  warmup: z.string().optional(),
  slos: z.array(sloSchema).optional(),
  endpoints: z.array(z.string()).optional(),
  journeys: z.array(z.string()).optional(),
});

/** File endings of scenarios, in the order in which they are looked for. */
const ENDINGS = ['.ts', '.js', '.mjs'];

/**
 * The file of a scenario that is known by its name, from the folder that the configuration has; what was asked for where there is
 * none.
 */
export function ownScenario(nameOrFile: string, folder: string | undefined, cwd: string): string {
  if (folder === undefined || !/^[\w-]+$/.test(nameOrFile)) return nameOrFile;
  const files = ENDINGS.map((ending) => resolve(cwd, folder, `${nameOrFile}${ending}`));
  return files.find((file) => existsSync(file)) ?? nameOrFile;
}

/** Files of all scenarios of a folder. */
export function ownScenarios(folder: string, cwd: string): string[] {
  const path = resolve(cwd, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => ENDINGS.includes(extname(name)) && !name.endsWith('.d.ts'))
    .sort()
    .map((name) => resolve(path, name));
}

/**
 * Finds a scenario by name or file.
 *
 * @returns `asked` finds it again from any folder
 * @throws HeadroomError SCENARIO_NOT_FOUND
 */
export function findScenario(nameOrFile: string, cwd: string): { name: string; entry: string; asked: string } {
  if ([...listScenarios(), CALIBRATION_SCENARIO].includes(nameOrFile))
    return { name: nameOrFile, entry: builtinScenarioPath(nameOrFile), asked: nameOrFile };
  const path = isAbsolute(nameOrFile) ? nameOrFile : resolve(cwd, nameOrFile);
  if (existsSync(path)) return { name: basename(path, extname(path)), entry: path, asked: path };
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
  /** Instances that share the load. */
  instances?: number;
}): Promise<PreparedScenario> {
  const { name, entry, asked } = findScenario(options.scenario, options.cwd);
  const { instances = 1 } = options;
  // An archive of k6's is a bundle.
  const bundlePath =
    extname(entry) === '.tar' ? entry : (await bundleScenario({ entry, outDir: options.outDir, instances })).bundlePath;
  const { plan, headroom } = await inspectBundle(options.k6Path, bundlePath, options.env);
  requireEvenShares(plan, instances);
  const parsed = headroomSchema.safeParse(headroom ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new HeadroomError(
      'SCENARIO_BROKEN',
      `options.ext.headroom of the scenario is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`,
      'Correct it as docs/reference/scenarios.md describes.',
    );
  }
  const { endpoints, journeys } = parsed.data;
  return {
    name,
    asked,
    bundlePath,
    plan,
    slos: parsed.data.slos ?? [],
    warmupSeconds: parseDuration(parsed.data.warmup ?? '0') ?? 0,
    known: endpoints === undefined || journeys === undefined ? null : { endpoints, journeys },
  };
}

/** What could not be rounded up, as in an archive of k6's, is refused: the instances would not have equal parts of the rate. */
function requireEvenShares({ openModel, maxVus }: Inspection['plan'], instances: number): void {
  if (!openModel || maxVus === null || maxVus % instances === 0) return;
  const next = Math.ceil(maxVus / instances) * instances;
  throw new HeadroomError(
    'SETTING_INVALID',
    `The scenario has at most ${maxVus} virtual users, which ${instances} instances cannot share evenly.`,
    `Let it have ${next}, or give the script itself instead of an archive of it.`,
  );
}

/**
 * Refuses objectives for what a scenario does not have, before any load.
 *
 * @throws HeadroomError SETTING_INVALID
 */
export function requireKnown(slos: readonly Slo[], known: Known | null): void {
  const [first] = unknownSubjects(slos, known);
  if (first === undefined) return;
  throw new HeadroomError('SETTING_INVALID', `${first.message}.`, 'Correct the objective.');
}
