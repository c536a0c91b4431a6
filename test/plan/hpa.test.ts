import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hpaSettings, hpaYaml } from '../../src/plan/index.ts';
import type { Plan } from '../../src/plan/schema.ts';
import { problemsOf } from '../k8s/schemas.ts';
import { fullPlan } from './made-up-plan.ts';

const day = (date: string, p10: number, p50: number, p90: number) => ({ date, p10, p50, p90 });

/** 1,000 requests/s held by 4 instances: 250 each, of which 1.1 × 1.1125 are not asked for. */
function plan(changes: Partial<Plan> = {}): Plan {
  const made = fullPlan();
  return {
    ...made,
    createdAt: '2027-01-01T00:00:00.000Z',
    peak: 600,
    now: { ...made.now, limit: { low: 1000, high: 1020 } },
    demand: {
      assumptions: [],
      horizonDays: 365,
      history: [],
      events: [],
      fan: [day('2027-01-02', 500, 600, 700), day('2027-01-20', 520, 640, 900), day('2027-03-01', 900, 1200, 9000)],
    },
    ...changes,
  };
}
const PER_REPLICA = 250 / 1.1 / 1.1125;

describe('an autoscaler by a plan', () => {
  it('has bounds by the quantiles of the month ahead and what one replica holds', () => {
    const { min, max, perReplica } = hpaSettings(plan(), 4);
    expect(perReplica).toBeCloseTo(PER_REPLICA, 9);
    expect(min).toBe(Math.ceil(500 / PER_REPLICA));
    expect(max).toBe(Math.ceil(900 / PER_REPLICA) + 1);
  });

  it('never has a single replica, and goes by today’s peak where nothing is known of the demand ahead', () => {
    expect(hpaSettings(plan({ peak: 1, demand: null }), 4)).toMatchObject({ min: 2, max: 3 });
    expect(hpaSettings(plan({ demand: null }), 4).min).toBe(Math.ceil(600 / PER_REPLICA));
  });

  it('is one that Kubernetes takes, with a reason for each number', async () => {
    const yaml = hpaYaml(plan(), { name: 'booking', instances: 4, metric: 'http_requests_per_second' });
    expect(await problemsOf(yaml)).toEqual([]);
    expect(parse(yaml).spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'booking' },
      minReplicas: 3,
      maxReplicas: 6,
      metrics: [{ pods: { target: { averageValue: `${Math.floor(1000 * PER_REPLICA)}m` } } }],
      behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: 300 } },
    });
    const lines = yaml.split('\n');
    for (const key of ['minReplicas', 'maxReplicas', 'averageValue', 'scaleUp', 'scaleDown']) {
      const at = lines.findIndex((line) => line.trim().startsWith(`${key}:`));
      expect(lines[at - 1]?.trim()).toMatch(/^# .{20}/);
    }
    expect(yaml).toContain('P90 of the daily peaks until 2027-01-31, 900/s, and one for a replica that is lost');
    expect(yaml).toContain('250/s hold the objectives (1,000/s measured with 4 instances)');
  });

  it('keeps a name or a metric that looks like something else as a string', async () => {
    const yaml = hpaYaml(plan(), { name: 'no', instances: 4, metric: '1e3' });
    expect(await problemsOf(yaml)).toEqual([]);
    expect(parse(yaml).spec.scaleTargetRef.name).toBe('no');
  });
});
