import { bookingJourney } from '../lib/journeys/booking.ts';
import { meanJourneySeconds } from '../lib/journeys/mix.ts';
import { mondayMorning } from '../lib/workload/arrival.ts';
import { scenarioOptions } from '../lib/workload/options.ts';
import { readSettings } from '../lib/workload/settings.ts';
import { bookingSlos } from '../thresholds/booking.ts';

/** Monday morning: five times the quiet rate within minutes. */
export const setup = () => readSettings('spike', __ENV, { rate: 20, duration: '10m', warmup: '30s' });

export const options = scenarioOptions(setup, {
  arrivals: (settings) => mondayMorning(settings, 5),
  slos: bookingSlos,
  journeySeconds: meanJourneySeconds,
});

export default bookingJourney;
