import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { HpaInput, HpaNames } from '../../src/plan/hpa.ts';
import { hpaSettings, hpaYaml, replicaLoads } from '../../src/plan/index.ts';
import type { Plan } from '../../src/plan/schema.ts';
import { problemsOf } from '../k8s/schemas.ts';
import { fullPlan } from './made-up-plan.ts';
import { KNOWN, knownSearch, PER_JOURNEY, saturation } from './queue.ts';

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

/** 0.02 cores and 2 ms of CPU time a request for each of 4; a tenth of a request waits at 25 a second, and as the square. */
const INPUT: HpaInput = {
  instances: 4,
  startSeconds: 60,
  cpuRequest: 1,
  loadOf: (rate) => ({ cpus: 0.02 + (0.002 * rate) / 4, waiting: (rate / 4 / 250) ** 2, quantile: 20 + rate / 50 }),
};
const NOTHING: HpaInput = { ...INPUT, loadOf: () => ({ cpus: null, waiting: null, quantile: null }) };
const NAMES: HpaNames = { name: 'booking', metric: 'http_requests_per_second', waitMetric: 'booking_pool_waiting' };
const WAITING = (PER_REPLICA / 250) ** 2;

describe('an autoscaler by a plan', () => {
  it('has bounds by the quantiles of the month ahead and what one replica holds', () => {
    const { min, max, perReplica } = hpaSettings(plan(), INPUT);
    expect(perReplica).toBeCloseTo(PER_REPLICA, 9);
    expect(min).toBe(Math.ceil(500 / PER_REPLICA));
    expect(max).toBe(Math.ceil(900 / PER_REPLICA) + 1);
  });

  it('never has a single replica, and goes by today’s peak where nothing is known of the demand ahead', () => {
    expect(hpaSettings(plan({ peak: 1, demand: null }), INPUT)).toMatchObject({ min: 2, max: 3 });
    // Three take 204/s each; when one of them is lost, two hold 500/s and not 600/s.
    expect(hpaSettings(plan({ demand: null }), INPUT).min).toBe(4);
  });

  it('is one that Kubernetes takes, with a reason for each number', async () => {
    const yaml = hpaYaml(plan(), NAMES, INPUT);
    expect(await problemsOf(yaml)).toEqual([]);
    expect(parse(yaml).spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'booking' },
      minReplicas: 3,
      maxReplicas: 6,
      metrics: [
        { pods: { target: { averageValue: `${Math.floor(1000 * PER_REPLICA)}m` } } },
        { resource: { name: 'cpu', target: { averageUtilization: Math.floor(100 * (0.02 + 0.002 * PER_REPLICA)) } } },
        { pods: { target: { averageValue: `${Math.floor(1000 * WAITING)}m` } } },
      ],
      behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: 300 } },
    });
    const lines = yaml.split('\n');
    for (const [at, line] of lines.entries()) {
      if (!/^ *(minReplicas|maxReplicas|averageValue|averageUtilization|scaleUp|scaleDown):/.test(line)) continue;
      expect(lines[at - 1]?.trim()).toMatch(/^# .{20}/);
    }
    expect(yaml).toContain(
      'P90 of the daily peaks until 2027-01-31, 900/s, at 204/s a replica, and one for a replica that is lost',
    );
    expect(yaml).toContain('250/s hold the objectives (1,000/s measured with 4 instances)');
  });

  it('says what a replica does at that rate and at the limit, by the model', () => {
    const { reasons } = hpaSettings(plan(), INPUT);
    expect(reasons.cpus).toBe(
      '0.43 cores of CPU time at 204/s, by the trials of the search, 0.52 where it holds the objectives at the most, of 1 that the container asks for',
    );
    expect(reasons.waiting).toContain('has 0.67 requests of a replica wait for a connection, and 1 at the 250/s');
    expect(reasons.perReplica).toContain('The model has book.p95 at 36 ms then, and at 40 ms at the limit; 300 ms are');
  });

  it('counts in cores where nobody says what the container asks for, and says when that is too little', () => {
    const cpuOf = (input: Partial<HpaInput>) =>
      parse(hpaYaml(plan(), NAMES, { ...INPUT, ...input })).spec.metrics[1].resource.target;
    expect(cpuOf({ cpuRequest: null })).toEqual({ type: 'AverageValue', averageValue: '428m' });
    expect(cpuOf({ cpuRequest: 0.5 })).toEqual({ type: 'Utilization', averageUtilization: 85 });
    expect(hpaSettings(plan(), { ...INPUT, cpuRequest: 0.5 }).reasons.cpus).not.toContain('too little');
    expect(hpaSettings(plan(), { ...INPUT, cpuRequest: 0.4 }).reasons.cpus).toContain('let it ask for 0.6');
  });

  it('leaves out what nothing tells, and says so', async () => {
    const yaml = hpaYaml(plan(), NAMES, NOTHING);
    expect(await problemsOf(yaml)).toEqual([]);
    expect(parse(yaml).spec.metrics).toHaveLength(1);
    expect(yaml).toContain('none of CPU time');
    const named = hpaYaml(plan(), { ...NAMES, waitMetric: null }, INPUT);
    expect(parse(named).spec.metrics).toHaveLength(2);
    expect(named).toContain('--hpa-wait-metric');
  });

  it('takes more room, and longer before it takes replicas away, for a pod that starts slowly', () => {
    const slow = hpaSettings(plan(), { ...INPUT, startSeconds: 225 });
    expect(slow.perReplica).toBeCloseTo(250 / 1.1 / (1 + 0.05 * 5), 9);
    expect(slow.downSeconds).toBe(600);
    expect(slow.reasons.perReplica).toContain('in the 300 s until another serves');
  });

  it('has so many replicas that one may be lost at the lowest peak', () => {
    expect(hpaSettings(plan({ demand: null, peak: 1000 }), INPUT).min).toBe(5);
    expect(hpaSettings(plan({ demand: null, peak: 2 * 250 }), { ...INPUT, startSeconds: 0 }).min).toBe(3);
  });

  it('keeps a name or a metric that looks like something else as a string', async () => {
    const yaml = hpaYaml(plan(), { name: 'no', metric: '1e3', waitMetric: 'yes' }, INPUT);
    expect(await problemsOf(yaml)).toEqual([]);
    expect(parse(yaml).spec.scaleTargetRef.name).toBe('no');
  });
});

