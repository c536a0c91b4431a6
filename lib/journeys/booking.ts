import { lastNames } from 'headroom:pools';
import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Rate } from 'k6/metrics';
import { keyOf, uniform } from '../generators/random.ts';
import { markPhase } from '../workload/phase.ts';
import type { Settings } from '../workload/settings.ts';
import { book, get, type Held, pay } from './booking-api.ts';
import { planJourney, THINK_SECONDS } from './mix.ts';
import { drawSearch, drawSitterId, drawSlot, drawVisitor } from './visit.ts';

const success = new Rate('journey_success');
/** What was acknowledged; the audit compares it with the rows in the database. */
const bookingsCreated = new Counter('bookings_created');
const paymentsCaptured = new Counter('payments_captured');

/**
 * The journey of a pet owner, once an iteration: search, look at sitters, perhaps book one, pay. All that it asks for
 * hangs on the seed, the scenario's name and the number of the iteration; of the target's answers it uses the id and the
 * price of its booking.
 *
 * It speaks to k6 itself and not by `defineScenario`: the order of its draws is what baselines and recorded runs hang on, the answers
 * decide where it goes on, and a payment that got lost is asked for again with the same key. As an `attempt` with a judgement of its
 * own at every step it would be no shorter.
 *
 * @param settings from the scenario's `setup`
 */
export function bookingJourney(settings: Settings): void {
  markPhase(settings);
  success.add(walk(settings, settings.firstIteration + exec.scenario.iterationInTest), { journey: 'booking' });
}

/** Takes the steps until one fails or leads nowhere; true when every answer was as expected. */
function walk(settings: Settings, iteration: number): boolean {
  const { baseUrl, seed, journeyStream, firstSlotHour } = settings;
  const key = keyOf(seed, journeyStream, iteration);
  let drawn = 0;
  const draw = (): number => uniform(key, drawn++);
  const visitor = drawVisitor(draw, settings.users);
  const slot = drawSlot(draw, firstSlotHour, iteration);
  const otherSlot = drawSlot(draw, firstSlotHour, iteration);
  const steps = planJourney(draw, settings.books);
  let query = '';
  let page = 1;
  let sitterId = '';
  let held: Held | 'taken' | null = null;
  for (let i = 0; i < steps.length; i++) {
    // Exponential, as in the TPC benchmarks with think times.
    if (i > 0) sleep(settings.think * THINK_SECONDS * -Math.log(1 - draw()));
    const step = steps[i];
    if (step === 'search' || step === 'nextPage') {
      page = step === 'search' ? 1 : page + 1;
      if (page === 1) query = drawSearch(draw, visitor, slot);
      const answer = get('search', `${baseUrl}${query}&page=${page}`);
      if (answer.status !== 200 || answer.json('sitters') === undefined) return false;
    } else if (step === 'view') {
      sitterId = drawSitterId(draw, visitor, settings.sitters);
      const answer = get('view', `${baseUrl}/sitters/${sitterId}`);
      if (answer.status !== 200 || answer.json('id') !== sitterId) return false;
    } else if (step === 'book') {
      held = book(baseUrl, visitor.id, sitterId, slot);
      if (held === 'taken') held = book(baseUrl, visitor.id, sitterId, otherSlot);
      if (held === null) return false;
      // The visitor goes away; the service did its work.
      if (held === 'taken') return true;
      bookingsCreated.add(1);
    } else if (held !== null) {
      const names: string[] = JSON.parse(lastNames);
      const cardToken = `tok_${names[Math.floor(draw() * names.length)]}_${Math.floor(draw() * 1e9)}`;
      if (!pay(baseUrl, held, cardToken, `${settings.scenario}-${seed}-${iteration}-${held.bookingId}`)) return false;
      paymentsCaptured.add(1);
    }
  }
  return true;
}
