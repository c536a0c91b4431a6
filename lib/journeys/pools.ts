import { SharedArray } from 'k6/data';
import type { Pools } from '../generators/pools.ts';

/** A pool that was made with the bundle: a flat list, which all virtual users share. */
export function sharedPool(name: keyof Pools): string[] {
  return new SharedArray(name, () => JSON.parse(open('./pools.json'))[name]);
}
