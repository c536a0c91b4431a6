/** Programs that cannot run here, as scripts that note how they were called and do what a test wants. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Fakes {
  folder: string;
  /** Puts the programs in front of those that there are. */
  path: string;
  /** How they were called so far, a line each. */
  calls(): string[];
  remove(): void;
}

/** @param programs what each does, in bash, after it has noted its name and arguments */
export function fakePrograms(programs: Readonly<Record<string, string>>): Fakes {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-fakes-'));
  const noted = join(folder, 'calls');
  writeFileSync(noted, '');
  mkdirSync(join(folder, 'bin'));
  for (const [name, does] of Object.entries(programs)) {
    const program = join(folder, 'bin', name);
    writeFileSync(program, `#!/usr/bin/env bash\necho "${name} $*" >>'${noted}'\n${does}\n`);
    chmodSync(program, 0o755);
  }
  return {
    folder,
    path: `${join(folder, 'bin')}:${process.env.PATH}`,
    calls: () => readFileSync(noted, 'utf8').trim().split('\n'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
