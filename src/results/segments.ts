import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The first segment of a run's windows, and of most runs the only one. */
export const WINDOWS_FILE = 'windows.ndjson.gz';

/** A file with the windows of some minutes. */
export interface Segment {
  /** 1 for the first. */
  number: number;
  path: string;
}

/** `windows.ndjson.gz`, `windows-002.ndjson.gz`, … */
export function segmentFile(number: number): string {
  return number === 1 ? WINDOWS_FILE : `windows-${String(number).padStart(3, '0')}.ndjson.gz`;
}

/** The segments that are there, in order. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .flatMap((name) => {
      const match = /^windows(?:-(\d+))?\.ndjson\.gz$/.exec(name);
      return match === null ? [] : [{ number: Number(match[1] ?? 1), path: join(folder, name) }];
    })
    .sort((a, b) => a.number - b.number);
}

/** How long windows of an age are on disk. */
export interface Coarsening {
  /** Seconds of a segment. Segments begin at whole multiples of it; a multiple of every length below. */
  segmentSeconds: number;
  /** Windows that ended so many seconds ago become so long, the shorter first. */
  levels: readonly { afterSeconds: number; seconds: number }[];
}

/** Seconds for twenty minutes; runs up to that length stay as they are. */
export const COARSENING: Readonly<Coarsening> = {
  segmentSeconds: 600,
  levels: [
    { afterSeconds: 1_200, seconds: 10 },
    { afterSeconds: 10_800, seconds: 60 },
  ],
};

/**
 * The coarsening that leaves sliding windows of these lengths whole: none of their windows ends inside one of the archive's.
 *
 * @param windowSeconds lengths of the run's own sliding objectives
 */
export function coarseningFor(windowSeconds: readonly number[], { segmentSeconds, levels } = COARSENING): Coarsening {
  return {
    segmentSeconds,
    levels: levels.filter(({ seconds }) => windowSeconds.every((length) => length % seconds === 0)),
  };
}
