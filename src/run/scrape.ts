/** Samples of a target's metrics that are kept; what goes beyond is left out. */
const MOST_SERIES = 300;
const TIMEOUT_MS = 2_000;

/** One sample of a target's metrics. */
export interface TargetSample {
  metric: string;
  labels: Record<string, string>;
  value: number;
}

/** Counters, gauges and the counts of histograms; neither buckets nor sums. */
export const withoutSums = (metric: string): boolean => !/_(?:bucket|sum)$/.test(metric);

/**
 * Reads Prometheus's text format. What is no number is left out.
 *
 * @param wanted names of the metrics to read; counters, gauges and counts of histograms without it
 * @param first names of metrics that come before all others where there are more than can be kept
 */
export function parseMetrics(
  text: string,
  wanted = withoutSums,
  first: ReadonlySet<string> = new Set(),
): TargetSample[] {
  const samples: TargetSample[] = [];
  const rest: TargetSample[] = [];
  for (const line of text.split('\n')) {
    if (samples.length === MOST_SERIES || (first.size === 0 && rest.length === MOST_SERIES)) break;
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (match === null) continue;
    const [, metric = '', labels = '', number = ''] = match;
    const value = Number(number);
    if (!Number.isFinite(value) || !(wanted(metric) || first.has(metric))) continue;
    if (first.has(metric)) samples.push({ metric, labels: parseLabels(labels), value });
    else if (rest.length < MOST_SERIES) rest.push({ metric, labels: parseLabels(labels), value });
  }
  return [...samples, ...rest].slice(0, MOST_SERIES);
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

/** The target's metrics now; none when it has none or does not answer. */
export async function scrape(
  target: URL,
  wanted = withoutSums,
  first: ReadonlySet<string> = new Set(),
): Promise<TargetSample[]> {
  const url = new URL(`${target.pathname.replace(/\/+$/, '')}/metrics`, target);
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return response.ok && response.headers.get('content-type')?.startsWith('text/plain') === true
      ? parseMetrics(text, wanted, first)
      : [];
  } catch {
    return [];
  }
}
