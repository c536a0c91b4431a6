import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { stairs } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** Beyond the ordinary in steps, up to three times the rate: do the objectives still hold? */
export const setup = () => readSettings('stress', __ENV, { rate: 20, duration: '15m', warmup: '30s' });

export const options = scenarioOptions(setup, {
  arrivals: (settings) => stairs(settings, [1, 1.5, 2, 2.5, 3]),
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds,
});

export default bookingJourney;
