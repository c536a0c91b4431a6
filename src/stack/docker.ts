import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HeadroomError } from '../errors.ts';
import { onPath } from '../k6/cache.ts';

/** What `docker compose` is asked to do with the stack. */
export const COMPOSE = {
  up: ['up', '--detach', '--wait'],
  down: ['down'],
  status: ['ps'],
} as const;

const FILE = fileURLToPath(new URL('../../deploy/compose.yaml', import.meta.url));

/** Docker's program; null where there is none. */
export function dockerProgram(env: Readonly<Record<string, string | undefined>>): string | null {
  return onPath('docker', env)[0] ?? null;
}

/**
 * Runs docker compose on deploy/compose.yaml; its output goes where ours goes.
 *
 * @throws HeadroomError STACK_FAILED
 */
export async function compose(
  docker: string,
  action: keyof typeof COMPOSE,
  options: { env: Readonly<Record<string, string | undefined>>; remove: boolean; write(text: string): unknown },
): Promise<void> {
  const args = ['compose', '--file', FILE, ...COMPOSE[action], ...(options.remove ? ['--volumes'] : [])];
  const child = spawn(docker, args, { env: { ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => options.write(String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) {
    throw new HeadroomError(
      'STACK_FAILED',
      `docker compose ended with exit code ${code ?? 'none'}.`,
      'Its output says why; --local starts the programs on the PATH instead.',
    );
  }
}
