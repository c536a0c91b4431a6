import { expect, it } from 'vitest';
import { requireNamespace, requireObjectName, requireTestRunName, testRunNameFor } from '../../src/k8s/name.ts';
import { newRunId } from '../../src/run/environment.ts';

it.each([
  'load',
  'Checkout_v2 (new)',
  '2-fast',
  '---',
  'a-scenario-with-a-name-that-goes-on-and-on-and-on',
  'Größe',
  '…',
])('makes of a run of %j a name that a service may have', (scenario) => {
  const name = testRunNameFor(newRunId(1.8e12, scenario));
  expect(() => requireTestRunName(name)).not.toThrow();
  expect(`${name}-service-100`.length).toBeLessThanOrEqual(63);
  expect(name).toMatch(/20270115t080000-[0-9a-f]{4}$/);
});

it('keeps the scenario in the name', () => {
  expect(testRunNameFor('20270115T080000-load-3fa1')).toBe('load-20270115t080000-3fa1');
});

it.each(['', 'Load', '1load', '-a', 'a-', 'a.b', 'a b', 'a\n', 'a'.repeat(49), 'yes: no'])(
  'refuses %j as a TestRun',
  (name) => {
    expect(() => requireTestRunName(name)).toThrow('no name for a TestRun');
  },
);

it.each(['', 'Load', 'a.b', 'a/b', 'a'.repeat(64), '#'])('refuses %j as a namespace', (name) => {
  expect(() => requireNamespace(name)).toThrow('no name of a namespace');
});

it('takes subdomains as objects that are there already', () => {
  expect(() => requireObjectName('results.team-a', '--volume')).not.toThrow();
  for (const name of ['', 'a..b', 'A', 'a_b', 'a'.repeat(254)])
    expect(() => requireObjectName(name, '--volume')).toThrow('--volume takes');
});
