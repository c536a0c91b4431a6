import { expect, it } from 'vitest';
import { k6LoadVariables, loadSettings, loadVariables, withoutLoadVariables } from '../../src/results/settings.ts';

it('keeps what shapes a load, and nothing else of the environment', () => {
  const env = { RATE: '50', THINK: '0', RUN: 'night', DURATION: '', API_TOKEN: 'secret', PATH: '/bin', VUS: undefined };
  expect(loadSettings(env)).toEqual({ RATE: '50', THINK: '0', RUN: 'night' });
});

it('takes out of an environment what would shape a load', () => {
  const env = { RATE: '500', SCALE: '5', FIRST_ITERATION: '7', K6_RPS: '9', K6_INSECURE_SKIP_TLS_VERIFY: 'true' };
  expect(k6LoadVariables(env)).toEqual({ K6_RPS: '9' });
  expect(loadVariables(env)).toEqual({ RATE: '500', SCALE: '5', FIRST_ITERATION: '7' });
  expect(withoutLoadVariables(env)).toEqual({ K6_INSECURE_SKIP_TLS_VERIFY: 'true' });
});
