import { REGIONS } from '../lib/generators/regions.ts';
import { Problem } from './http/problems.ts';

export interface Region {
  readonly code: string;
  readonly name: string;
  /** The logical shard that the region's rows live on. */
  readonly logicalShard: number;
}

const byCode = new Map<string, Region>(REGIONS.map((region) => [region.code, region]));

export const regions: readonly Region[] = REGIONS;

/** @throws Problem when there is no region with this code */
export function regionOf(code: string): Region {
  const region = byCode.get(code);
  if (region === undefined) throw new Problem('request-refused', `there is no region ${code}; GET /regions lists them`);
  return region;
}
