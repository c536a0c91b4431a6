import exec from 'k6/execution';
import http from 'k6/http';
import { steady } from '../../lib/workload/arrival.ts';
import { scenarioOptions } from '../../lib/workload/options.ts';
import { readSettings, type Settings } from '../../lib/workload/settings.ts';

/** What a look-up takes where the target is well; it only sizes the virtual users. */
const LOOKUP_SECONDS = 0.05;

/** For `headroom calibrate`: a journey is one look-up of a user, one statement each, so that the limit can be computed. */
export const setup = () => ({
  ...readSettings('lookup', __ENV, { rate: 20, duration: '30s', warmup: '5s' }),
  // In turn, so that each database gets the same share.
  userIds: (__ENV.USER_IDS ?? '').split(','),
});

export const options = scenarioOptions(setup, { arrivals: steady, slos: [], journeySeconds: () => LOOKUP_SECONDS });

export default function ({ baseUrl, userIds }: Settings & { userIds: string[] }): void {
  const id = userIds[exec.scenario.iterationInTest % userIds.length];
  http.get(`${baseUrl}/users/${id}`, { tags: { name: 'lookup' }, headers: { 'X-Load-Test': 'headroom' } });
}
