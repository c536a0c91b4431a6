import { HeadroomError } from '../errors.ts';
import type { NotifyFormat } from './message.ts';
import type { Webhook } from './notifier.ts';

/** Variable that holds the webhook's URL when no flag names another. */
export const NOTIFY_VARIABLE = 'HEADROOM_NOTIFY_URL';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The webhook that the environment names. A URL in a flag is refused: who sees the list of processes could post there.
 *
 * @param variable of the environment that holds the URL; `HEADROOM_NOTIFY_URL` without
 * @returns null when none is set and none was asked for
 * @throws HeadroomError SETTING_INVALID; its words never hold the URL
 */
export function webhookOf(variable: string | undefined, format: NotifyFormat, env: Environment): Webhook | null {
  if (variable === undefined && !env[NOTIFY_VARIABLE]) return null;
  return webhookIn(variable ?? NOTIFY_VARIABLE, format, env);
}

/**
 * The webhook that a variable of the environment holds.
 *
 * @throws HeadroomError SETTING_INVALID, also when it is not set; its words never hold the URL
 */
export function webhookIn(name: string, format: NotifyFormat, env: Environment): Webhook {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      '--notify takes the name of an environment variable: the URL of a webhook is a secret, and flags are seen in the list of processes.',
      `Put the URL into ${NOTIFY_VARIABLE}, or give the name of the variable that holds it.`,
    );
  }
  const text = env[name];
  if (!text) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `The URL of the webhook is looked for in the environment variable ${name}, which is not set.`,
      'Set it to the URL of the webhook.',
    );
  }
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `The environment variable ${name} holds no http or https URL.`,
      'Set it to the URL of the webhook.',
    );
  }
  return { url: new URL(text), format };
}

/** The environment without the webhook's URL: for k6, whose script sees all of it. */
export function withoutWebhook(env: Environment, variable: string | undefined): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== NOTIFY_VARIABLE && name !== variable));
}
