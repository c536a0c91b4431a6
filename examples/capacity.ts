/** Searches for the limit of a target, and plans with it. */
import {
  type Capacity,
  type CapacityResult,
  type CapacityTrial,
  capacitySchema,
  type DatedEvent,
  type Demand,
  type DemandAssumptions,
  type DemandBasis,
  type DemandFileOptions,
  type DemandHistory,
  demandFromPrometheus,
  demandModelOf,
  demandSentences,
  findK6,
  newestSearch,
  type Outlook,
  type Plan,
  type PlanInput,
  type PlannedDemand,
  type PrometheusQuery,
  parseEvent,
  parseGrowth,
  parseRate,
  permittedTarget,
  planMarkdown,
  plannedDemand,
  planOf,
  planPage,
  planSchema,
  planText,
  readCapacity,
  readDemandFile,
  resumeSearch,
  type SearchOptions,
  type SearchOutcome,
  type StatedGrowth,
  startSearch,
  type WhatIf,
} from 'headroom-k6';

async function edges() {
  const target = permittedTarget('http://127.0.0.1:8080', { owned: false, allowedTargets: [] });
  const k6 = await findK6({ env: process.env });
  const { signal } = new AbortController();
  const onTrial = ({ rate, verdict }: CapacityTrial): unknown => process.stderr.write(`${rate}/s: ${verdict}\n`);
  return { target, k6, signal, onTrial, settings: { THINK: '0' }, env: process.env, cwd: '.', now: Date.now };
}

/** The highest rate that holds the scenario's own objectives. */
export async function search(): Promise<SearchOutcome> {
  const options: SearchOptions = {
    ...(await edges()),
    runsFolder: 'runs',
    scenario: 'load',
    mode: 'quick',
    seed: 1,
    tags: {},
    audit: true,
    range: { low: 1, high: 10_000 },
  };
  return await startSearch(options);
}

/** Goes on with a search that was stopped. */
export async function goOn(folder: string): Promise<CapacityResult | null> {
  const { capacity } = await resumeSearch(folder, await edges());
  return capacity.result;
}

/** The search of a folder, or the newest one that found a limit. */
export async function found(folder?: string): Promise<Capacity> {
  return capacitySchema.parse(folder === undefined ? await newestSearch('runs') : await readCapacity(folder));
}

/** Demand that grows from today's peak, with a day of twice as much. */
export function stated(now: Date): { peak: number; demand: PlannedDemand } {
  const growth: StatedGrowth = parseGrowth('8%/month');
  const basis: DemandBasis = { kind: 'growth', peak: parseRate('120/s'), growth };
  return plannedDemand(basis, [campaign(now)], now);
}

const campaign = (now: Date): DatedEvent => parseEvent('2099-11-27 x2 1d', now, 365 * 100);

/** Demand as a file or Prometheus has seen it. */
export async function seen(file: string | null, now: Date): Promise<[Demand, string[]]> {
  const read: DemandFileOptions = { now };
  const query: PrometheusQuery = { url: 'http://127.0.0.1:9090', now, env: process.env };
  const history: DemandHistory = file === null ? await demandFromPrometheus(query) : await readDemandFile(file, read);
  const demand = demandModelOf({ kind: 'history', history }, [], now);
  const assumptions: DemandAssumptions = demand.assumptions;
  return [demand, demandSentences(assumptions)];
}

/** How much is left, until when, and what two shards would buy. */
export function plan(capacity: Capacity, now: Date): Plan {
  const { peak, demand } = stated(now);
  const input: PlanInput = { capacity, peak, demand, whatIfs: ['shards=2'], instances: null, multiple: 5, now };
  return planSchema.parse(planOf(input));
}

/** A plan as page, Markdown and text, with what it says of now and of the first change. */
export function forms(made: Plan): [string, string, string, Outlook, WhatIf | undefined] {
  return [planPage(made), planMarkdown(made), planText(made), made.now, made.whatIfs[0]];
}
