import { type Shard, writes } from '../database/database.ts';
import { sqlState } from '../database/postgres.ts';
import type { FaultEffects, Faults } from './faults.ts';

const DROP = writes<[]>('fault-drop-constraint', 'ALTER TABLE bookings DROP CONSTRAINT IF EXISTS bookings_no_overlap');
const RESTORE = writes<[]>(
  'fault-restore-constraint',
  `ALTER TABLE bookings DROP CONSTRAINT IF EXISTS bookings_no_overlap, ADD CONSTRAINT bookings_no_overlap
     EXCLUDE USING gist (sitter_id WITH =, slot WITH &&) WHERE (status IN ('held', 'confirmed'))`,
);
/** SQLSTATE exclusion_violation: what was double booked meanwhile stands. */
const EXCLUSION_VIOLATION = '23P01';

/** The constraint stays away, for there are double bookings now. */
export class ConstraintLostError extends Error {
  override readonly name = 'ConstraintLostError';
}

/** Takes the one thing away that keeps a slot from being booked twice, so that the audit can be seen to find it. */
export class DoubleBooking implements FaultEffects {
  readonly #faults: Faults;
  readonly #shards: readonly Shard[];
  #on = false;

  constructor(faults: Faults, shards: readonly Shard[]) {
    this.#faults = faults;
    this.#shards = shards;
  }

  async apply(): Promise<void> {
    const wanted = this.#faults.active.some(({ kind }) => kind === 'double-booking');
    if (wanted === this.#on) return;
    for (const shard of this.#shards) {
      await shard.query(wanted ? DROP : RESTORE, []).catch((error: unknown) => {
        if (sqlState(error) !== EXCLUSION_VIOLATION) throw error;
        throw new ConstraintLostError('there are double bookings now, so the constraint cannot come back');
      });
    }
    this.#on = wanted;
    if (wanted) this.#faults.struck('double-booking');
  }

  stop(): void {}
}
