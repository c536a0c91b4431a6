/** Plans for the tests of what is made of them: figures from closed forms, so that pictures look like real ones. */
import { type Plan, type PlanTrial, planSchema, type WhatIf } from '../../src/plan/schema.ts';

const SERVERS = 8;
const SATURATION = 434.2;
const DELAY_MS = 4.2;
const USL = { alpha: 0.035, beta: 0.0005, gamma: 34 };
const round = (value: number, decimals = 3): number => Number(value.toFixed(decimals));

const uslAt = (load: number): number =>
  (USL.gamma * load) / (1 + USL.alpha * (load - 1) + USL.beta * load * (load - 1));

/** Mean time in the system, milliseconds, on the rising side of the curve: its smaller root over the rate. */
function meanAt(rate: number): number {
  const linear = USL.gamma - (USL.alpha - USL.beta) * rate;
  const constant = (1 - USL.alpha) * rate;
  const load = (2 * constant) / (linear + Math.sqrt(linear ** 2 - 4 * USL.beta * rate * constant));
  return round((1000 * load) / rate);
}

const quantileAt = (rate: number): number => round(3.7 * meanAt(rate));

/** What was measured differs from what is modelled by some noise. */
function trial(throughput: number, noise: number, changes: Partial<PlanTrial> = {}): PlanTrial {
  const below = throughput < 430;
  const mean = changes.meanResponse ?? round(meanAt(throughput) * (1 + noise));
  return {
    runId: `20261120T1${String(Math.round(throughput)).padStart(5, '0')}-load-a${Math.abs(Math.round(noise * 1000))}`,
    journeyRate: round(throughput / 4.2),
    throughput,
    verdict: 'pass',
    reasons: [],
    steady: true,
    meanResponse: mean,
    concurrency: round((throughput * mean) / 1000),
    littleError: round(Math.abs(noise) / 4, 4),
    quantile: round(quantileAt(Math.min(throughput, 430)) * (1 + 1.4 * noise)),
    utilisation: round(Math.min(1, (throughput / SATURATION) * (1 + noise / 5)), 4),
    modelled: below
      ? {
          meanResponse: meanAt(throughput),
          quantile: quantileAt(throughput),
          utilisation: round(throughput / SATURATION, 4),
        }
      : null,
    ...changes,
  };
}

const TRIALS: PlanTrial[] = [
  trial(84.02, 0.031),
  trial(168.4, -0.022),
  trial(251.7, 0.014),
  trial(301.2, 0.012, { verdict: 'invalid', reasons: ['dropped-iterations', 'generator-cpu'], steady: null }),
  trial(336.5, -0.035),
  trial(377.9, 0.028),
  trial(401.3, -0.041),
  trial(410.2, 0.024, { littleError: 0.0613 }),
  trial(421.9, 0.09, { verdict: 'fail', quantile: 481.3, meanResponse: 131.4 }),
  trial(386.1, 0.2, {
    verdict: 'fail',
    reasons: ['latencies-rising'],
    steady: false,
    quantile: 1904.2,
    meanResponse: 219.3,
  }),
];

const usl: NonNullable<Plan['usl']> = {
  ...USL,
  intervals: {
    alpha: { low: 0.0281, high: 0.0419 },
    beta: { low: 0.00031, high: 0.00069 },
    gamma: { low: 30.7, high: 37.3 },
  },
  residualError: 7.6,
  peakIdentified: true,
  peak: { concurrency: 43.9, throughput: round(uslAt(43.9)), low: 37.2, high: 55.8 },
  tested: { low: TRIALS[0]?.concurrency ?? 0, high: TRIALS.at(-1)?.concurrency ?? 0 },
  curve: Array.from({ length: 60 }, (_, i) => {
    const concurrency = round(1.5 * 85 ** (i / 59));
    const half = 3 + 0.28 * concurrency;
    return {
      concurrency,
      throughput: round(uslAt(concurrency)),
      low: round(Math.max(0, uslAt(concurrency) - half)),
      high: round(uslAt(concurrency) + half),
      extrapolated: concurrency > (TRIALS.at(-1)?.concurrency ?? 0) || concurrency < (TRIALS[0]?.concurrency ?? 0),
    };
  }),
  residuals: TRIALS.filter(({ verdict }) => verdict !== 'invalid').map(({ runId, concurrency, throughput }) => ({
    runId,
    concurrency,
    residual: round(throughput - uslAt(concurrency)),
  })),
};

