import { expect, it } from 'vitest';
import { sharedEvenly } from '../../lib/workload/instances.ts';

it('virtual users are rounded up to what instances can share evenly, and no load is changed', () => {
  const scenarios = {
    open: { executor: 'constant-arrival-rate', rate: 100, duration: '1m', preAllocatedVUs: 5, maxVUs: 7 },
    shared: { executor: 'shared-iterations', vus: 10, iterations: 100 },
    closed: { executor: 'constant-vus', vus: 7, duration: '1m' },
  };
  expect(sharedEvenly({ userAgent: 'x', scenarios }, 3)).toEqual({
    userAgent: 'x',
    scenarios: {
      open: { ...scenarios.open, preAllocatedVUs: 6, maxVUs: 9 },
      shared: { ...scenarios.shared, vus: 12 },
      closed: scenarios.closed,
    },
  });
  for (const other of [undefined, { vus: 7, duration: '1m' }]) expect(sharedEvenly(other, 3)).toBe(other);
});
