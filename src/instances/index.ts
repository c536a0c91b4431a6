import { HeadroomError } from '../errors.ts';
import { type RunOptions, type RunOutcome, runScenario } from '../run/run.ts';
import { targetClock } from './clock-offset.ts';
import { openInstance } from './one.ts';
import type { InstanceNumber } from './segments.ts';
import { instancesHere } from './several.ts';

export { type InstanceNumber, instanceOfSegment, parseInstance, segmentFlags } from './segments.ts';

/**
 * Runs a scenario by several k6 on this machine, each with its execution segment: one run with one verdict.
 *
 * @throws HeadroomError as `runScenario` does
 */
export async function runOnInstances(options: RunOptions, count: number): Promise<RunOutcome> {
  return await runScenario({ ...options, instances: count, openSource: await instancesHere(count) });
}

/** One instance of a distributed run. */
export interface InstanceOptions extends InstanceNumber {
  /** The same for all instances: letters, digits, `.`, `_` and `-`. */
  runId: string;
  /** Where k6's API listens, such as `0.0.0.0:6565`: the instance waits there until somebody starts it. Null: it starts at once. */
  address: string | null;
}

/**
 * Runs one instance of a distributed run on this machine. `headroom merge` puts those of all together and judges them.
 *
 * @throws HeadroomError as `runScenario` does, and SETTING_INVALID for an id that names no folder
 */
export async function runInstance(options: RunOptions, instance: InstanceOptions): Promise<RunOutcome> {
  const { number, count, runId, address } = instance;
  if (!/^[A-Za-z0-9][\w.-]{0,79}$/.test(runId)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `"${runId}" cannot be the id of a run.`,
      'Give up to 80 letters, digits, dots, hyphens and underscores, the same for all instances.',
    );
  }
  return await runScenario({
    ...options,
    instances: count,
    instance: { number, count, runId, clock: await targetClock(options.target, options.now) },
    openSource: openInstance(instance, runId, address),
    // What is acknowledged to one instance is not all that the target has.
    audit: false,
    scrape: options.scrape === true && number === 1,
  });
}
