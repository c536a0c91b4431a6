/** Expands a query as Grafana does before it sends it. */

/** Value of each variable; a list is what a variable holds that takes several. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** Time range of the page, milliseconds since the epoch, and the width of a step. */
export interface Range {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

/** InfluxQL: a list becomes an alternation for `=~ /^$name$/`; the macros are those of Grafana's InfluxDB data source. */
export function expandInfluxQl(query: string, values: Values, { fromMs, toMs, stepSeconds }: Range): string {
  return replaceVariables(
    query,
    {
      ...values,
      timeFilter: `time >= ${fromMs}ms and time <= ${toMs}ms`,
      __interval: `${stepSeconds}s`,
      __interval_ms: String(stepSeconds * 1000),
    },
    (list) => `(${list.map(escapeRegex).join('|')})`,
  );
}

/** PromQL: as above; the rate interval is four scrapes at least. */
export function expandPromQl(query: string, values: Values, range: Range & { scrapeSeconds: number }): string {
  const rateSeconds = Math.max(range.stepSeconds + range.scrapeSeconds, 4 * range.scrapeSeconds);
  return replaceVariables(
    query,
    { ...values, __interval: `${range.stepSeconds}s`, __rate_interval: `${rateSeconds}s` },
    // A backslash in a string of PromQL is written twice.
    (list) => `(${list.map((value) => escapeRegex(value).replaceAll('\\', '\\\\')).join('|')})`,
  );
}

function replaceVariables(query: string, values: Values, several: (list: readonly string[]) => string): string {
  return query.replaceAll(/\$(\w+)|\$\{(\w+)\}|\[\[(\w+)\]\]/g, (written, plain, braced, bracketed) => {
    const name: string = plain ?? braced ?? bracketed;
    const value = values[name];
    // Grafana leaves what it does not know as it is.
    if (value === undefined) return written;
    return typeof value === 'string' ? value : several(value);
  });
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}
