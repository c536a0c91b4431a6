import { withoutWebhook } from '../notify/index.ts';
import { withoutInfluxSecrets } from '../publish/influx.ts';
import { k6LoadVariables, loadVariables, withoutLoadVariables } from '../results/settings.ts';
import type { Io } from './io.ts';

/**
 * What k6, its script and an app that we start may see of the environment: none of the secrets that are for us, and nothing that
 * would shape the load unasked, which is told.
 *
 * @param settings that the load was given
 */
export function loadEnv(
  { env, stderr }: Io,
  settings: Readonly<Record<string, string>> = {},
  notifyVariable?: string,
): Record<string, string | undefined> {
  const own = Object.entries(loadVariables(env)).filter(([name, value]) => settings[name] !== value);
  const unasked = [...own, ...Object.entries(k6LoadVariables(env))];
  if (unasked.length > 0) {
    const named = unasked.map(([name, value]) => `${name}=${value}`).join(', ');
    stderr.write(
      `${named} of the environment ${unasked.length === 1 ? 'does' : 'do'} not shape the load: only flags do\n`,
    );
  }
  return withoutLoadVariables(withoutWebhook(withoutInfluxSecrets(env), notifyVariable));
}
