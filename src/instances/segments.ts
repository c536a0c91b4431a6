import { HeadroomError } from '../errors.ts';

/** Which of how many instances, from 1 on. */
export interface InstanceNumber {
  number: number;
  count: number;
}

const MOST_INSTANCES = 1_000;

/** Tags by which k6-operator tells the samples of runners apart. Headroom knows an instance by its archive. */
export const INSTANCE_TAGS: readonly string[] = ['instance_id', 'testrun_name'];

/**
 * Flags of `k6 run` for one of several instances, as k6-operator gives them (pkg/segmentation): instance i of N runs the part
 * of each executor between (i − 1)/N and i/N. None for one instance alone.
 */
export function segmentFlags({ number, count }: InstanceNumber): string[] {
  if (count === 1) return [];
  const edge = (i: number): string => (i === 0 ? '0' : i === count ? '1' : `${i}/${count}`);
  const sequence = Array.from({ length: count + 1 }, (_, i) => edge(i));
  return [
    `--execution-segment=${edge(number - 1)}:${edge(number)}`,
    `--execution-segment-sequence=${sequence.join(',')}`,
  ];
}

/** Flags of `k6 run` that name an instance in its samples, as k6-operator gives them. */
export function tagFlags({ number }: InstanceNumber, runId: string): string[] {
  return ['--tag', `instance_id=${number}`, '--tag', `testrun_name=${runId}`];
}

/**
 * Reads `2/4`: instance 2 of 4.
 *
 * @throws HeadroomError SETTING_INVALID
 */
export function parseInstance(text: string): InstanceNumber {
  const [, number, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  if (number === undefined || count === undefined || number < 1 || number > count || count > MOST_INSTANCES) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `"${text}" is no instance of a run.`,
      'Give its number and how many there are, such as 2/4 for the second of four.',
    );
  }
  return { number, count };
}

/**
 * The instance that runs an execution segment of k6: `1/4:2/4` is the second of four.
 *
 * @throws HeadroomError SETTING_INVALID for a segment that is none of several equal ones
 */
export function instanceOfSegment(segment: string): InstanceNumber {
  const [from, until] = segment.split(':').map(fraction);
  const size = (until ?? Number.NaN) - (from ?? Number.NaN);
  const count = Math.round(1 / size);
  const number = Math.round((until ?? Number.NaN) * count);
  const fits = Math.abs(size * count - 1) < 1e-9 && Math.abs((until ?? 0) * count - number) < 1e-9;
  if (fits && number >= 1 && number <= count && count <= MOST_INSTANCES) return { number, count };
  throw new HeadroomError(
    'SETTING_INVALID',
    `The execution segment "${segment}" is none of several equal ones.`,
    'Give one as k6-operator does: 1/4:2/4 for the second of four.',
  );
}

function fraction(text: string): number {
  const [, above, below = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  return Number(above ?? Number.NaN) / Number(below);
}