const network: NonNullable<Plan['network']> = {
  resources: [
    {
      name: 'pool db0',
      servers: SERVERS,
      demands: { search: 11.2, book: 41.7, pay: 28.4 },
      classes: 'counted',
      background: 0.02,
      explained: 0.994,
      saturation: SATURATION,
    },
    {
      name: 'event loop',
      servers: 1,
      demands: { all: 1.31 },
      classes: 'together',
      background: 0.011,
      explained: 0.971,
      saturation: 763.4,
    },
    {
      name: 'process CPU',
      servers: 2,
      demands: { all: 2.24 },
      classes: 'together',
      background: 0.03,
      explained: 0.958,
      saturation: 892.9,
    },
  ],
  mix: { search: 3, book: 0.7, pay: 0.5 },
  delay: DELAY_MS,
  variability: 0.84,
  quantile: { endpoint: 'book', metric: 'p95', idle: 0, slope: 3.7 },
  errors: { meanResponse: 0.0284, utilisation: 0.0061 },
  curve: Array.from({ length: 71 }, (_, i) => round((i + 1) * 6.1)).flatMap((throughput) =>
    throughput >= 431
      ? []
      : [
          {
            throughput,
            meanResponse: meanAt(throughput),
            quantile: quantileAt(throughput),
            extrapolated: throughput < 84 || throughput > 422,
          },
        ],
  ),
};

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 21);
const dateAt = (days: number): string => new Date(START + days * DAY).toISOString().slice(0, 10);
const middleAt = (days: number): number => 120 * 1.058 ** (days / 30.44) * (days > 375 ? 1.25 : 1);

/** The first day of the fan on which one of its lines is past a limit. */
const passedAt = (line: 'p10' | 'p50' | 'p90', limit: number): string | null =>
  demand.fan.find((day) => day[line] > limit)?.date ?? null;

/** High demand comes early: a tenth of the futures have passed where the ninetieth percentile does. */
const datesOf = (limit: number): { p10: string | null; p50: string | null; p90: string | null } => ({
  p10: passedAt('p90', limit),
  p50: passedAt('p50', limit),
  p90: passedAt('p10', limit),
});

const demand: NonNullable<Plan['demand']> = {
  assumptions: [
    'Demand follows the daily peaks of traffic.csv, 150 days until 2026-11-20, with their weekly season.',
    'Growth goes on, damped; its uncertainty widens with time.',
  ],
  horizonDays: 730,
  history: Array.from({ length: 150 }, (_, i) => {
    const days = i - 150;
    const week = [1, 0.98, 1.01, 0.97, 0.92, 0.74, 0.7][(i + 2) % 7] ?? 1;
    return {
      date: dateAt(days),
      peak: round(120 * 1.058 ** (days / 30.44) * week * (1 + 0.03 * Math.sin(i * 1.7)), 2),
    };
  }),
  fan: Array.from({ length: 105 }, (_, i) => {
    const days = i * 7;
    const spread = Math.exp(0.02 + 0.011 * Math.sqrt(days));
    const p50 = middleAt(days);
    return { date: dateAt(days), p10: round(p50 / spread, 2), p50: round(p50, 2), p90: round(p50 * spread, 2) };
  }),
  events: [{ date: dateAt(375), text: 'New market, demand × 1.25' }],
};

function whatIf(spec: string, [low, high]: [number, number], rest: Partial<WhatIf>): WhatIf {
  return {
    spec,
    refused: null,
    outlook: {
      limit: { low, high },
      headroom: round(1 - 120 / low, 4),
      multiple: round(low / 120, 4),
      exhausted: datesOf(low),
      probability: round(0.94 * (410.2 / low) ** 2),
    },
    factor: round(low / 410.2, 4),
    naiveFactor: null,
    meanResponse: { before: 26.4, after: 23.1 },
    bindingResource: 'event loop',
    assumptions: [],
    advice: '',
    ...rest,
  };
}

const whatIfs: WhatIf[] = [
  whatIf('shards=4,cache=redis', [748, 771], {
    naiveFactor: 4,
    meanResponse: { before: 26.4, after: 14.2 },
    advice:
      'Four shards and a cache move the limit from 410 to 748 req/s, where the event loop gives in; workers come next.',
    assumptions: [
      'The fullest shard takes 31 % of the keys, as measured.',
      'Two of three searches are found in the cache, which costs 0.4 ms.',
    ],
  }),
  whatIf('shards=2', [716, 741], {
    naiveFactor: 2,
    meanResponse: { before: 26.4, after: 22.9 },
    bindingResource: 'pool db0',
    advice: 'Two shards move the limit from 410 to 716 req/s and hold beyond two years: do this first.',
    assumptions: ['The fuller shard takes 54 % of the keys, as measured.'],
  }),
  whatIf('pool=10', [512, 528], {
    naiveFactor: 1.25,
    advice: 'A larger pool buys four months for next to nothing, if the database has the cores.',
    assumptions: ['The database serves ten connections as fast as eight.'],
    bindingResource: 'pool db0',
  }),
  whatIf('workers=2', [410.2, 422], {
    naiveFactor: 2,
    meanResponse: { before: 26.4, after: 25.9 },
    bindingResource: 'pool db0',
    advice: 'A second worker buys nothing: the pool gives in first.',
  }),
  {
    spec: 'replicas=1',
    refused: 'Reads and writes cannot be told apart in these trials.',
    outlook: null,
    factor: null,
    naiveFactor: null,
    meanResponse: null,
    bindingResource: null,
    assumptions: [],
    advice: 'Search again with another mix beside this one.',
  },
];

