import { publishedInstances } from '../publish/exact.ts';
import type { InfluxAddress } from '../publish/influx.ts';
import type { RunOutcome } from '../run/run.ts';
import { partsIn } from './folders.ts';
import { type MergeOptions, mergeParts } from './merge.ts';

export type { MergeOptions } from './merge.ts';

/**
 * Merges instances whose archives are in folders.
 *
 * @param folders of a run each, or of several, such as a volume of pods
 * @throws HeadroomError as `mergeParts` does
 */
export async function mergeFolders(folders: readonly string[], options: MergeOptions): Promise<RunOutcome> {
  return await mergeParts(await partsIn(folders), options);
}

/**
 * Merges instances that wrote themselves to InfluxDB.
 *
 * @throws HeadroomError as `mergeParts` does, and INFLUX_FAILED
 */
export async function mergeFromInflux(
  address: InfluxAddress,
  runId: string,
  options: MergeOptions,
): Promise<RunOutcome> {
  const published = await publishedInstances(address, runId);
  const parts = published.map(({ number, told, windows }) => {
    const instance = told?.run.instance;
    return {
      number,
      where: `instance ${number} in InfluxDB`,
      run: told === null || instance === undefined ? null : { ...told.run, instance },
      plan: told?.plan ?? null,
      asked: told?.asked ?? null,
      longest: 1,
      windows,
    };
  });
  return await mergeParts(parts, options);
}
