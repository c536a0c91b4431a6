import { expect, it } from 'vitest';
import { loadSettings } from '../../src/results/settings.ts';

it('keeps what shapes a load, and nothing else of the environment', () => {
  const env = { RATE: '50', THINK: '0', RUN: 'night', DURATION: '', API_TOKEN: 'secret', PATH: '/bin', VUS: undefined };
  expect(loadSettings(env)).toEqual({ RATE: '50', THINK: '0', RUN: 'night' });
});
