import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { steady } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { smokeSlos } from '../thresholds/smoke.ts';

/** Does everything work? A few journeys; no judgement of latency. */
export const setup = () => readSettings('smoke', __ENV, { rate: 5, duration: '20s', warmup: '0s' });

export const options = scenarioOptions(setup, {
  arrivals: steady,
  slos: smokeSlos,
  journeySeconds: meanJourneySeconds,
});

export default bookingJourney;
