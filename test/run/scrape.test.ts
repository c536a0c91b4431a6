import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { parseMetrics, scrape } from '../../src/run/scrape.ts';

/** As Prometheus's documentation of its text format shows it. */
const TEXT = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"} 3
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
not a metric
`;

it('reads counters, gauges and counts, with their labels as they were meant', () => {
  expect(parseMetrics(TEXT)).toEqual([
    { metric: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 },
    { metric: 'http_requests_total', labels: { method: 'post', code: '400' }, value: 3 },
    {
      metric: 'msdos_file_access_time_seconds',
      labels: { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' },
      value: 1.458255915e9,
    },
    { metric: 'metric_without_timestamp_and_labels', labels: {}, value: 12.47 },
    { metric: 'http_request_duration_seconds_count', labels: {}, value: 144320 },
  ]);
});

it('keeps no more series than it may', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => `m{i="${i}"} ${i}`).join('\n');
  expect(parseMetrics(many)).toHaveLength(300);
});

it('takes a target without metrics for one that has none', async () => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', request.url === '/app/metrics' ? 'text/plain; version=0.0.4' : 'text/html');
    response.end('up 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  expect(await scrape(new URL(`${origin}/app/`))).toEqual([{ metric: 'up', labels: {}, value: 1 }]);
  expect(await scrape(new URL(origin))).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
  expect(await scrape(new URL(origin))).toEqual([]);
});
