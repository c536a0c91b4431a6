import { BASELINE_DEFAULTS, type BaselineMetric, type BaselineResult, RUNS_NEEDED } from '../gate/baseline.ts';
import { changed, latency, percent } from '../report/numbers.ts';
import type { Finding } from './schema.ts';

const NOTHING = { observed: null, allowed: null, unit: null, samples: null, atSeconds: null, alsoThen: [] };

/** By which test a run was compared with a baseline, how often that is wrong, and what it found. */
export function baselineFindings(baseline: BaselineResult): Finding[] {
  const { name, runs, verdict, because, metrics } = baseline;
  const worse = metrics.filter((metric) => metric.verdict !== 'pass');
  return [
    {
      ...NOTHING,
      kind: 'baseline',
      id: name,
      status: verdict,
      sentences: [
        `Against baseline ${name}: ${because}.`,
        ...(metrics.length === 0 ? [] : testSentences(runs, metrics)),
      ],
    },
    ...worse.map((metric) => metricFinding(metric)),
  ];
}

function testSentences(runs: number, { length }: readonly BaselineMetric[]): string[] {
  const { alpha } = BASELINE_DEFAULTS;
  const each = 1 - (1 - alpha) ** (1 / length);
  return [
    `Each of ${length} ${length === 1 ? 'figure' : 'figures'} has a limit, from how much the ${runs} runs of the baseline differ, that the next run of the same build stays below.`,
    `The chance that such a run passes any limit by luck is ${percent(alpha)} (${percent(Number(each.toPrecision(2)))} for each figure); how often it was in simulations stands in bench/GATES.md.`,
    'One run finds large changes only.',
  ];
}

function metricFinding({ id, unit, verdict, observed, usual, limit, change, runs }: BaselineMetric): Finding {
  const text = (value: number): string => (unit === 'ms' ? latency(value) : percent(value));
  const moved = changed(unit === 'ms' ? 'ratio' : 'difference', change);
  const because =
    verdict === 'fail'
      ? `${id} is ${text(observed)}: ${moved} beside the usual ${text(usual)}, above the limit of ${text(limit)} that ${runs} runs set.`
      : `${id} is ${text(observed)}, usually ${text(usual)}; it differs so much between ${runs} runs that only above ${text(limit)} it would count.`;
  return {
    ...NOTHING,
    kind: 'baseline',
    id,
    status: verdict,
    sentences: [because],
    observed,
    allowed: limit,
    unit,
  };
}

/** What to do about the outcome. */
export function baselineAdvice({ name, runs, verdict, metrics }: BaselineResult): string[] {
  if (verdict === 'pass') return [];
  if (verdict === 'fail') {
    return [
      'Let the change run against its parent, before it is blamed: `headroom ab` compares both in paired rounds.',
    ];
  }
  if (runs < RUNS_NEEDED) {
    return [`Save ${RUNS_NEEDED - runs} more good runs: headroom baseline save <run> --name ${name}.`];
  }
  if (metrics.length === 0) return ['Run longer or at a higher rate, so that each endpoint has 40 requests at least.'];
  return ['Make runs more alike (longer, on a machine that nothing else uses), or compare builds with `headroom ab`.'];
}
