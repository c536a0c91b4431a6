import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Rate } from 'k6/metrics';
import { keyedRandom, streamOf } from '../generators/random.ts';
import { createWorld } from '../generators/world.ts';
import type { Settings } from '../workload/settings.ts';
import { book, type Held, pay, search, view } from './booking-api.ts';
import { createPlanner, type Step, THINK_SECONDS_PER_JOURNEY } from './plan.ts';
import { sharedPools } from './pools.ts';

/** Time that a journey's four requests take where the service is well; only sizes the virtual users. */
const RESPONSE_SECONDS_PER_JOURNEY = 0.25;

const success = new Rate('journey_success');
/** What was acknowledged; the audit compares it with the rows in the database. */
const bookingsCreated = new Counter('bookings_created');
const paymentsCaptured = new Counter('payments_captured');
const JOURNEY = { journey: 'booking' };

/** Mean length of a journey in seconds, by Little's law what decides how many virtual users a rate needs. */
export function bookingSeconds({ think }: Settings): number {
  return think * THINK_SECONDS_PER_JOURNEY + RESPONSE_SECONDS_PER_JOURNEY;
}

/**
 * The journey of a pet owner: search, look at sitters, perhaps book one, pay. All that it will do hangs on the seed,
 * the scenario's name and the number of the iteration; of the target's answers only the booking's id is used.
 */
export function bookingJourney(settings: Settings): () => void {
  const world = createWorld(
    { seed: settings.worldSeed, users: settings.users, sitters: settings.sitters },
    sharedPools(),
  );
  const plan = createPlanner(world);
  // Without Headroom beside it, k6 itself must tell the warm-up from the rest.
  const tagsPhase = __ENV.HEADROOM !== '1' && settings.warmup > 0;

  return () => {
    const { name, iterationInTest } = exec.scenario;
    if (tagsPhase)
      exec.vu.metrics.tags.phase = exec.instance.currentTestRunDuration < settings.warmup * 1000 ? 'warmup' : 'steady';
    const random = keyedRandom(settings.seed, streamOf(name), iterationInTest);
    const key = `${name}-${settings.seed}-${iterationInTest}`;
    success.add(walk(settings, plan(random, iterationInTest), key), JOURNEY);
  };
}

/** Takes the steps until one fails or leads nowhere; true when every answer was as expected. */
function walk({ baseUrl, think }: Settings, steps: readonly Step[], key: string): boolean {
  let held: Held | null = null;
  for (const step of steps) {
    if (step.thinkSeconds > 0 && think > 0) sleep(step.thinkSeconds * think);
    if (step.kind === 'search') {
      if (!search(baseUrl, step)) return false;
    } else if (step.kind === 'view') {
      if (!view(baseUrl, step.sitterId)) return false;
    } else if (step.kind === 'book') {
      const answer = bookOneOf(baseUrl, step);
      if (answer === null) return false;
      // All slots were taken: the owner gives up, the service did its work.
      if (answer === 'taken') return true;
      held = answer;
    } else if (held !== null) {
      if (!pay(baseUrl, held, `${key}-${held.bookingId}`)) return false;
      paymentsCaptured.add(1);
    }
  }
  return true;
}

function bookOneOf(baseUrl: string, step: Extract<Step, { kind: 'book' }>): Held | 'taken' | null {
  for (const slot of step.slots) {
    const answer = book(baseUrl, step, slot);
    if (answer === 'taken') continue;
    if (answer !== null) bookingsCreated.add(1);
    return answer;
  }
  return 'taken';
}
