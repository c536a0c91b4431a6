import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { ramp } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** A straight climb to ten times the rate: where does the service give in? */
export const setup = () => readSettings('breakpoint', __ENV, { rate: 20, duration: '20m', warmup: '30s' });

export const options = scenarioOptions(setup, {
  arrivals: (settings) => ramp(settings, 0.1, 10),
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds,
});

export default bookingJourney;
