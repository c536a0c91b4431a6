import { keyedRandom } from '../../lib/generators/random.ts';
import type { Fault, FaultKind } from './spec.ts';

/** A fault that is on. */
type Active<K extends FaultKind> = Extract<Fault, { kind: K }> & { readonly since: number };

/** What brings faults about that are more than a decision: each is told when its faults are switched on and off. */
export interface FaultEffects {
  /** Faults of its kind that are on now. @throws when they cannot be */
  apply(faults: readonly Fault[]): Promise<void>;
  stop(): void;
}

/** Told each time that a fault strikes. */
export type FaultObserver = (kind: FaultKind) => void;

/** The faults that are on, and what they decide. */
export class Faults {
  readonly #observe: FaultObserver;
  readonly #seed: number;
  readonly #effects: FaultEffects[] = [];
  #active: (Fault & { readonly since: number })[] = [];
  #drawn = 0;

  constructor(seed: number, observe: FaultObserver) {
    this.#seed = seed;
    this.#observe = observe;
  }

  get active(): readonly Fault[] {
    return this.#active;
  }

  add(effects: FaultEffects): void {
    this.#effects.push(effects);
  }

  /** From now on these faults are on, and no others; those that were on already go on. */
  async set(faults: readonly Fault[]): Promise<void> {
    const now = performance.now();
    const before = this.#active;
    const known = new Map(before.map((fault) => [fault.text, fault]));
    this.#active = faults.map((fault) => known.get(fault.text) ?? { ...fault, since: now });
    try {
      for (const effects of this.#effects) await effects.apply(this.#active);
    } catch (error) {
      this.#active = before;
      throw error;
    }
  }

  /** Notes that a fault struck. */
  struck(kind: FaultKind): void {
    this.#observe(kind);
  }

  /** Milliseconds to add to an answer that took so long. */
  slowness(endpoint: string, tookMs: number): number {
    let added = 0;
    for (const fault of this.#of('slow')) {
      if (fault.endpoint === endpoint && performance.now() - fault.since >= fault.afterMs) {
        added += fault.addedMs + fault.addedShare * tookMs;
      }
    }
    if (added > 0) this.struck('slow');
    return added;
  }

  /** Whether this request is to fail. */
  fails(endpoint: string): boolean {
    const share = this.#of('errors').reduce((sum, fault) => sum + (fault.endpoint === endpoint ? fault.share : 0), 0);
    if (share === 0 || keyedRandom(this.#seed, 'errors', this.#drawn++).next() >= share) return false;
    this.struck('errors');
    return true;
  }

  dropped(shard: string): boolean {
    const dropped = this.#of('drop-shard').some((fault) => fault.shard === shard);
    if (dropped) this.struck('drop-shard');
    return dropped;
  }

  cacheDown(): boolean {
    const down = this.#of('cache-down').length > 0;
    if (down) this.struck('cache-down');
    return down;
  }

  stop(): void {
    for (const effects of this.#effects) effects.stop();
  }

  #of<K extends FaultKind>(kind: K): Active<K>[] {
    return this.#active.filter((fault): fault is Active<K> & Fault & { since: number } => fault.kind === kind);
  }
}
