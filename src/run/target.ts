import { isIP } from 'node:net';
import { HeadroomError } from '../errors.ts';

/** Hosts that are this machine. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** What may be loaded: this machine always, others when someone who may say so has said so. */
export interface TargetPermission {
  /** `--yes-i-own-this-target`. */
  owned: boolean;
  /** `allowedTargets` of the configuration: origins or host names. */
  allowedTargets: readonly string[];
}

/**
 * Reads a target and checks that it may be loaded.
 *
 * @param named what it was given by, for messages
 * @returns the URL without a trailing slash
 * @throws HeadroomError SETTING_INVALID, TARGET_NOT_ALLOWED
 */
export function permittedTarget(text: string, permission: TargetPermission, named = '--target'): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new HeadroomError(
      'SETTING_INVALID',
      `${named} takes an http or https URL, not "${text}".`,
      'Give one such as http://127.0.0.1:8080.',
    );
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new HeadroomError(
      'SETTING_INVALID',
      `${named} must not carry a user or a password: flags are seen in the list of processes.`,
      'Let the scenario send them, from an environment variable.',
    );
  }
  const allowed = permission.allowedTargets.some(
    (entry) => entry === url.origin || entry === url.host || entry === url.hostname,
  );
  if (isLoopback(url.hostname) || permission.owned || allowed) return url;
  throw new HeadroomError(
    'TARGET_NOT_ALLOWED',
    `${url.host} is not this machine, and a load test can take a service down.`,
    'Add --yes-i-own-this-target, or name it in allowedTargets of headroom.config.ts.',
  );
}

/**
 * Where the load goes: what was said, or what the configuration has.
 *
 * @param given `--target`
 * @throws HeadroomError USAGE, SETTING_INVALID, TARGET_NOT_ALLOWED
 */
export function chosenTarget(
  given: string | undefined,
  config: { target?: string; allowedTargets: readonly string[] },
  owned: boolean,
): URL {
  const text = given ?? config.target;
  if (text === undefined) {
    throw new HeadroomError(
      'USAGE',
      "required option '--target <url>' not specified.",
      'Give it, or name the target in headroom.config.ts.',
    );
  }
  const { allowedTargets } = config;
  return permittedTarget(
    text,
    { owned, allowedTargets },
    given === undefined ? 'target of headroom.config.ts' : '--target',
  );
}

/** The target as it may be shown and stored: without user, password, query and trailing slash. */
export function publicTarget(url: URL): string {
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** How long a target may take to answer the first request. */
const REACH_TIMEOUT_MS = 5_000;

/**
 * Sends one request to see that somebody answers; any HTTP answer will do.
 *
 * @throws HeadroomError TARGET_UNREACHABLE
 */
export async function reachTarget(url: URL, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REACH_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new HeadroomError(
      'TARGET_UNREACHABLE',
      `Nothing answers at ${publicTarget(url)} (${reasonOf(error)}).`,
      'Start the target, or correct --target.',
      { cause: error },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.name === 'TimeoutError' ? `no answer in ${REACH_TIMEOUT_MS / 1000} s` : error.message;
}
