/** Points as Headroom writes them to InfluxDB, in line protocol: two runs of a minute, a day apart, from two instances. */

export const RUNS = ['20261122T020000Z-load-a1', '20261123T020000Z-load-b2'] as const;
/** With what must be escaped in a regular expression. */
const SCENARIO = 'scenarios/load.ts';
const ENDPOINTS = ['search', 'view', 'book', 'pay'];
const INSTANCES = ['k6-1', 'k6-2'];
const STATUS_CLASSES = ['2xx', '5xx'];
const SECONDS = 60;
const DAY_MS = 86_400_000;

/** Time range in which the points lie, milliseconds since the epoch. */
export const RANGE = {
  fromMs: Date.UTC(2026, 10, 22, 2),
  toMs: Date.UTC(2026, 10, 23, 2, 1),
};

export function linesOfRuns(): string[] {
  return RUNS.flatMap((run, day) => linesOfRun(run, RANGE.fromMs + day * DAY_MS));
}

function linesOfRun(run: string, startMs: number): string[] {
  const tags = (instance: string, more = ''): string => `run=${run},scenario=${SCENARIO},instance=${instance}${more}`;
  const lines: string[] = [];
  const point = (measurement: string, tagSet: string, fields: string, second: number): void => {
    lines.push(`${measurement},${tagSet} ${fields} ${startMs + second * 1000}`);
  };
  for (let second = 0; second < SECONDS; second++) {
    for (const instance of INSTANCES) {
      for (const endpoint of ENDPOINTS) {
        for (const status of STATUS_CLASSES) {
          const where = tags(instance, `,endpoint=${endpoint},status_class=${status}`);
          const count = status === '2xx' ? 20 : 1;
          point('http_req_duration', where, distribution(count, 20 + second), second);
          point('http_reqs', where, amount(count, 1), second);
          point('http_req_failed', where, amount(count, status === '2xx' ? 0 : 1), second);
        }
      }
      point('iterations', tags(instance), amount(20, 1), second);
      point('dropped_iterations', tags(instance), amount(1, 2), second);
      point('checks', tags(instance), amount(80, 0.99), second);
      point('journey_success', tags(instance), amount(20, 0.95), second);
      point('vus', tags(instance), gauge(10), second);
      point('vus_max', tags(instance), gauge(50), second);
      point('target', tags(instance, ',metric=process_resident_memory_bytes'), gauge(1e8 + second), second);
    }
  }
  const annotation = (kind: string, verdict: string): string =>
    `title="${kind} of ${SCENARIO}",text="http://127.0.0.1:8080",verdict="${verdict}"`;
  const label = (kind: string): string => `run=${run},scenario=${SCENARIO},kind=${kind}`;
  point('annotations', label('start'), annotation('start', ''), 0);
  point('annotations', label('end'), annotation('end', 'pass'), SECONDS - 1);
  return lines;
}

const float = (value: number): string => String(value);

function amount(count: number, mean: number): string {
  return `count=${float(count)},rate=${float(count)},mean=${float(mean)},min=${float(mean)},max=${float(mean)}`;
}

function distribution(count: number, median: number): string {
  const quantiles = { p50: 1, p90: 2, p95: 3, p99: 4, p999: 5, max: 6 };
  const fields = Object.entries(quantiles).map(([name, factor]) => `${name}=${float(median * factor)}`);
  return [`count=${float(count)},rate=${float(count)},mean=${float(median)},min=1`, ...fields].join(',');
}

function gauge(value: number): string {
  return `count=1,rate=1,mean=${value},min=${value},max=${value},last=${value}`;
}
