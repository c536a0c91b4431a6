import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { createMetrics } from '../../../reference-app/telemetry/metrics.ts';
import { run } from '../../../src/cli/main.ts';
import { openSloDocuments, prometheusRules } from '../../../src/gate/export/index.ts';
import { indicatorsOf } from '../../../src/gate/export/indicator.ts';
import { bookingSlos } from '../../../thresholds/booking.ts';
import { bookingMetrics } from '../../../thresholds/booking-metrics.ts';
import { smokeSlos } from '../../../thresholds/smoke.ts';
import { silentIo } from '../../cli/io.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-export-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function sloExport(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder });
  const code = await run(['slo', 'export', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

/** The parts of OpenSLO v1 that Headroom writes, as its specification has them. */
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const metadata = z.strictObject({ name, displayName: z.string() });
const source = z.strictObject({
  metricSource: z.strictObject({ type: z.literal('Prometheus'), spec: z.strictObject({ query: z.string() }) }),
});
const ratioMetric = z.union([
  z.strictObject({ counter: z.literal(true), good: source, total: source }),
  z.strictObject({ counter: z.literal(true), bad: source, total: source }),
]);
const openSlo = z.discriminatedUnion('kind', [
  z.strictObject({
    apiVersion: z.literal('openslo/v1'),
    kind: z.literal('Service'),
    metadata,
    spec: z.strictObject({ description: z.string().max(1050) }),
  }),
  z.strictObject({
    apiVersion: z.literal('openslo/v1'),
    kind: z.literal('SLO'),
    metadata,
    spec: z.strictObject({
      description: z.string().max(1050),
      service: name,
      indicator: z.strictObject({ metadata, spec: z.strictObject({ ratioMetric }) }),
      timeWindow: z.tuple([z.strictObject({ duration: z.string().regex(/^\d+[mhdwMQY]$/), isRolling: z.boolean() })]),
      budgetingMethod: z.enum(['Occurrences', 'Timeslices', 'RatioTimeslices']),
      objectives: z.array(z.strictObject({ displayName: z.string(), target: z.number().min(0).lt(1) })).min(1),
    }),
  }),
]);

describe('OpenSLO', () => {
  it('follows its specification, one SLO an objective that a server can see', async () => {
    const { code, out, err } = await sloExport('--openslo');
    expect({ code, err }).toEqual({
      code: 0,
      err: 'left out: booking.successRate: only the generator sees whole journeys\n',
    });
    const [service, ...objectives] = parseAllDocuments(out).map((document) => openSlo.parse(document.toJS()));
    expect(service).toMatchObject({ kind: 'Service', metadata: { name: 'booking' } });
    expect(
      objectives.map(
        (document) => document.kind === 'SLO' && [document.metadata.name, document.spec.objectives[0]?.target],
      ),
    ).toEqual([
      ['booking-search-p95', 0.95],
      ['booking-search-p99', 0.99],
      ['booking-search-errorrate', 0.99],
      ['booking-view-p95', 0.95],
      ['booking-view-p99', 0.99],
      ['booking-view-errorrate', 0.99],
      ['booking-book-p95', 0.95],
      ['booking-book-p99', 0.99],
      ['booking-book-errorrate', 0.995],
      ['booking-pay-p95', 0.95],
      ['booking-pay-p99', 0.99],
      ['booking-pay-errorrate', 0.995],
    ]);
    for (const document of objectives) expect(document).toMatchObject({ kind: 'SLO', spec: { service: 'booking' } });
  });

  it('leaves out what allows no failure', () => {
    const { document, leftOut } = openSloDocuments(smokeSlos, bookingMetrics);
    expect(document.map(({ kind }) => kind)).toEqual(['Service']);
    expect(leftOut).toHaveLength(smokeSlos.length);
  });
});

describe('slo export', () => {
  it('prints the same rules as YAML and as JSON', async () => {
    const [yaml, json] = [await sloExport('--prometheus'), await sloExport('--prometheus', '--json')];
    expect(parse(yaml.out)).toEqual(JSON.parse(json.out));
    expect(JSON.parse(json.out)).toEqual(prometheusRules(bookingSlos, bookingMetrics).document);
  });

  it('takes objectives and metrics of another service', async () => {
    await writeFile(join(folder, 'slo.json'), '[{"endpoint":"search","metric":"p99","max":250}]');
    const other = ['--slo', 'slo.json', '--service', 'shop', '--histogram', 'http_seconds', '--route-label', 'handler'];
    expect(await sloExport('--prometheus', ...other)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`--route 'search=<value of the label handler>'`),
    });
    const { code, out } = await sloExport('--prometheus', ...other, '--route', 'search=/find');
    expect(code).toBe(0);
    expect(out).toContain('http_seconds_bucket{handler="/find",le="0.25"}[1h]');
    expect(out).not.toMatch(/booking|app_request/);
  });

  it.each([
    ['--prometheus', ['search.p95/60s', 'search{region=north}.p95', 'search{status=5xx}.errorRate']],
    ['--openslo', ['search.p95/60s', 'search{region=north}.p95', 'search{status=5xx}.errorRate']],
    ['--k6', ['search.p95/60s', 'search{status=5xx}.errorRate']],
  ])('as %s names what it cannot express, and exports the rest', async (format, named) => {
    const p95 = { endpoint: 'search', metric: 'p95', max: 250 };
    const errors = { endpoint: 'search', metric: 'errorRate', max: 0.01, tags: { status: '5xx' } };
    const slos = [p95, { ...p95, windowSeconds: 60 }, { ...p95, tags: { region: 'north' } }, errors];
    await writeFile(join(folder, 'slo.json'), JSON.stringify(slos));
    const { code, out, err } = await sloExport(format, '--slo', 'slo.json');
    expect(code).toBe(0);
    expect([...err.matchAll(/^left out: (.*?): /gm)].map(([, id]) => id)).toEqual(named);
    expect(out).toMatch(/0\.25|250/);
    expect(out.includes('region')).toBe(format === '--k6');
  });

  it.each([[[]], [['--k6', '--openslo']]])('wants one format, not %j', async (argv) => {
    expect(await sloExport(...argv)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('one format') });
  });
});

describe('the booking app', () => {
  it('has a bucket for each objective', async () => {
    const metrics = createMetrics();
    try {
      for (const route of Object.values(bookingMetrics.routes)) metrics.request(route, 200, 5, true);
      const { text } = await metrics.expose();
      const buckets = new Set(
        [...text.matchAll(/^(\w+_bucket)\{le="([^"]+)",route="([^"]+)"/gm)].map(
          ([, metric, le, route]) => `${metric}{route="${route}",le="${le}"}`,
        ),
      );
      const wanted = indicatorsOf(bookingSlos, bookingMetrics).indicators.flatMap(({ counted }) =>
        counted.kind === 'good' ? [counted.selector] : [],
      );
      expect(wanted).toHaveLength(8);
      expect([...buckets]).toEqual(expect.arrayContaining(wanted));
    } finally {
      metrics.close();
    }
  });
});
