/** The blue/green rollout, with a kubectl and a headroom that are told what to say. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fakes, fakePrograms } from './fakes.ts';
import { ROOT } from './stack.ts';

const IMAGE = `registry.example/booking@sha256:${'0123456789abcdef'.repeat(4)}`;

let fakes: Fakes;
beforeEach(() => {
  fakes = fakePrograms({
    kubectl: `case "$*" in
      *'get service booking'*) printf '%s' "$LIVE" ;;
      *'rollout status'*) exit "$READY" ;;
      *port-forward*) exec sleep 30 ;;
    esac`,
    headroom: `case "$1 $2" in
      'run smoke') [ "$SMOKE" = 5 ] || echo '{"id":"smoke-1"}'; exit "$SMOKE" ;;
      'run load') [ "$LOAD" = 5 ] || echo '{"id":"load-1"}'; exit "$LOAD" ;;
      gate*) exit "$GATE" ;;
    esac`,
    curl: '',
  });
});
afterEach(() => fakes.remove());

const SAYS = { LIVE: 'blue', READY: '0', SMOKE: '0', LOAD: '0', GATE: '0' };

function rollout(says: Partial<typeof SAYS> = {}, settings: Record<string, string> = {}, image = IMAGE) {
  const { status, stderr } = spawnSync('bash', [`${ROOT}deploy/k8s/blue-green/rollout.sh`, image], {
    encoding: 'utf8',
    env: { PATH: fakes.path, ...SAYS, ...says, SLOT_URL: 'http://booking-{slot}:8080', ...settings },
  });
  return { status, stderr, calls: fakes.calls() };
}
const kubectl = (words: string) => `kubectl --namespace booking ${words}`;
const led = (slot: string) =>
  kubectl(`patch service booking --type merge --patch {"spec":{"selector":{"slot":"${slot}"}}}`);
const RUN = `--target http://booking-green:8080 --image ${IMAGE} --out runs --json`;

describe('rollout.sh', () => {
  it('leads clients to the slot that was idle, after a smoke test, a load and a gate that passed', () => {
    const { status, calls, stderr } = rollout(
      {},
      { BASELINE: 'main', LOAD_FLAGS: '--rate 100', RUN_FLAGS: '--yes-i-own-this-target', REPLICAS: '3' },
    );
    expect(calls).toEqual([
      kubectl('get service booking --ignore-not-found --output jsonpath={.spec.selector.slot}'),
      kubectl(`set image deployment/booking-green app=${IMAGE}`),
      kubectl('scale deployment/booking-green --replicas=3'),
      kubectl('rollout status deployment/booking-green --timeout=5m'),
      'curl --fail --silent --output /dev/null --max-time 2 http://booking-green:8080/health/ready',
      `headroom run smoke ${RUN} --yes-i-own-this-target`,
      `headroom run load ${RUN} --yes-i-own-this-target --rate 100`,
      'headroom gate runs/load-1 --baseline main --baselines baselines',
      led('green'),
    ]);
    expect(status).toBe(0);
    expect(stderr).toContain(`to go back: ${led('blue').replace('{"spec"', '\'{"spec"')}'`);
  });

  it('leads back from green to blue the next time', () => {
    expect(rollout({ LIVE: 'green' }).calls.at(-1)).toBe(led('blue'));
  });

  it('makes the Service where there is none yet', () => {
    const { calls } = rollout({ LIVE: '' });
    expect(calls.slice(-2)).toEqual([kubectl(`apply --filename ${ROOT}deploy/k8s/blue-green/live.yaml`), led('blue')]);
  });

  it.each([
    ['a gate that fails', { GATE: '1' }, 1],
    ['a gate of a measurement that is invalid', { LOAD: '3', GATE: '3' }, 3],
    ['a gate that cannot tell', { LOAD: '4', GATE: '4' }, 4],
    ['a load that broke its objectives, when the gate says so too', { LOAD: '1', GATE: '1' }, 1],
    ['a load that did not take place', { LOAD: '5' }, 5],
    ['a smoke test that fails', { SMOKE: '1' }, 1],
    ['a smoke test that did not take place', { SMOKE: '5' }, 5],
    ['an image that does not become ready', { READY: '1' }, 5],
  ])('leaves clients where they are after %s', (_, says, code) => {
    const { status, calls, stderr } = rollout(says);
    expect(calls.join('\n')).not.toContain('patch service');
    expect(calls.at(-1)).toBe(kubectl('scale deployment/booking-green --replicas=0'));
    expect(status).toBe(code);
    expect(stderr).toContain('rollout.sh: ');
  });

  it('takes an image by its digest only, and touches nothing before', () => {
    const { status, calls, stderr } = rollout({}, {}, 'registry.example/booking:latest');
    expect([status, calls]).toEqual([2, ['']]);
    expect(stderr).toContain('by its digest');
  });

  it('goes through a port-forward that it ends, where no address is given', () => {
    const { status, calls } = rollout({}, { SLOT_URL: '' });
    const [, port] = /port-forward service\/booking-green (\d+):8080/.exec(calls.join('\n')) ?? [];
    expect(calls.join('\n')).toContain(`headroom run load --target http://127.0.0.1:${port} `);
    expect(status).toBe(0);
  });
});
