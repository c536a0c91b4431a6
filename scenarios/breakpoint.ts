import { bookingJourney, bookingSeconds } from '../lib/journeys/booking.ts';
import { climb } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** A straight climb to ten times the rate: where does the service give in? */
const settings = readSettings(__ENV, { rate: 20, duration: '20m', warmup: '30s' });

export const options = scenarioOptions({
  name: 'breakpoint',
  settings,
  profile: climb(settings),
  slos: bookingSlos,
  journeySeconds: bookingSeconds(settings),
});

export default bookingJourney(settings);
