import { withoutWebhook } from '../notify/index.ts';
import { withoutInfluxSecrets } from '../publish/influx.ts';

/** What k6, its script and an app that we start may see of the environment: none of the secrets that are for us. */
export function loadEnv(
  env: Readonly<Record<string, string | undefined>>,
  notifyVariable?: string,
): Record<string, string | undefined> {
  return withoutWebhook(withoutInfluxSecrets(env), notifyVariable);
}
