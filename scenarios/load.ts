import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { steady } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** An ordinary busy hour: a steady rate, judged by the objectives. */
const settings = readSettings(__ENV, { rate: 20, duration: '10m', warmup: '30s' });

export const options = scenarioOptions({
  name: 'load',
  settings,
  profile: steady(settings),
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds(settings.think),
});

export default bookingJourney(settings);
