import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { steady } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** An ordinary busy hour: a steady rate, judged by the objectives. */
export const setup = () => readSettings('load', __ENV, { rate: 20, duration: '10m', warmup: '30s' });

export const options = scenarioOptions(setup, {
  arrivals: steady,
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds,
});

export default bookingJourney;
