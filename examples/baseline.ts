/** Compares runs: with a baseline, with each other, over weeks. */
import {
  type BaselineResult,
  type BaselineRun,
  type BaselineStore,
  baselineRunOf,
  baselineRunSchema,
  type ComparedRun,
  type Comparison,
  compareWithBaseline,
  comparisonMarkdown,
  comparisonOf,
  comparisonPage,
  comparisonSchema,
  folderStore,
  type History,
  type InfluxAddress,
  influxAddress,
  influxStore,
  listBaselines,
  type RunSeries,
  readBaseline,
  readHistory,
  readRun,
  readRunSeries,
  removeFromBaseline,
  render,
  saveToBaseline,
  type TrendDocument,
  type TrendOptions,
  trendOf,
  trendPage,
  trendSchema,
  trendSvg,
  trendText,
} from 'headroom-k6';

/** A folder, or a database that several share. */
export function storeAt(place: string): BaselineStore {
  if (!place.startsWith('http')) return folderStore(place);
  const address: InfluxAddress = influxAddress(place, process.env);
  return influxStore(address);
}

/** Compares a run with the good ones, and keeps it with them when it did as well. */
export async function compareAndKeep(folder: string): Promise<BaselineResult> {
  const store = storeAt('baselines');
  const ours: BaselineRun = baselineRunSchema.parse(baselineRunOf(await readRun(folder)));
  const { name, runs } = await readBaseline(store, 'main');
  const result = compareWithBaseline(ours, name, runs);
  if (result.verdict === 'pass') await saveToBaseline(store, name, ours, 40);
  return result;
}

/** Takes all baselines away. */
export async function forgetAll(): Promise<void> {
  const store = storeAt('baselines');
  for (const { name } of await listBaselines(store)) await removeFromBaseline(store, name, null);
}

/** A run with its course over time. */
export async function withCourse(folder: string): Promise<ComparedRun> {
  return await readRunSeries(folder, await readRun(folder));
}

/** Two runs beside each other, as JSON, table and page. */
export async function besideEachOther(folderA: string, folderB: string): Promise<[Comparison, string, string]> {
  const [a, b] = [await withCourse(folderA), await withCourse(folderB)];
  const comparison = comparisonSchema.parse(comparisonOf(a.run, b.run, null));
  return [comparison, comparisonMarkdown(comparison), comparisonPage(comparison, a, b)];
}

/** The report of a run, and its highest rate in any step of its course. */
export async function reportOf(folder: string): Promise<[html: string, peak: number]> {
  const { run, series } = await withCourse(folder);
  const { rate }: RunSeries = series;
  return [render(run, series), Math.max(...rate)];
}

/** What changed for good in a folder of nightly runs. */
export async function trend(folder: string): Promise<TrendDocument> {
  const history: History = await readHistory(folder);
  const options: TrendOptions = { metrics: ['p95'], scenario: 'soak' };
  const document = trendSchema.parse(trendOf(history, options));
  process.stdout.write(`${trendText(document)}\n`);
  return document;
}

export const pictures = (document: TrendDocument): [html: string, svg: string] => [
  trendPage(document),
  trendSvg(document),
];
