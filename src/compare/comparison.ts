/** Two runs beside each other: pure. */
import { z } from 'zod';
import type { BaselineRun } from '../gate/baseline.ts';
import { buildOf } from '../results/build.ts';
import type { EndpointResult, Run } from '../results/schema.ts';
import { standardDeviation } from '../stats/order.ts';

const sideSchema = z.strictObject({
  run: z.string(),
  startedAt: z.iso.datetime(),
  /** The tag `build`, else the image, else the commit. */
  build: z.string().nullable(),
  verdict: z.string(),
});

/** What `headroom compare --json` prints. */
export const comparisonSchema = z.strictObject({
  schema: z.literal('headroom.compare/1'),
  a: sideSchema,
  b: sideSchema,
  /** In what the runs differ besides their figures. */
  differs: z.array(z.strictObject({ what: z.string(), a: z.string(), b: z.string() })),
  rows: z.array(
    z.strictObject({
      /** For example `search.p95`. */
      id: z.string(),
      unit: z.enum(['ms', 'ratio', 'per second']),
      a: z.number().nullable(),
      b: z.number().nullable(),
      /** B/A − 1; of shares B − A. Null where one is missing. */
      change: z.number().nullable(),
      /** Standard deviation of the change between two runs of the baseline; null without one. */
      spread: z.number().nullable(),
    }),
  ),
  /** Whose spread it is. */
  baseline: z.strictObject({ name: z.string(), runs: z.number().int() }).nullable(),
});
/** Two runs beside each other: what `headroom compare --json` prints. */
export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparisonRow = Comparison['rows'][number];

/** Why no verdict is given, for people. */
export const NO_TEST =
  'Two runs cannot tell whether a build is slower: how much runs of one and the same build differ is not in them.';

const LATENCIES = ['p50', 'p95', 'p99'] as const;
/** Runs from which a spread means something. */
const RUNS_FOR_SPREAD = 3;

/**
 * Puts two runs beside each other.
 *
 * @param baseline runs of one build, for the spread; null without
 */
export function comparisonOf(
  a: Run,
  b: Run,
  baseline: { name: string; runs: readonly BaselineRun[] } | null,
): Comparison {
  const names = [...new Set([...a.endpoints, ...b.endpoints].map(({ name }) => name))].sort();
  const history = baseline !== null && baseline.runs.length >= RUNS_FOR_SPREAD ? baseline : null;
  const endpointOf = (run: Run, name: string): EndpointResult | undefined =>
    run.endpoints.find((endpoint) => endpoint.name === name);
  const rows = names.flatMap((name) => {
    const [ofA, ofB] = [endpointOf(a, name), endpointOf(b, name)];
    return [
      ...LATENCIES.map((metric) =>
        row(`${name}.${metric}`, 'ms', ofA?.[metric], ofB?.[metric], spreadOf(history?.runs ?? [], name, metric)),
      ),
      row(
        `${name}.errorRate`,
        'ratio',
        ofA?.errorRate,
        ofB?.errorRate,
        spreadOf(history?.runs ?? [], name, 'errorRate'),
      ),
      row(`${name}.rate`, 'per second', ofA?.rate, ofB?.rate, null),
    ];
  });
  return {
    schema: 'headroom.compare/1',
    a: sideOf(a),
    b: sideOf(b),
    differs: differencesOf(a, b),
    rows: [...rows, row('requests.rate', 'per second', a.requests.rate, b.requests.rate, null)],
    baseline: history && { name: history.name, runs: history.runs.length },
  };
}

const sideOf = (run: Run): Comparison['a'] => ({
  run: run.id,
  startedAt: run.startedAt,
  build: buildOf(run),
  verdict: run.verdict,
});

function row(
  id: string,
  unit: ComparisonRow['unit'],
  a: number | null = null,
  b: number | null = null,
  spread: number | null,
): ComparisonRow {
  const both = a !== null && b !== null;
  const change = !both ? null : unit === 'ratio' ? b - a : a > 0 ? b / a - 1 : null;
  return { id, unit, a, b, change, spread };
}

/** The difference of two runs spreads by √2 times what one does. */
function spreadOf(
  runs: readonly BaselineRun[],
  endpoint: string,
  metric: 'p50' | 'p95' | 'p99' | 'errorRate',
): number | null {
  const values = runs.flatMap((run) => run.endpoints.find(({ name }) => name === endpoint)?.[metric] ?? []);
  if (values.length < RUNS_FOR_SPREAD) return null;
  if (metric === 'errorRate') return Math.SQRT2 * standardDeviation(values);
  if (values.some((value) => value <= 0)) return null;
  return Math.expm1(Math.SQRT2 * standardDeviation(values.map(Math.log)));
}

function differencesOf(a: Run, b: Run): Comparison['differs'] {
  const { RUN: _, ...settingsOfA } = a.settings;
  const { RUN: __, ...settingsOfB } = b.settings;
  const names = [...new Set([...Object.keys(settingsOfA), ...Object.keys(settingsOfB)])].sort();
  const pairs: [string, string, string][] = [
    ['scenario', a.scenario, b.scenario],
    ['target', a.target, b.target],
    ['image', a.image ?? 'not known', b.image ?? 'not known'],
    ...names.map((name): [string, string, string] => [
      name,
      settingsOfA[name] ?? 'not set',
      settingsOfB[name] ?? 'not set',
    ]),
    ['seed', String(a.seed), String(b.seed)],
    ['k6', a.generator.k6Version, b.generator.k6Version],
    ['Headroom', a.environment.headroomVersion, b.environment.headroomVersion],
    ['Node', a.environment.node, b.environment.node],
    ['system', a.environment.os, b.environment.os],
    ['cores', String(a.environment.cpus), String(b.environment.cpus)],
  ];
  return pairs.filter(([, x, y]) => x !== y).map(([what, x, y]) => ({ what, a: x, b: y }));
}
