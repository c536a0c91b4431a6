import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, in memory, that a test can fill. */
export interface SmallDisk {
  path: string;
  /** Takes up all the space that is left. */
  fill(): void;
  /** Gives that space back. */
  free(): void;
  /** Takes it away with all that is on it. */
  remove(): void;
}

/**
 * Mounts a tmpfs in a temporary folder.
 *
 * @param size in KiB, a multiple of 4
 * @throws when this account may not mount
 */
export function smallDisk(size: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'headroom-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}k`, 'headroom-test', path], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  const filler = join(path, 'filler');
  const fill = (): void => {
    const file = openSync(filler, 'a');
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(file);
    }
  };
  const remove = (): void => {
    // Lazily: what a killed process had open is let go a moment later.
    execFileSync('umount', ['--lazy', path]);
    rmdirSync(path);
  };
  return { path, fill, free: () => rmSync(filler), remove };
}

/** Whether this account may mount, which mostly root may. */
export function mayMount(): boolean {
  try {
    smallDisk(64).remove();
    return true;
  } catch {
    return false;
  }
}
