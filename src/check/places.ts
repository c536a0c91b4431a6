import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LIBRARY } from '../k6/bundle.ts';

/** A place in a file. */
export interface Place {
  file: string;
  line: number | null;
}

const OWN = dirname(LIBRARY['headroom-k6/lib'] ?? '');

/** Whether a file is the author's, and not Headroom's or a dependency's. */
const isAuthors = (file: string): boolean =>
  !file.startsWith(`${OWN}/`) && !file.includes('/node_modules/') && existsSync(file);

/** Whether a bundle holds `defineScenario`. */
export function usesLibrary(sourceMapPath: string): boolean {
  const { sources } = JSON.parse(readFileSync(sourceMapPath, 'utf8'));
  const own = join(OWN, 'api/scenario.ts');
  return Array.isArray(sources) && sources.some((each) => resolve(dirname(sourceMapPath), String(each)) === own);
}

/** Files of the author that went into a bundle, the scenario first. */
export function authorsFiles(sourceMapPath: string, entry: string): string[] {
  const { sources } = JSON.parse(readFileSync(sourceMapPath, 'utf8'));
  const paths = Array.isArray(sources) ? sources.map((source) => resolve(dirname(sourceMapPath), String(source))) : [];
  return [...new Set([entry, ...paths.filter(isAuthors)])];
}

/**
 * Where an error came from: the first place in k6's stack that is the author's. k6 follows the bundle's source map.
 *
 * @param stack k6's words, with places such as `file:///work/scenarios/smoke.ts:12:5(3)`
 * @param folder where the bundle lies, which places may be relative to
 */
export function placeInStack(stack: string, folder: string): Place | null {
  for (const [, path = '', line] of stack.matchAll(/([^\s()"]+\.[cm]?[jt]s):(\d+):\d+/g)) {
    const file = path.startsWith('file:') ? fileURLToPath(path) : resolve(folder, path);
    if (isAuthors(file)) return { file, line: Number(line) };
  }
  return null;
}

/** The first line of the author's that holds all of some names as string literals. */
export function placeOf(files: readonly string[], ...names: string[]): Place | null {
  const patterns = names.map((name) => ['"', "'", '`'].map((quote) => `${quote}${name}${quote}`));
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n');
    const found = lines.findIndex((line) => patterns.every((quoted) => quoted.some((text) => line.includes(text))));
    if (found >= 0) return { file, line: found + 1 };
  }
  return null;
}
