/** Expands a query as Grafana does before it sends it. */

/** Value of each variable; a list is what a variable holds that takes several. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** Time range of the page, milliseconds since the epoch, and the width of a step. */
export interface Range {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

/** InfluxQL, with the macros of Grafana's InfluxDB data source. A list needs a format: how it is written otherwise depends on Grafana's version. */
export function expandInfluxQl(query: string, values: Values, { fromMs, toMs, stepSeconds }: Range): string {
  return replaceVariables(
    query,
    {
      ...values,
      timeFilter: `time >= ${fromMs}ms and time <= ${toMs}ms`,
      __interval: `${stepSeconds}s`,
      __interval_ms: String(stepSeconds * 1000),
    },
    (list) => {
      throw new Error(`${list.join()} needs a format in ${query}`);
    },
  );
}

/** PromQL: a list becomes an alternation; the rate interval is four scrapes at least. */
export function expandPromQl(query: string, values: Values, range: Range & { scrapeSeconds: number }): string {
  const rateSeconds = Math.max(range.stepSeconds + range.scrapeSeconds, 4 * range.scrapeSeconds);
  return replaceVariables(
    query,
    { ...values, __interval: `${range.stepSeconds}s`, __rate_interval: `${rateSeconds}s` },
    // A backslash in a string of PromQL is written twice.
    (list) => alternation(list).replaceAll('\\', '\\\\'),
  );
}

function replaceVariables(query: string, values: Values, several: (list: readonly string[]) => string): string {
  return query.replaceAll(/\$(\w+)|\$\{(\w+)(?::(\w+))?\}/g, (written, plain, braced, format) => {
    const value = values[plain ?? braced];
    // Grafana leaves what it does not know as it is.
    if (value === undefined) return written;
    if (format === 'regex') return alternation(typeof value === 'string' ? [value] : value);
    if (format !== undefined) throw new Error(`the format ${format} is not known here`);
    return typeof value === 'string' ? value : several(value);
  });
}

/** Grafana's format `regex`. */
function alternation(values: readonly string[]): string {
  const escaped = values.map((value) => value.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
  return escaped.length === 1 ? escaped.join() : `(${escaped.join('|')})`;
}
