import { HeadroomError } from '../errors.ts';

/**
 * k6-operator appends `-initializer` and `-service-100` to a TestRun's name, and what comes out is a label value and the name
 * of a service: at most 63 characters, the first a letter (RFC 1035).
 */
const LONGEST_NAME = 48;
const LONGEST_LABEL = 63;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Name of a TestRun, and id of its run, for a run id as runs have it here. */
export function testRunNameFor(runId: string): string {
  const [stamp = '', ...rest] = runId
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .split('-');
  const random = rest.pop() ?? '';
  const ending = `-${stamp}-${random}`;
  const scenario = rest
    .join('-')
    .replaceAll(/-+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST_NAME - ending.length);
  return `${scenario.replace(/-+$/, '') || 'run'}${ending}`;
}

/** @throws HeadroomError SETTING_INVALID */
export function requireTestRunName(name: string): void {
  if (LABEL.test(name) && /^[a-z]/.test(name) && name.length <= LONGEST_NAME) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `${JSON.stringify(name)} is no name for a TestRun.`,
    `Give small letters, digits and dashes, the first a letter, at most ${LONGEST_NAME} of them: k6-operator names services after it.`,
  );
}

/** @throws HeadroomError SETTING_INVALID */
export function requireNamespace(name: string): void {
  if (LABEL.test(name) && name.length <= LONGEST_LABEL) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `${JSON.stringify(name)} is no name of a namespace.`,
    'Give small letters, digits and dashes, at most 63 of them (RFC 1123).',
  );
}

/**
 * Name of an object that is there already, such as a claim or a secret: a DNS subdomain (RFC 1123).
 *
 * @throws HeadroomError SETTING_INVALID
 */
export function requireObjectName(name: string, flag: string): void {
  if (name.length <= 253 && name.split('.').every((part) => LABEL.test(part) && part.length <= LONGEST_LABEL)) return;
  throw new HeadroomError(
    'SETTING_INVALID',
    `${flag} takes the name of an object of the cluster, not ${JSON.stringify(name)}.`,
    'Give small letters, digits, dashes and dots (RFC 1123).',
  );
}
