import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { soakProfile } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** Hours of load, steady or in days: what leaks, grows or drifts shows after hours. */
export const setup = () => readSettings('soak', __ENV, { rate: 20, duration: '8h', warmup: '5m' });

export const options = scenarioOptions(setup, {
  arrivals: soakProfile,
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds,
});

export default bookingJourney;
