import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { unknownSubjects } from '../gate/known.ts';
import { type Slo, sloSchema } from '../gate/slo.ts';
import { bundleScenario } from '../k6/bundle.ts';
import { inspectBundle } from '../k6/inspect.ts';
import { findScenario } from '../run/scenario.ts';
import { distinct, type Finding, sentence } from './finding.ts';
import { authorsFiles, type Place, placeInStack, placeOf, usesLibrary } from './places.ts';
import { checkTypes } from './types.ts';

export type { Finding } from './finding.ts';

/** What is checked, and where. */
export interface CheckOptions {
  /** Names of built-in scenarios, or files. */
  scenarios: readonly string[];
  cwd: string;
  k6Path: string;
  /** Environment that the scripts will see. */
  env: Record<string, string | undefined>;
  /** Whether to check types too, where TypeScript is installed. */
  types: boolean;
  /** Ends it between two scenarios. */
  signal?: AbortSignal;
}

/** What was found wrong before any load. */
export interface CheckResult {
  findings: Finding[];
  /** False where types were not to be checked, or no TypeScript is installed. */
  typesChecked: boolean;
}

/** What an objective must look like so that it can be told whose it is. */
const headroomSchema = z.looseObject({
  slos: z.array(z.unknown()).default([]),
  endpoints: z.array(z.string()).nullish(),
  journeys: z.array(z.string()).nullish(),
});

/**
 * Finds an author's mistakes without sending anything: what cannot be bundled, what k6 refuses, objectives for what there is not,
 * and wrong types.
 *
 * @throws HeadroomError SCENARIO_NOT_FOUND
 * @example
 * const { findings } = await checkScenarios({
 *   scenarios: ['scenarios/smoke.ts'], cwd: process.cwd(), k6Path: 'k6', env: process.env, types: true,
 * });
 */
export async function checkScenarios(options: CheckOptions): Promise<CheckResult> {
  const entries = options.scenarios.map((name) => findScenario(name, options.cwd).entry);
  const folder = await mkdtemp(join(tmpdir(), 'headroom-check-'));
  try {
    const findings: Finding[] = [];
    for (const [i, entry] of entries.entries()) {
      findings.push(...(await check(entry, join(folder, String(i)), options)));
      options.signal?.throwIfAborted();
    }
    const typed = entries.filter((entry) => /\.[cm]?ts$/.test(extname(entry)));
    const types = options.types && typed.length > 0 ? await checkTypes(typed, options.cwd) : null;
    return { findings: distinct([...findings, ...(types ?? [])]), typesChecked: types !== null };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(entry: string, outDir: string, { k6Path, env }: CheckOptions): Promise<Finding[]> {
  let bundle: Awaited<ReturnType<typeof bundleScenario>>;
  try {
    bundle = await bundleScenario({ entry, outDir });
  } catch (error) {
    return bundleFindings(entry, error);
  }
  const files = authorsFiles(bundle.sourceMapPath, entry);
  try {
    const { headroom } = await inspectBundle(k6Path, bundle.bundlePath, env);
    const missing = missingExports(bundle.exports, bundle.sourceMapPath);
    if (missing !== null) return [{ file: entry, line: null, message: missing, by: 'bundle' }];
    return objectiveFindings(headroom, files);
  } catch (error) {
    if (!(error instanceof HeadroomError)) throw error;
    const place = placeInStack(stderrOf(error.cause), dirname(bundle.bundlePath)) ?? { file: entry, line: null };
    return [{ ...place, message: sentence(error.message), by: 'k6' }];
  }
}

/** What a scenario of `defineScenario` must export, each beside what it is of. */
const EXPORTS: Readonly<Record<string, string>> = {
  setup: 'export const setup = scenario.setup;',
  options: 'export const options = scenario.options;',
  default: 'export default scenario.iteration;',
};

/** What is said of a scenario that defines what k6 is not told; null where nothing is missing, or it is a script of another kind. */
function missingExports(exported: readonly string[], sourceMapPath: string): string | null {
  const missing = Object.keys(EXPORTS).find((name) => !exported.includes(name));
  if (missing === undefined || !usesLibrary(sourceMapPath)) return null;
  return `The scenario does not export ${missing === 'default' ? 'a default function' : missing}: ${EXPORTS[missing]}`.replace(
    /;$/,
    '.',
  );
}

/** As esbuild reports mistakes: https://esbuild.github.io/api/#build-failures. */
const failureSchema = z.looseObject({
  errors: z.array(
    z.looseObject({ text: z.string(), location: z.looseObject({ file: z.string(), line: z.number() }).nullable() }),
  ),
});

function bundleFindings(entry: string, error: unknown): Finding[] {
  if (!(error instanceof HeadroomError) || error.code !== 'SCENARIO_BROKEN') throw error;
  const failure = failureSchema.safeParse(error.cause);
  if (!failure.success) return [{ file: entry, line: null, message: sentence(error.message), by: 'bundle' }];
  return failure.data.errors.map(({ text, location }) => ({
    file: location === null ? entry : resolve(location.file),
    line: location?.line ?? null,
    message: sentence(text),
    by: 'bundle',
  }));
}

function objectiveFindings(headroom: unknown, files: readonly string[]): Finding[] {
  const entry = { file: files[0] ?? '', line: null };
  const finding = (place: Place | null, message: string): Finding => ({
    ...(place ?? entry),
    message: sentence(message),
    by: 'objectives',
  });
  const parsed = headroomSchema.safeParse(headroom ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return [finding(null, `options.ext.headroom is wrong at ${issue?.path.join('.')}: ${issue?.message}`)];
  }
  const { slos, endpoints, journeys } = parsed.data;
  const good: Slo[] = [];
  const findings: Finding[] = [];
  for (const [i, slo] of slos.entries()) {
    const judged = sloSchema.safeParse(slo);
    if (judged.success) good.push(judged.data);
    else
      findings.push(finding(placeOf(files, ...namesOf(slo)), `objective ${i + 1}: ${judged.error.issues[0]?.message}`));
  }
  const known = endpoints && journeys ? { endpoints, journeys } : null;
  for (const { slo, subject, message } of unknownSubjects(good, known)) {
    findings.push(finding(placeOf(files, subject, slo.metric) ?? placeOf(files, subject), message));
  }
  return findings;
}

/** The texts by which an objective is found in its file. */
function namesOf(slo: unknown): string[] {
  if (typeof slo !== 'object' || slo === null) return [];
  return Object.entries(slo).flatMap(([key, value]) =>
    ['endpoint', 'journey', 'metric'].includes(key) && typeof value === 'string' ? [value] : [],
  );
}

function stderrOf(cause: unknown): string {
  const stderr = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr) : '';
  return stderr.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\"', '"');
}
