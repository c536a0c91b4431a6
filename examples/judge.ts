/** Judges a run that ended, by its own or by other objectives, and says why. */
import {
  type Audit,
  checkValidity,
  DEFAULT_LIMITS,
  type EndpointResult,
  type Explanation,
  evidenceOf,
  explain,
  explanationSchema,
  explanationText,
  type Gate,
  gateOf,
  gateSchema,
  type JudgedSlo,
  judgeSlos,
  loadSlos,
  type Measurement,
  type Run,
  readRun,
  readTotals,
  rejudge,
  runSchema,
  type Slo,
  type SloResult,
  sloSchema,
  type ValidityLimits,
  type ValidityReason,
  type Verdict,
  verdictOf,
} from 'headroom-k6';

export const OBJECTIVES: readonly Slo[] = [
  sloSchema.parse({ endpoint: 'search', metric: 'p95', max: 300 }),
  { endpoint: 'search', metric: 'errorRate', max: 0.01, windowSeconds: 60 },
  { journey: 'booking', metric: 'successRate', min: 0.99 },
];

/** What a gate says of a run by these objectives. */
export async function judge(folder: string): Promise<Gate> {
  return gateOf(await rejudge(folder, await readRun(folder), OBJECTIVES), null);
}

/** The same in sentences. */
export async function tell(folder: string): Promise<Explanation> {
  const run = await readRun(folder);
  const explanation = explain(run, gateOf(run, null), await evidenceOf(folder, run));
  process.stdout.write(explanationText(explanation));
  return explanationSchema.parse(explanation);
}

/** A document that came from elsewhere, checked. */
export const runOf = (document: unknown): Run => runSchema.parse(document);
export const gateFrom = (document: unknown): Gate => gateSchema.parse(document);

/** Judges step by step, as a run does itself. */
export async function stepByStep(folder: string, measured: Omit<Measurement, 'slos'>): Promise<Verdict> {
  const run = await readRun(folder);
  const audit: Audit | null = run.audit;
  const slos: JudgedSlo[] = judgeSlos(await loadSlos('slo.json', '.'), await readTotals(folder, run));
  const limits: ValidityLimits = { ...DEFAULT_LIMITS, cpuShare: 0.7 };
  const reasons: ValidityReason[] = checkValidity({ ...measured, slos }, limits);
  const results: SloResult[] = slos.map(({ result }) => result);
  return verdictOf(reasons, results, audit);
}

/** The slowest endpoint of a run. */
export const slowest = ({ endpoints }: Run): EndpointResult | undefined =>
  endpoints.toSorted((a, b) => (b.p95 ?? 0) - (a.p95 ?? 0))[0];
