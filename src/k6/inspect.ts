import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { type Executor, type Plan, planOf } from './plan.ts';

/** What a bundle says of itself. */
export interface Inspection {
  plan: Plan;
  /** `options.ext.headroom`, unchecked. */
  headroom: unknown;
}

/** Settings under which k6 asks nobody outside: without them each run posts usage data and may look for extensions. */
export const K6_PRIVATE_ENV = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' } as const;

const inspectSchema = z.looseObject({
  scenarios: z.record(z.string(), z.looseObject({ executor: z.string() })).nullable(),
  ext: z.record(z.string(), z.unknown()).nullish(),
  maxVUs: z.number().nullish(),
});

/**
 * Asks k6 what a bundle's options come to, without running it.
 *
 * @param env environment of the script, as in the run itself
 * @throws HeadroomError SCENARIO_BROKEN with k6's own words
 */
export async function inspectBundle(
  k6Path: string,
  bundlePath: string,
  env: Record<string, string | undefined>,
): Promise<Inspection> {
  let stdout: string;
  try {
    const options = { env: { ...env, ...K6_PRIVATE_ENV }, maxBuffer: 1 << 24 };
    ({ stdout } = await promisify(execFile)(
      k6Path,
      ['inspect', '--include-system-env-vars', '--execution-requirements', bundlePath],
      options,
    ));
  } catch (error) {
    throw broken(complaintOf(error), error);
  }
  const parsed = inspectSchema.safeParse(JSON.parse(stdout));
  if (!parsed.success)
    throw broken(`k6 inspect answered in a form that is not known: ${parsed.error.issues[0]?.message}`, parsed.error);
  const executors: Executor[] = Object.values(parsed.data.scenarios ?? {});
  return { plan: planOf(executors, parsed.data.maxVUs ?? null), headroom: parsed.data.ext?.headroom ?? null };
}

function broken(why: string, cause: unknown): HeadroomError {
  return new HeadroomError(
    'SCENARIO_BROKEN',
    `k6 cannot load the scenario: ${why}`,
    'Correct the scenario or the setting that it names.',
    { cause },
  );
}

/** k6 logs errors as logfmt; what users need is the message without stack and file names of the bundle. */
function complaintOf(error: unknown): string {
  const stderr =
    typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : String(error);
  const line = stderr.split('\n').find((text) => text.includes('level=error')) ?? stderr;
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line;
  const lines = message.replaceAll('\\"', '"').replaceAll('\\t', ' ').split('\\n');
  // A heading says nothing without what stands below it.
  const first = lines[0]?.endsWith(':') ? lines.slice(0, 2).join(' ').replace(': - ', ': ') : (lines[0] ?? message);
  return first.replace(/^(?:GoError|Error|TypeError|SyntaxError): /, '').trim();
}
