import { isPrivate } from '../workload/queries.ts';
import { isRecord } from './references.ts';

const MASK = 'masked';
/** Shorter values stand in texts by chance. */
const SHORTEST = 8;
/** A JSON Web Token (RFC 7519): `{"` in base64url, then two more parts. */
const TOKEN = /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/;
const MAIL = /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/;
/** In JSON of answers, where names such as `code` and `key` are those of things. */
const GIVEN_OUT = /token|secret|passw|jwt|csrf|xsrf|session/i;
/** What stands before a part of a path that only one person knows. */
const BEFORE_SECRET = /reset|invit|verif|confirm|unsubscribe|magic|token|session|passw|share|activat/i;

/**
 * Keeps what may be a secret, or names a person, out of what is written: values by their name, tokens by their form, and any other
 * text that holds a value that was seen as a secret elsewhere in the recording.
 */
export class Secrets {
  readonly #known = new Set<string>();
  /** Names of the values that were masked. */
  readonly masked = new Set<string>();

  /** Learns a value that is a secret wherever it stands. */
  learn(value: string, shortest = SHORTEST): void {
    if (value.length >= shortest) this.#known.add(value);
  }

  /** Learns from a query or form by the names of its values. */
  learnForm(text: string): void {
    for (const [name, value] of pairsOf(text)) if (isPrivate(name)) this.learn(value);
  }

  /** Learns from JSON by its names. @param names which are those of secrets */
  learnValue(value: unknown, names: (name: string) => boolean = isPrivate, within = false): void {
    if (typeof value === 'string' && within) this.learn(value);
    if (Array.isArray(value)) for (const each of value) this.learnValue(each, names, within);
    if (!isRecord(value)) return;
    for (const [name, each] of Object.entries(value)) this.learnValue(each, names, within || names(name));
  }

  /** Learns from what an answer gave out. */
  learnAnswer(text: string): void {
    const document = jsonIn(text);
    if (document !== undefined) this.learnValue(document, (name) => GIVEN_OUT.test(name));
  }

  /** Whether a text is, or holds, what may be a secret. */
  holds(text: string): boolean {
    return TOKEN.test(text) || MAIL.test(text) || [...this.#known].some((secret) => text.includes(secret));
  }

  /** Whether a part of a path may be what only one person knows. */
  holdsPart(part: string, before: string): boolean {
    return this.holds(part) || (BEFORE_SECRET.test(before) && part.length >= 16 && /\d/.test(part));
  }

  /** A query or form with such values taken out. */
  form(text: string): string {
    return text
      .split('&')
      .map((part) => {
        const [[name, value] = ['', '']] = pairsOf(part);
        if (value === '' || !(isPrivate(name) || this.holds(value))) return part;
        this.masked.add(name);
        return `${part.split('=', 1)[0]}=${MASK}`;
      })
      .join('&');
  }

  /** A JSON value with such values taken out. @param name under which it stands; @param within something of a private name */
  value(value: unknown, name = '', within = false): unknown {
    const secret = within || isPrivate(name);
    if (Array.isArray(value)) return value.map((each) => this.value(each, name, secret));
    if (isRecord(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.value(each, key, secret)]));
    }
    const inside = typeof value === 'string' ? jsonIn(value) : undefined;
    if (inside !== undefined) return JSON.stringify(this.value(inside, name, secret));
    const kept = value === null || typeof value === 'boolean' || value === '';
    if (kept || !(secret || (typeof value === 'string' && this.holds(value)))) return value;
    this.masked.add(name);
    return MASK;
  }
}

/** A document in a text: an object or list; undefined for any other text. */
export function jsonIn(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A part of a URL as it was meant. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const pairsOf = (text: string): [name: string, value: string][] =>
  text.split('&').map((part) => {
    const end = part.indexOf('=');
    const [name, value] = end < 0 ? [part, ''] : [part.slice(0, end), part.slice(end + 1)];
    return [decoded(name), decoded(value.replaceAll('+', ' '))];
  });
