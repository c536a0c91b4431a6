import { keyOf, streamOf, uniform } from '../../lib/generators/random.ts';
import { detached } from './routes.ts';

/** Query strings that are kept of an endpoint, at most. */
const SIZE = 2_000;
const LONGEST = 2_000;
/** Names of parameters whose values are nobody's business. */
const SECRET = new RegExp(
  [
    'pass|secret|token|auth|session|sessid|sig(?:nature)?$|api[_-]?key|^key$|^code$|e-?mail|phone',
    'csrf|xsrf|jwt|nonce|credential|^sid$|otp$|^pin$|^cv[vc]$|card.?(?:no|num)|iban|^ssn$',
  ].join('|'),
  'i',
);

/** Whether the value of a parameter may be a secret, or name a person, by its name. */
export const isPrivate = (name: string): boolean => SECRET.test(name);

/**
 * A fair sample of the query strings of an endpoint as they were asked for, frequent ones more often; empty ones too.
 *
 * Source: J. S. Vitter, "Random sampling with a reservoir", ACM TOMS 11(1), 1985, algorithm R.
 */
export class QuerySample {
  readonly #kept: string[] = [];
  readonly #masked = new Set<string>();
  readonly #key = keyOf(1, streamOf('queries'), 0);
  #seen = 0;
  #any = false;

  /** @param query without the question mark; empty for none */
  add(query: string): void {
    const place = this.#seen < SIZE ? this.#seen : Math.floor(uniform(this.#key, this.#seen) * (this.#seen + 1));
    this.#seen++;
    if (query !== '') this.#any = true;
    if (place < SIZE) this.#kept[place] = query.length > LONGEST ? '' : detached(this.#mask(query));
  }

  /**
   * @param keep most that are handed on
   * @returns null when no request had a query
   */
  result(keep: number): { values: string[]; masked: string[] } | null {
    return this.#any ? { values: this.#kept.slice(0, keep), masked: [...this.#masked].sort() } : null;
  }

  /** Takes out the values of parameters that may be secrets, or name a person. */
  #mask(query: string): string {
    if (!SECRET.test(query)) return query;
    return query
      .split('&')
      .map((part) => {
        const name = part.split('=', 1)[0] ?? '';
        if (!isPrivate(name) || part.length <= name.length + 1) return part;
        if (this.#masked.size < 100) this.#masked.add(detached(name));
        return `${name}=masked`;
      })
      .join('&');
  }
}
