/** The search for a target's capacity, by real runs. */

export { CAPACITY_FILE, newestSearch, readCapacity } from './archive.ts';
export { errorOf, KNOWN_APP, knownLimit, type SearchError, searchKnown } from './known-limit.ts';
export { exitCodeOfSearch } from './result.ts';
export { type Capacity, type CapacityResult, type CapacityTrial, capacitySchema, type Mode } from './schema.ts';
export { resumeSearch, type SearchOptions, startSearch } from './search.ts';
export type { SearchEdges, SearchOutcome, SearchView } from './stepper.ts';
