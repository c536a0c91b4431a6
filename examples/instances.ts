/** Shares a run between several k6, here or on other machines, and gives one verdict on all of them. */
import {
  type InfluxAddress,
  type InstanceNumber,
  type InstanceOptions,
  instanceOfSegment,
  type MergeOptions,
  mergeFolders,
  mergeFromInflux,
  parseInstance,
  type RunOptions,
  type RunOutcome,
  runInstance,
  runOnInstances,
  segmentFlags,
} from 'headroom-k6';

/** Four k6 on this machine, one run. */
export const four = (options: RunOptions): Promise<RunOutcome> => runOnInstances(options, 4);

/** The second of four machines, which waits at k6's API until somebody starts all of them. */
export async function second(options: RunOptions): Promise<RunOutcome> {
  const instance: InstanceOptions = { ...parseInstance('2/4'), runId: 'night-42', address: '127.0.0.1:6565' };
  return await runInstance(options, instance);
}

/** What k6 is started with for that instance, and the instance of what k6 was started with. */
export const flags: string[] = segmentFlags({ number: 2, count: 4 });
export const whose: InstanceNumber = instanceOfSegment('1/4:2/4');

const merging: MergeOptions = { runsFolder: 'runs' };

/** One verdict on the folders that the machines left, or on what they sent to InfluxDB. */
export const ofFolders = (folders: readonly string[]): Promise<RunOutcome> => mergeFolders(folders, merging);
export const ofInflux = (address: InfluxAddress): Promise<RunOutcome> => mergeFromInflux(address, 'night-42', merging);
