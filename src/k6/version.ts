import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The k6 that Headroom gets where there is none. */
export const PINNED_K6 = '2.2.0';
/** The oldest k6 whose output and flags Headroom knows. */
export const MINIMUM_K6 = '2.2.0';

/** Version in what `k6 version` prints, such as "k6 v2.2.0 (go1.26.8, linux/amd64)"; null when there is none. */
export function parseK6Version(text: string): string | null {
  return /^k6(?:\.exe)? v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/m.exec(text)?.[1] ?? null;
}

/** Whether a version is at least another; a pre-release comes before its release (SemVer 2.0.0, section 11, without the order of pre-releases). */
export function atLeast(version: string, minimum: string): boolean {
  const [numbers = '', preRelease] = version.split(/-(.*)/s);
  const wanted = minimum.split('.').map(Number);
  for (const [i, part] of numbers.split('.').map(Number).entries()) {
    const least = wanted[i] ?? 0;
    if (part !== least) return part > least;
  }
  return preRelease === undefined;
}

/** Asks a program for its k6 version; null when it is none, or does not answer in ten seconds. */
export async function k6VersionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['version'], { timeout: 10_000 });
    return parseK6Version(stdout);
  } catch {
    return null;
  }
}
