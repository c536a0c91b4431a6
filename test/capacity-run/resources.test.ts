import { expect, it } from 'vitest';
import { hostResource } from '../../src/capacity-run/host-cpu.ts';
import {
  hitRatiosOf,
  isResourceMetric,
  type MetricsReading,
  resourcesOf,
  statementsOf,
} from '../../src/capacity-run/resources.ts';
import { parseMetrics } from '../../src/run/scrape.ts';

const reading = (seconds: number, text: string): MetricsReading => ({
  atMs: seconds * 1000,
  samples: parseMetrics(text, isResourceMetric),
});

const READINGS = [
  reading(
    100,
    `app_event_loop_utilization 0.2
process_cpu_seconds_total 50
app_pool_size{shard="db0"} 4
app_pool_in_use{shard="db0"} 1
app_pool_waiting{shard="db0"} 0
app_db_statement_duration_seconds_sum{shard="db0"} 1000
app_cache_requests_total{cache="search",result="hit"} 10
app_cache_requests_total{cache="search",result="miss"} 10
app_cache_requests_total{cache="search",result="error"} 0
http_requests_total 5`,
  ),
  reading(
    110,
    `app_event_loop_utilization 0.6
process_cpu_seconds_total 54
app_pool_size{shard="db0"} 4
app_pool_in_use{shard="db0"} 4
app_pool_waiting{shard="db0"} 6
app_db_statement_duration_seconds_sum{shard="db0"} 1030
app_cache_requests_total{cache="search",result="hit"} 40
app_cache_requests_total{cache="search",result="miss"} 20
app_cache_requests_total{cache="search",result="error"} 10`,
  ),
];

it('tells how busy each resource was: counters by their growth, gauges by their mean', () => {
  expect(resourcesOf(READINGS)).toEqual([
    { name: 'event loop', kind: 'event-loop', servers: 1, busy: 0.4, utilisation: 0.4, waiting: null },
    { name: 'process CPU', kind: 'cpu', servers: null, busy: 0.4, utilisation: null, waiting: null },
    // 30 s of statements in 10 s: three of four connections.
    { name: 'pool db0', kind: 'pool', servers: 4, busy: 3, utilisation: 0.75, waiting: 3 },
  ]);
});

it('has the CPU of each database, and what the looks into the cache take', () => {
  const readings = [
    reading(
      10,
      `app_db_cpu_seconds_total{shard="db0"} 5
app_db_cpu_seconds_total{shard="db1"} 7
app_db_cpus{shard="db0"} 4
app_cache_look_duration_seconds_sum{cache="search"} 1
app_cache_look_duration_seconds_bucket{cache="search",le="0.1"} 10`,
    ),
    reading(
      20,
      `app_db_cpu_seconds_total{shard="db0"} 13
app_db_cpu_seconds_total{shard="db1"} 8
app_db_cpus{shard="db0"} 4
app_cache_look_duration_seconds_sum{cache="search"} 3
app_cache_look_duration_seconds_bucket{cache="search",le="0.1"} 90`,
    ),
  ];
  expect(resourcesOf(readings)).toEqual([
    { name: 'CPU db0', kind: 'db-cpu', servers: 4, busy: 0.8, utilisation: 0.2, waiting: null },
    { name: 'CPU db1', kind: 'db-cpu', servers: null, busy: 0.1, utilisation: null, waiting: null },
    { name: 'cache search', kind: 'cache', servers: null, busy: 0.2, utilisation: null, waiting: null },
  ]);
});

it('takes what is lent for busy where statements are not timed', () => {
  const untimed = READINGS.map(({ atMs, samples }) => ({
    atMs,
    samples: samples.filter(({ metric }) => !metric.startsWith('app_db_statement')),
  }));
  expect(resourcesOf(untimed).find(({ kind }) => kind === 'pool')).toMatchObject({ busy: 2.5, utilisation: 0.625 });
});

it('gives the hit ratio of the time between, not of all times', () => {
  // Of 50 looks 30 hit.
  expect(hitRatiosOf(READINGS)).toEqual({ search: 0.6 });
});

it('says nothing without two readings, without metrics, and of a counter that began anew', () => {
  expect(resourcesOf(READINGS.slice(0, 1))).toEqual([]);
  expect(resourcesOf([reading(1, 'up 1'), reading(2, 'up 1')])).toEqual([]);
  const restarted = [...READINGS].reverse().map(({ samples }, i) => ({ atMs: i * 10_000, samples }));
  expect(resourcesOf(restarted).map(({ name }) => name)).toEqual(['event loop', 'pool db0']);
  expect(hitRatiosOf(restarted)).toEqual({});
});

it('counts statements by name over all databases, also those that began in between', () => {
  const readings = [
    reading(10, 'app_db_statements_total{shard="db0",statement="sitter-find"} 100'),
    reading(
      20,
      `app_db_statements_total{shard="db0",statement="sitter-find"} 150
app_db_statements_total{shard="db1",statement="sitter-find"} 30
app_db_statements_total{shard="db1",statement="booking-hold"} 20
app_db_statements_total{shard="db1",statement="ping"} 0`,
    ),
  ];
  expect(statementsOf(readings)).toEqual({ 'sitter-find': 8, 'booking-hold': 2 });
  expect(statementsOf(readings.slice(0, 1))).toEqual({});
});

it('tells how busy this machine was from the work of its CPUs', () => {
  const host = hostResource([
    { atMs: 1_000, busySeconds: 50 },
    { atMs: 3_000, busySeconds: 51 },
  ]);
  expect(host).toMatchObject({ kind: 'host-cpu', busy: 0.5 });
  expect(host?.utilisation).toBeCloseTo(0.5 / (host?.servers ?? 0));
  expect(hostResource([{ atMs: 1_000, busySeconds: 50 }])).toBeNull();
});
