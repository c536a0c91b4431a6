import type { Workload, WorkloadEndpoint } from './schema.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** Endpoints that the summary shows. */
const SHOWN = 15;

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`;
const count = (value: number): string => value.toLocaleString('en-GB');

/** What was found in a log, for people. */
export function workloadText({ source, leftOut, requests, endpoints, other, profile, sessions }: Workload): string {
  const { unreadable, notRequests, examples } = source;
  const shown = endpoints.slice(0, SHOWN);
  const width = Math.max(...shown.map(({ name }) => name.length), 8);
  return [
    `${source.name}: ${count(requests.count)} requests from ${source.from} to ${source.to}, ${rate(requests.rate)}`,
    ...(unreadable === 0
      ? []
      : [`${count(unreadable)} of ${count(source.lines)} lines could not be read, such as: ${examples[0]}`]),
    ...(notRequests === 0 ? [] : [`${count(notRequests)} lines tell of no request`]),
    ...(leftOut.staticFiles === 0 ? [] : [`${count(leftOut.staticFiles)} requests for static files left out`]),
    ...(leftOut.excluded === 0 ? [] : [`${count(leftOut.excluded)} requests excluded`]),
    `errors: ${percent(requests.clientErrorShare)} of 4xx, ${percent(requests.serverErrorShare)} of 5xx`,
    '',
    ...shown.map(
      (endpoint) => `  ${endpoint.name.padEnd(width)}  ${percent(endpoint.share).padStart(7)}${detailsOf(endpoint)}`,
    ),
    ...(endpoints.length <= SHOWN ? [] : [`  and ${endpoints.length - SHOWN} more endpoints`]),
    ...(other.count === 0 ? [] : [`  ${'other'.padEnd(width)}  ${percent(other.share).padStart(7)}`]),
    '',
    `busiest minute: ${rate(profile.peakMinute.rate)} from ${profile.peakMinute.from}; busiest hour: ${rate(profile.peakHour.rate)} from ${profile.peakHour.from}`,
    ...busiest('hour of the day', profile.byHour, (hour) => `${String(hour).padStart(2, '0')}:00`),
    ...busiest('day of the week', profile.byWeekday, (day) => WEEKDAYS[day] ?? ''),
    ...(sessions.requests === null
      ? []
      : [
          `${count(sessions.count)} sessions of ${sessions.requests.mean.toFixed(1)} requests${sessions.meanThinkSeconds === null ? '' : `, ${sessions.meanThinkSeconds.toFixed(1)} s of thinking between requests`}`,
        ]),
    `modelled as ${sessions.model === 'sessions' ? 'sessions' : 'single requests'}: ${sessions.reason}`,
  ].join('\n');
}

const rate = (perSecond: number): string => `${Number(perSecond.toPrecision(3))}/s`;

function detailsOf({ latency, popularity }: WorkloadEndpoint): string {
  const parts = [
    ...(latency === null ? [] : [`p95 ${Number(latency.p95.toPrecision(3))} ms`]),
    ...(popularity === null
      ? []
      : [
          `${count(popularity.distinct)} ids`,
          popularity.exponent === null
            ? 'too few requests for an exponent'
            : `Zipf ${popularity.exponent.toFixed(2)} ± ${(popularity.exponentError ?? 0).toFixed(2)}`,
          `top 1 %: ${percent(popularity.top1PercentShare)}`,
          `top 10 %: ${percent(popularity.top10PercentShare)}`,
        ]),
  ];
  return parts.length === 0 ? '' : `  ${parts.join(', ')}`;
}

/** The busiest part of a cycle, where the log covers all of it. */
function busiest(what: string, rates: readonly (number | null)[], nameOf: (part: number) => string): string[] {
  const known = rates.flatMap((value, part) => (value === null ? [] : [{ value, part }]));
  if (known.length < rates.length) return [];
  const peak = known.reduce((best, each) => (each.value > best.value ? each : best));
  return [`busiest ${what}: ${nameOf(peak.part)} with ${rate(peak.value)}`];
}
