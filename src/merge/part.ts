import type { StoredWindows } from '../results/read.ts';
import type { InstanceOf, Run } from '../results/schema.ts';

/** One instance of a distributed run, wherever it is kept. */
export interface InstancePart {
  number: number;
  /** Where it is, for people. */
  where: string;
  /** Null when it did not live to tell. */
  run: (Run & { instance: InstanceOf }) | null;
  /** Unchecked, from the header of its archive: what was asked for. */
  plan: unknown;
  asked: unknown;
  /** Length of its longest windows, in seconds. */
  longest: number;
  windows(): StoredWindows;
}