const FULL: Plan = {
  schema: 'headroom.plan/1',
  createdAt: '2026-11-21T09:12:44.000Z',
  verdict: 'pass',
  summary:
    'The target holds 410 req/s, 3.42 times today’s peak of 120/s; demand passes that in May 2028, and two shards would move the limit to 716 req/s.',
  source: {
    id: '20261120T180000-capacity-load-4711',
    target: 'https://booking.example.com',
    scenario: 'load',
    startedAt: '2026-11-20T18:00:00.000Z',
    mode: 'standard',
    outcome: 'found',
    objectives: ['search p95 ≤ 200 ms', 'book p95 ≤ 300 ms', 'pay p99 ≤ 800 ms', 'all errorRate ≤ 1 %'],
    bindingSlo: 'book.p95',
    bindingLimit: 300,
    bindingResource: 'pool db0',
    cpus: 8,
    os: 'linux x64',
  },
  requestsPerJourney: 4.2,
  peak: 120,
  now: {
    limit: { low: 410.2, high: 422 },
    headroom: 0.7075,
    multiple: 3.4183,
    exhausted: datesOf(410.2),
    probability: 0.94,
  },
  oneLost: { instances: 3, limit: 276.1, headroom: 0.5654, how: 'modelled' },
  question: { multiple: 5, holds: false, probability: 0.0004 },
  demand,
  trials: TRIALS,
  usl,
  uslMissing: null,
  network,
  networkMissing: null,
  whatIfs,
  assumptions: [
    'The mix stays as it was: 3 searches, 0.7 bookings and 0.5 payments a journey.',
    'The database holds 40,000 slots, with a warm cache.',
    'Production has the cores of the machine that was measured.',
  ],
  extrapolations: ['Limits above 422 req/s were modelled, not measured.'],
  advice: [
    'Add a second shard before January 2028: it moves the limit from 410 to 716 req/s.',
    'Raise the pool to ten connections meanwhile.',
    'Search again once the new market is open: its mix may differ.',
  ],
};

/** Every part is there. */
export function fullPlan(changes: Partial<Plan> = {}): Plan {
  return planSchema.parse({ ...FULL, ...changes });
}

/** What a quick search of a target without metrics gives, and no word of demand. */
export function barePlan(changes: Partial<Plan> = {}): Plan {
  return fullPlan({
    summary: 'The target holds 410 req/s, 3.42 times today’s peak of 120/s; what would buy more cannot be told.',
    now: { ...FULL.now, exhausted: null, probability: null },
    oneLost: null,
    demand: null,
    trials: TRIALS.filter((_, i) => i % 3 === 2).map((each) => ({
      ...each,
      modelled: null,
      utilisation: null,
      quantile: null,
    })),
    source: { ...FULL.source, bindingSlo: 'all.errorRate', bindingLimit: null, bindingResource: null },
    usl: null,
    uslMissing: 'A scalability model needs at least 6 distinct loads with a throughput, and there are 3.',
    network: null,
    networkMissing: 'The target has no metrics that Headroom knows.',
    whatIfs: [],
    extrapolations: [],
    ...changes,
  });
}

/** Names and sentences that try to leave their place. */
export function hostilePlan(): Plan {
  const evil = `</title></style><script>alert("1")</script>'"|\u001b[31m\u202e<img src=x onerror=alert(1)>`;
  const spoil = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(spoil) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, FREE.has(key) ? spoiled(inner) : spoil(inner)]),
    ) as T;
  };
  const spoiled = (inner: unknown): unknown =>
    typeof inner === 'string' ? `${inner}${evil}` : Array.isArray(inner) ? inner.map(spoiled) : spoil(inner);
  return planSchema.parse({
    ...spoil(FULL),
    networkMissing: evil,
    uslMissing: evil,
    network: { ...FULL.network, mix: { [evil]: 1 }, resources: spoil(network.resources) },
  });
}

/** Fields that hold text from elsewhere. */
const FREE = new Set([
  'runId',
  'reasons',
  'summary',
  'id',
  'target',
  'scenario',
  'mode',
  'outcome',
  'objectives',
  'bindingSlo',
  'bindingResource',
  'os',
  'spec',
  'refused',
  'assumptions',
  'advice',
  'extrapolations',
  'text',
  'name',
  'endpoint',
  'metric',
]);
