import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Rate } from 'k6/metrics';
import { keyedRandom, type Random } from '../generators/random.ts';
import { userName } from '../generators/world.ts';
import type { Settings } from '../workload/settings.ts';
import { book, type Held, pay, search, view } from './booking-api.ts';
import { drawThinkSeconds, planJourney } from './mix.ts';
import { sharedPool } from './pools.ts';
import { drawSearch, drawSitterId, drawSlot, drawVisitor, idOf } from './visit.ts';

/** How many slots a visitor asks for before giving up. */
const BOOKING_ATTEMPTS = 2;

/**
 * The journey of a pet owner: search, look at sitters, perhaps book one, pay. All that it asks for hangs on the seed, the
 * scenario's name and the number of the iteration; of the target's answers it uses the id and the price of its booking.
 *
 * @returns the function that k6 calls for each iteration
 */
export const bookingJourney = (settings: Settings): (() => void) => {
  const { baseUrl, seed, worldSeed, run, think, warmup, native } = settings;
  const success = new Rate('journey_success');
  // What was acknowledged; the audit compares it with the rows in the database.
  const bookingsCreated = new Counter('bookings_created');
  const paymentsCaptured = new Counter('payments_captured');
  const names = { firstNames: sharedPool('firstNames'), lastNames: sharedPool('lastNames') };
  const size = { users: settings.users, sitters: settings.sitters };

  /** Takes the steps until one fails or leads nowhere; true when every answer was as expected. */
  const walk = (random: Random, scenario: string, iteration: number): boolean => {
    const visitor = drawVisitor(random, size);
    const id = idOf(visitor);
    let query = '';
    let page = 1;
    let sitterId = '';
    let held: Held | 'taken' | null = 'taken';
    let started = false;
    for (const step of planJourney(random)) {
      if (started) sleep(think * drawThinkSeconds(random));
      started = true;
      if (step === 'search' || step === 'nextPage') {
        page = step === 'search' ? 1 : page + 1;
        if (page === 1) query = drawSearch(random, visitor, drawSlot(seed, run, iteration, 0));
        if (!search(`${baseUrl}${query}&page=${page}`)) return false;
      } else if (step === 'view') {
        sitterId = drawSitterId(random, visitor, size);
        if (!view(baseUrl, sitterId)) return false;
      } else if (step === 'book') {
        for (let attempt = 0; attempt < BOOKING_ATTEMPTS && held === 'taken'; attempt++) {
          const slot = drawSlot(seed, run, iteration, attempt);
          held = book(baseUrl, { userId: id, petId: id, sitterId, from: slot.from, to: slot.to });
        }
        if (held === null) return false;
        // The visitor goes away; the service did its work.
        if (held === 'taken') return true;
        bookingsCreated.add(1);
      } else if (held !== null && held !== 'taken') {
        const holder = userName(worldSeed, visitor.regionIndex, visitor.n, names);
        const key = `${scenario}-${seed}-${iteration}-${held.bookingId}`;
        if (!pay(baseUrl, held, `tok_${holder.replace(/\W+/g, '_')}`, key)) return false;
        paymentsCaptured.add(1);
      }
    }
    return true;
  };

  return () => {
    const { name, iterationInTest } = exec.scenario;
    // Without Headroom beside it, k6 itself must tell the warm-up from the rest.
    if (native) exec.vu.metrics.tags.phase = exec.instance.currentTestRunDuration < warmup * 1000 ? 'warmup' : 'steady';
    success.add(walk(keyedRandom(seed, name, iterationInTest), name, iterationInTest), { journey: 'booking' });
  };
};
