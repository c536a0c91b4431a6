import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { publicTarget } from './target.ts';

const configSchema = z.object({ image: z.string().min(1).max(500) });
const TIMEOUT_MS = 2_000;

/** Asks a target which image it was started from; null when it does not say. */
async function imageSaidBy(target: URL): Promise<string | null> {
  const url = new URL(`${target.pathname.replace(/\/+$/, '')}/internal/config`, target);
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return configSchema.parse(await response.json()).image;
  } catch {
    return null;
  }
}

/**
 * The image that a target runs: as given, else as the target says; null when neither does.
 *
 * @throws HeadroomError SETTING_INVALID when they say different things
 */
export async function imageOf(target: URL, given: string | undefined): Promise<string | null> {
  const said = await imageSaidBy(target);
  if (given !== undefined && said !== null && given !== said) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `--image is ${given}, but ${publicTarget(target)} says that it was started from ${said}.`,
      'Leave --image out, or point --target at the image that you mean.',
    );
  }
  return given ?? said;
}
