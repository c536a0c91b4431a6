import { readFile } from 'node:fs/promises';
import { AppFailure } from '../failure.ts';

/** The user and group that PostgreSQL runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** In this order; every Unix has the last. */
const NAMES = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root. Root runs it as an account that exists already, so that no user is added to
 * the machine; anyone else runs it as themselves (undefined).
 */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of NAMES) {
    const [, , uid, gid] = lines.find(([candidate]) => candidate === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new AppFailure('PostgreSQL does not run as root and there is no user nobody; start the app as another user');
}
