import { createHash } from 'node:crypto';

/** A page and what it may do, as a Content Security Policy for its header. */
export interface UiPage {
  text: string;
  policy: string;
}

/** Source of a script or style in a policy (W3C Content Security Policy Level 3, section 6.7.3). */
export function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
