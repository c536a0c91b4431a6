export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A chain of references is followed so far. */
const LONGEST_CHAIN = 20;

/** Finds what `$ref` names within one document (RFC 6901, JSON Pointer, in a URI fragment). */
export class References {
  readonly #document: unknown;
  /** References that lead out of the document, or to nothing. */
  readonly unresolved = new Set<string>();

  constructor(document: unknown) {
    this.#document = document;
  }

  /** The value itself, or what it refers to; undefined where that is not in the document, or goes in a circle. */
  resolve(value: unknown): unknown {
    let found = value;
    for (let i = 0; i < LONGEST_CHAIN; i++) {
      if (!isRecord(found) || typeof found.$ref !== 'string') return found;
      const { $ref } = found;
      found = this.#at($ref);
      if (found === undefined) {
        this.unresolved.add($ref);
        return undefined;
      }
    }
    return undefined;
  }

  #at(reference: string): unknown {
    if (!reference.startsWith('#/')) return reference === '#' ? this.#document : undefined;
    let found: unknown = this.#document;
    for (const part of reference.slice(2).split('/')) {
      const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(found)) found = found[Number(name)];
      else if (isRecord(found) && Object.hasOwn(found, name)) found = found[name];
      else return undefined;
    }
    return found;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
