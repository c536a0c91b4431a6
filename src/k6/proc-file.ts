import { closeSync, openSync, readSync } from 'node:fs';

/** More than almost all of these files have. */
const PLACE = Buffer.allocUnsafeSlow(32_768);

/**
 * Text of a file below /proc or /sys, which the kernel writes as it is read: it takes microseconds, and no memory of its own. The
 * usual way takes 64 kB for each such file, as it has no size; once a second for hours, that is a process that grows.
 *
 * @returns empty when there is none or it may not be read
 */
export function procText(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const pieces: string[] = [];
    for (;;) {
      const length = readSync(file, PLACE);
      if (length === 0) return pieces.join('');
      pieces.push(PLACE.toString('utf8', 0, length));
    }
  } catch {
    // The process ended meanwhile.
    return '';
  } finally {
    closeSync(file);
  }
}
