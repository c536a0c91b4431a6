/** The queries of prometheus-adapter's rules, evaluated by promtool on series as a Prometheus would have them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { adapter, queryOf } from './prometheus-adapter.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-adapter-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Scrapes 15 s apart, for five minutes: each value is so much larger than the one before. */
const rising = (series: string, step: number) => ({ series, values: `0+${step}x20` });
const ours = 'namespace="booking",pod="a"';

it('counts the requests of a pod, and how many of its requests wait', () => {
  writeFileSync(join(folder, 'rules.yml'), 'groups: []\n');
  const cases = [
    // 300 in 15 s are 20 a second; a probe every 5 s is none of them, nor is another pod's.
    { metric: 'booking_requests_per_second', value: 20 },
    // 7.5 s waited in 15 s, on one shard and its replica: half a request waits at any moment, twice.
    { metric: 'booking_pool_waiting', value: 1 },
  ];
  const document = {
    rule_files: ['rules.yml'],
    evaluation_interval: '15s',
    tests: [
      {
        interval: '15s',
        input_series: [
          rising(`app_requests_total{${ours},route="GET /sitters",status="200"}`, 200),
          rising(`app_requests_total{${ours},route="POST /bookings",status="201"}`, 100),
          rising(`app_requests_total{${ours},route="GET /health/ready",status="200"}`, 3),
          rising(`app_requests_total{${ours},route="GET /metrics",status="200"}`, 1),
          rising('app_requests_total{namespace="booking",pod="b",route="GET /sitters"}', 900),
          rising(`app_pool_wait_seconds_sum{${ours},shard="db0"}`, 7.5),
          rising(`app_pool_wait_seconds_sum{${ours},shard="db0-replica"}`, 7.5),
          rising(`app_pool_wait_seconds_sum{${ours},shard="db0-background"}`, 50),
          rising(`app_pool_wait_seconds_sum{${ours},shard="db0-replica-look"}`, 50),
        ],
        promql_expr_test: cases.map(({ metric, value }) => {
          const rule = adapter.rules.find(({ name }) => name.as === metric);
          if (rule === undefined) throw new Error(`no rule serves ${metric}`);
          return { expr: queryOf(rule, 'a'), eval_time: '5m', exp_samples: [{ labels: '{pod="a"}', value }] };
        }),
      },
    ],
  };
  expect(cases).toHaveLength(adapter.rules.length);
  writeFileSync(join(folder, 'test.yml'), stringify(document));
  const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', join(folder, 'test.yml')], { encoding: 'utf8' });
  expect(stdout + stderr).toMatch(/SUCCESS/);
  expect(stdout + stderr).not.toMatch(/FAILED/);
});
