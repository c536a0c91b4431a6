/** Searches of a target whose queueing is known in closed form: nothing here uses the code under test. */
import type { Capacity, CapacityTrial } from '../../src/capacity-run/index.ts';
import { capacityResult } from '../../src/capacity-run/result.ts';
import { madeUpSearch } from '../capacity-run/made-up-search.ts';
import { madeUpTrial } from '../capacity-run/made-up-trial.ts';

/** Requests of one journey, and the statements that each takes, as those of the booking journeys. */
export const MIX = { search: 2.5, view: 1.2, book: 0.2, pay: 0.18 };
const STATEMENTS = { search: 1, view: 1, book: 2, pay: 5 };
export const PER_JOURNEY = MIX.search + MIX.view + MIX.book + MIX.pay;
const STATEMENTS_PER_JOURNEY = MIX.search * 1 + MIX.view * 1 + MIX.book * 2 + MIX.pay * 5;

export interface KnownTarget {
  /** Seconds for which a statement holds its connection. */
  service: number;
  /** Connections. */
  servers: 1 | 2;
  /** Seconds of each response that nothing explains. */
  delay: number;
  /** What exponential waits are multiplied by. */
  variability: number;
  /** Seconds of the event loop for each request. */
  loop: number;
}

export const KNOWN: KnownTarget = { service: 0.02, servers: 2, delay: 0.003, variability: 0.4, loop: 0.0008 };

/** Journeys per second at which the connections are busy all the time. */
export const saturation = ({ service, servers }: KnownTarget): number => servers / (service * STATEMENTS_PER_JOURNEY);

/** 1/(1−U) of M/M/1, 1/(1−U²) of M/M/2: how many times its service a statement takes (L. Kleinrock, 1975, chapter 3). */
const stretchOf = (servers: 1 | 2, busy: number): number => (servers === 1 ? 1 / (1 - busy) : 1 / (1 - busy * busy));

/** A trial at so many journeys per second, below saturation, as the formulas have it. */
export function knownTrial(target: KnownTarget, rate: number, change: Partial<CapacityTrial> = {}): CapacityTrial {
  const { service, servers, delay, variability, loop } = target;
  const busy = rate / saturation(target);
  const loopBusy = rate * PER_JOURNEY * loop;
  const statement = service * (1 + variability * (stretchOf(servers, busy) - 1));
  const inLoop = loop * (1 + variability * (stretchOf(1, loopBusy) - 1));
  const means = Object.fromEntries(
    Object.entries(STATEMENTS).map(([name, count]) => [name, delay + inLoop + count * statement]),
  );
  const throughput = rate * PER_JOURNEY;
  const mean = Object.entries(MIX).reduce((sum, [name, count]) => sum + (count / PER_JOURNEY) * (means[name] ?? 0), 0);
  return madeUpTrial({
    runId: `run-${rate}`,
    rate,
    achieved: rate,
    throughput,
    meanResponse: 1000 * mean,
    concurrency: throughput * mean,
    windowSeconds: 40,
    endpoints: Object.entries(MIX).map(([name, count]) => {
      const own = 1000 * (means[name] ?? 0);
      return { name, rate: rate * count, errorRate: 0, mean: own, p50: own, p95: 2 * own, p99: 3 * own };
    }),
    resources: [
      { name: 'event loop', kind: 'event-loop', servers: 1, busy: loopBusy, utilisation: loopBusy, waiting: null },
      { name: 'pool db0', kind: 'pool', servers, busy: servers * busy, utilisation: busy, waiting: 0 },
    ],
    statements: {
      'sitter-search-region': MIX.search * rate,
      'sitter-find': MIX.view * rate,
      'booking-hold': MIX.book * rate,
      'pet-find': MIX.book * rate,
      'key-claim': MIX.pay * rate,
      'key-answer': MIX.pay * rate,
      'booking-find': MIX.pay * rate,
      'payment-claim-booking': MIX.pay * rate,
      'payment-capture': MIX.pay * rate,
      'outbox-relay': 5,
    },
    bindingSlo: 'view.p95',
    bindingEndpoint: 'view',
    ...change,
  });
}

/** A search that found the limit of such a target between two shares of its saturation. */
export function knownSearch(
  target: KnownTarget = KNOWN,
  { low, high }: { low: number; high: number } = { low: 0.92, high: 0.95 },
  change: Partial<Capacity> = {},
): Capacity {
  const most = saturation(target);
  const [lower, upper] = [low * most, high * most];
  const trials = [
    ...[0.2, 0.5, 0.7, 0.8, 0.9].map((share) => knownTrial(target, share * most)),
    knownTrial(target, lower),
    knownTrial(target, upper, { verdict: 'fail', severity: 1.2 }),
  ];
  const found = { kind: 'found' as const, lower, upper, achievedAtLower: lower, seconds: 300 };
  return madeUpSearch({
    trials,
    result: capacityResult(found, trials),
    slo: { file: null, sha256: '0', objectives: [{ endpoint: 'view', metric: 'p95', max: 200 }], leftOut: [] },
    app: {
      switches: {
        workers: '1',
        pool: String(target.servers),
        cache: 'off',
        replicas: '0',
        'cache-ttl': '30000',
        users: '10000',
        sitters: '2000',
      },
      shards: [{ name: 'db0', logicalShards: Array.from({ length: 64 }, (_, i) => i) }],
    },
    settings: { THINK: '0' },
    ...change,
  });
}
