import { SharedArray } from 'k6/data';
import type { Pools } from '../generators/pools.ts';

/** The pools that were made with the bundle: flat lists, shared by all virtual users. */
export function sharedPools(): Pools {
  const load = (name: keyof Pools): string[] => new SharedArray(name, () => JSON.parse(open('./pools.json'))[name]);
  return {
    firstNames: load('firstNames'),
    lastNames: load('lastNames'),
    petNames: load('petNames'),
    streets: load('streets'),
    sentences: load('sentences'),
  };
}
