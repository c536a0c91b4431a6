/** Where cached values are kept: the memory of this process, or a server that several share. */
export interface CacheStore {
  /**
   * The value of a key and the marks of its tags, as they are now. A tag without a mark is given one that was never used:
   * a store may forget marks, and what was kept under them is then no longer valid.
   * @throws when the store does not answer
   */
  get(key: string, tags: readonly string[]): Promise<Found>;
  /** Keeps a value for `ttlMs`, valid while its tags have these marks. @throws when the store does not answer */
  set(key: string, value: string, marks: readonly string[], ttlMs: number): Promise<void>;
  /** Takes the marks of these tags away. @throws when the store does not answer */
  invalidate(tags: readonly string[]): Promise<void>;
  /** Number of values kept; null when that is not known here. */
  readonly size: number | null;
  close(): Promise<void>;
}

export interface Found {
  /** Undefined when there is none, or when a tag has another mark than when it was kept. */
  readonly value: string | undefined;
  /** To keep a value with that is loaded from now on. */
  readonly marks: readonly string[];
}

/** A value with the marks that its tags had when it was loaded. */
export const pack = (value: string, marks: readonly string[]): string => `${marks.join(' ')}\n${value}`;

/** The value, when its tags still have these marks. */
export function unpack(packed: string | null | undefined, marks: readonly string[]): string | undefined {
  const prefix = `${marks.join(' ')}\n`;
  return packed?.startsWith(prefix) ? packed.slice(prefix.length) : undefined;
}
