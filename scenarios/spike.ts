import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { mondayMorning } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** Monday morning: five times the quiet rate within minutes. */
const settings = readSettings(__ENV, { rate: 20, duration: '10m', warmup: '30s' });

export const options = scenarioOptions({
  name: 'spike',
  settings,
  profile: mondayMorning(settings, 5),
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds(settings.think),
});

export default bookingJourney(settings);
