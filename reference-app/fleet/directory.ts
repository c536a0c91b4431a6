import { CONTEXTS, type ContextName } from '../switches.ts';
import type { Member } from './fleet.ts';
import type { Peers } from './questions.ts';

/** Knows where the processes of each context are, and tells all of them when that changes. */
export class Directory {
  readonly #members = new Set<Member>();
  readonly #changed: (peers: Peers) => Promise<void>;

  constructor(changed: (peers: Peers) => Promise<void>) {
    this.#changed = changed;
  }

  get peers(): Peers {
    const urls = (context: ContextName) =>
      [...this.#members].filter(({ plan }) => plan.context === context).map(({ url }) => url);
    return Object.fromEntries(CONTEXTS.map((context) => [context, urls(context)]));
  }

  /** The process takes requests from now on, until it ends. */
  add(member: Member): void {
    this.#members.add(member);
    void member.ended.then(() => {
      this.#members.delete(member);
      void this.#changed(this.peers);
    });
    void this.#changed(this.peers);
  }
}