describe('what one of two replicas does, of a target that is known in closed form', () => {
  const search = knownSearch();
  const withCpu = {
    ...search,
    trials: search.trials.map((trial) => ({
      ...trial,
      resources: [
        ...trial.resources,
        {
          name: 'process CPU',
          kind: 'cpu' as const,
          servers: null,
          busy: 0.06 + 0.0012 * trial.throughput,
          utilisation: null,
          waiting: null,
        },
      ],
    })),
  };
  const at = (share: number): number => share * saturation(KNOWN) * PER_JOURNEY;

  it('is half of the CPU time, and of the requests that wait', () => {
    for (const share of [0.3, 0.6, 0.9]) {
      const { cpus, waiting } = replicaLoads(withCpu, 2)(at(share));
      expect(cpus).toBeCloseTo((0.06 + 0.0012 * at(share)) / 2, 6);
      // M/M/2 has 2ρ³/(1 − ρ²) wait (L. Kleinrock, 1975, section 3.5), and this one a part of them.
      expect(waiting).toBeCloseTo((KNOWN.variability * ((2 * share ** 3) / (1 - share ** 2))) / 2, 4);
    }
  });

  it('is not said of CPU time that was not measured or is not of requests', () => {
    expect(replicaLoads(search, 2)(at(0.5)).cpus).toBeNull();
    const noise = withCpu.trials.map((trial, i) => ({
      ...trial,
      resources: trial.resources.map((each) => (each.kind === 'cpu' ? { ...each, busy: 0.4 + 0.3 * (i % 2) } : each)),
    }));
    expect(replicaLoads({ ...search, trials: noise }, 2)(at(0.5)).cpus).toBeNull();
  });
});
