/**
 * InfluxQL over the points that Headroom writes: one for each window, metric and series, with the fields count, mean, min,
 * max, p50 … p999, and `last` for gauges.
 */

/** Which points of a measurement, and how they are put together. */
export interface Selection {
  measurement: string;
  /** Conditions on tags; all must hold. */
  where: readonly string[];
  /** Tags that are kept apart. */
  by?: readonly string[];
  /** Width of the steps, which defaults to Grafana's; null puts the whole time range together. */
  step?: string | null;
}

/** Grafana guesses how to write a list from the slashes around it, and a division has one too; so the format is named. */
const matching = (tag: string, variable: string): string => `"${tag}" =~ /^\${${variable}:regex}$/`;

export const ofRun = matching('run', 'run');
export const ofCandidate = matching('run', 'candidate');
export const ofScenario = matching('scenario', 'scenario');
export const ofEndpoint = matching('endpoint', 'endpoint');

/** One of the metrics that were scraped from the target: they share the measurement `target`. */
export const ofTargetMetric = (name: string): string => `"metric" = '${name}'`;

/** Value of a field when windows are put together: each counts by its samples. Exact for mean and share, near for quantiles. */
export function averaged(field: string, selection: Selection): string {
  return averages({ [field]: field }, selection);
}

/** Several fields at once, each under a name of its own. */
export function averages(fields: Readonly<Record<string, string>>, selection: Selection): string {
  return over(averagesOf(fields), { ...selection, inner: weighted(fields) });
}

/** Samples per second beside the averages of fields, row by row. */
export function rateAndAverages(fields: Readonly<Record<string, string>>, selection: Selection): string {
  return over([rateAs('requests/s'), ...averagesOf(fields)], { ...selection, inner: weighted(fields) });
}

/** Samples per second. */
export function perSecond(selection: Selection): string {
  return over([rateAs('rate')], { ...selection, inner: ['"count" AS "n"'] });
}

/** Samples in all, or what a counter counted. */
export function total(of: 'samples' | 'amount', selection: Selection, name = 'total'): string {
  return over([`sum("n") AS "${name}"`], {
    ...selection,
    inner: [of === 'samples' ? '"count" AS "n"' : '"mean" * "count" AS "n"'],
  });
}

/** Highest value of a field. */
export function highest(field: string, selection: Selection): string {
  return over([`max("v") AS "${field}"`], { ...selection, inner: [`"${field}" AS "v"`] });
}

/** A gauge of all instances together. */
export function gauge(selection: Selection): string {
  const step = selection.step ?? '$__interval';
  const inner = `SELECT max("last") AS "v" FROM "${selection.measurement}" WHERE ${conditions(selection)} AND $timeFilter GROUP BY time(${step}), "instance"`;
  return `SELECT sum("v") AS "value" FROM (${inner}) WHERE $timeFilter GROUP BY time(${step}) fill(none)`;
}

/** Values that an endpoint, a run or a scenario may have: what a variable offers. */
export function tagValues(measurement: string, tag: string, where?: string): string {
  return `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${tag}"${where === undefined ? '' : ` WHERE ${where}`}`;
}

function weighted(fields: Readonly<Record<string, string>>): string[] {
  return [...Object.values(fields).map((field) => `"${field}" * "count" AS "w_${field}"`), '"count" AS "n"'];
}

function averagesOf(fields: Readonly<Record<string, string>>): string[] {
  return Object.entries(fields).map(([name, field]) => `sum("w_${field}") / sum("n") AS "${name}"`);
}

function rateAs(name: string): string {
  return `sum("n") * 1000 / $__interval_ms AS "${name}"`;
}

function over(outer: readonly string[], { inner, ...selection }: Selection & { inner: readonly string[] }): string {
  const groups = [
    ...(selection.step === null ? [] : [`time(${selection.step ?? '$__interval'})`]),
    ...(selection.by ?? []).map((tag) => `"${tag}"`),
  ];
  const from = `SELECT ${inner.join(', ')} FROM "${selection.measurement}" WHERE ${conditions(selection)}`;
  const grouped = groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '';
  // Only steps can be empty.
  const fill = selection.step === null ? '' : ' fill(none)';
  return `SELECT ${outer.join(', ')} FROM (${from}) WHERE $timeFilter${grouped}${fill}`;
}

function conditions({ where }: Selection): string {
  return where.join(' AND ');
}
