import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's cache folder for Headroom; HEADROOM_CACHE replaces it as a whole. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  if (env.HEADROOM_CACHE) return env.HEADROOM_CACHE;
  const home = env.HOME || homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'headroom', 'cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'headroom');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'headroom');
}

/** Where a k6 that Headroom got is kept. */
export function cachedK6(folder: string, version: string, platform: NodeJS.Platform = process.platform): string {
  return join(folder, 'k6', version, platform === 'win32' ? 'k6.exe' : 'k6');
}

/** All programs of a name on the PATH, in its order. */
export function onPath(name: string, env: Environment, platform: NodeJS.Platform = process.platform): string[] {
  const file = platform === 'win32' ? `${name}.exe` : name;
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, file))
    .filter((path) => existsSync(path));
}
