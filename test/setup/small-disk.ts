import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, in memory, that a test can fill. */
export interface SmallDisk {
  path: string;
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
  const remove = (): void => {
    // Lazily: what a killed process had open is let go a moment later.
    execFileSync('umount', ['--lazy', path]);
    rmdirSync(path);
  };
  return { path, remove };
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
