/** The search by real k6 runs of a few seconds against a server whose limit is known. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Capacity, capacitySchema } from '../../src/capacity-run/index.ts';
import { run } from '../../src/cli/main.ts';
import { CALIBRATION_SCENARIO } from '../../src/k6/bundle.ts';
import { readRun } from '../../src/results/archive.ts';
import { type RecordedIo, silentIo } from '../cli/io.ts';
import { type LimitedOptions, type LimitedServer, limitedServer } from './limited-server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-capacity-'));
  // The median needs forty samples, so that a trial of three seconds has enough.
  await writeFile(
    join(folder, 'slo.json'),
    JSON.stringify([
      { endpoint: 'lookup', metric: 'p50', max: 80 },
      { endpoint: 'lookup', metric: 'errorRate', max: 0.01 },
    ]),
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number;
  err: string;
  capacity: Capacity;
  io: RecordedIo;
}

const environment = { ...process.env, BASE_URL: undefined, USER_IDS: '1,2,3' };

async function capacity(argv: string[], io = silentIo({ cwd: folder, env: environment })): Promise<Ended> {
  const code = await run(['capacity', '--json', ...argv], io);
  const text = io.out();
  expect(text, io.err()).not.toBe('');
  return { code, err: io.err(), capacity: capacitySchema.parse(JSON.parse(text)), io };
}

const quick = ['--quick', '--scenario', CALIBRATION_SCENARIO, '--slo', 'slo.json', '--seed', '1'];

/** A search against a server of its own. */
async function searchOf(options: LimitedOptions, ...argv: string[]): Promise<Ended> {
  const server = await limitedServer(options);
  try {
    return await capacity(['--target', server.url.origin, ...quick, ...argv]);
  } finally {
    await server.close();
  }
}

describe('a search', () => {
  let server: LimitedServer;
  beforeAll(async () => {
    server = await limitedServer();
  });
  afterAll(async () => {
    await server.close();
  });

  it('that is interrupted ends with 130 and keeps its trials; resumed it finds the limit and what binds', async () => {
    const controller = new AbortController();
    let text = '';
    const stderr = {
      write(line: string) {
        text += line;
        // In the middle of the third trial: it has begun, as its first line of progress says.
        if (/^trial 2 (?:.|\n)*\n\d:\d\d\//m.test(text)) controller.abort(new Error('interrupted'));
      },
    };
    const io = silentIo({ cwd: folder, env: environment, stderr, signal: controller.signal });
    const first = await capacity(['--target', server.url.origin, ...quick, '--trial-seconds', '4', '--out', 'one'], io);
    expect(first).toMatchObject({ code: 130, capacity: { result: { outcome: 'interrupted' } } });
    expect(first.capacity.trials).toHaveLength(2);
    expect(first.capacity.endedAt).not.toBeNull();

    const second = await capacity(['--resume', join('one', first.capacity.id)]);
    const { trials, result, search, slo } = second.capacity;
    expect({ code: second.code, result, err: second.err }).toMatchObject({ code: 0, result: { outcome: 'found' } });
    expect(trials.slice(0, 2)).toEqual(first.capacity.trials);
    expect([second.capacity.id, search.trialSeconds, slo.objectives]).toEqual([
      first.capacity.id,
      4,
      first.capacity.slo.objectives,
    ]);
    expect(second.capacity.timeSpentSeconds).toBeGreaterThan(first.capacity.timeSpentSeconds);

    // The median is past its objective when the queue of three seconds is: a few per cent above the limit.
    expect(result?.lower).toBeLessThan(1.2 * server.limit);
    expect(result?.upper).toBeGreaterThan(result?.lower ?? Number.POSITIVE_INFINITY);
    expect(result?.bindingEndpoint).toBe('lookup');
    expect(result?.bindingResource).toBe('pool db0');
    const failed = trials.filter(({ verdict }) => verdict === 'fail');
    expect(failed.length).toBeGreaterThan(1);
    for (const { resources, concurrency, throughput, meanResponse } of failed) {
      expect(resources.map(({ name }) => name)).toEqual(['pool db0', 'machine CPU']);
      expect(concurrency).toBeCloseTo((throughput * (meanResponse ?? 0)) / 1000, 6);
    }

    // Every trial is a run of the archive, beside the search.
    const runs = await readdir(join(folder, 'one'));
    for (const { runId, rate } of trials) {
      expect(runs).toContain(runId);
      const kept = await readRun(join(folder, 'one', runId));
      expect(kept).toMatchObject({ tags: { capacity: first.capacity.id }, settings: { RATE: String(rate) } });
    }
    const written = await readFile(join(folder, 'one', first.capacity.id, 'capacity.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(second.capacity);

    // Gone on with once more it says the same, and asks the target for nothing.
    const before = server.answered();
    const third = await capacity(['--resume', join('one', first.capacity.id)]);
    expect([third.code, third.capacity.result]).toEqual([0, result]);
    expect(server.answered()).toBe(before);
  }, 400_000);

  it('of a target that gave in at no rate ends with 4 and no upper bound', async () => {
    const argv = ['--target', server.url.origin, ...quick, '--trial-seconds', '3', '--start', '25', '--max-rate', '30'];
    const { code, capacity: found } = await capacity(argv);
    expect({ code, result: found.result }).toMatchObject({
      code: 4,
      result: { outcome: 'never-saturated', lower: 30, upper: null, bindingResource: null },
    });
    expect(found.result?.summary).toContain('held every rate up to 30.0 journeys/s');
  });

  it('whose trials cannot judge a latency ends with 4 before it begins', async () => {
    await writeFile(
      join(folder, 'p99.json'),
      JSON.stringify([
        { endpoint: 'lookup', metric: 'p99', max: 80 },
        { endpoint: 'lookup', metric: 'errorRate', max: 0.01 },
      ]),
    );
    const argv = [
      '--target',
      server.url.origin,
      ...quick,
      '--slo',
      'p99.json',
      '--trial-seconds',
      '3',
      '--start',
      '20',
    ];
    const { code, capacity: ended } = await capacity(argv);
    expect({ code, result: ended.result }).toMatchObject({
      code: 4,
      result: { outcome: 'not-judgeable', lower: null, upper: null },
    });
    expect(ended.trials.map(({ why }) => why)).toEqual(['calibrate']);
  });

  it('whose generator lacks virtual users ends with 3 and no limit', async () => {
    const argv = ['--target', server.url.origin, ...quick, '--trial-seconds', '3', '--start', '80', '--vus', '1'];
    const { code, capacity: ended } = await capacity(argv);
    expect({ code, result: ended.result }).toMatchObject({
      code: 3,
      result: { outcome: 'not-measurable', lower: null, upper: null },
    });
    expect(ended.result?.summary).toContain('vus-exhausted');
  });
});

describe('a search says so, and gives no limit,', () => {
  it('when the target fails at the lowest rate', async () => {
    const argv = ['--trial-seconds', '3', '--start', '40', '--min-rate', '32'];
    const { code, capacity: ended } = await searchOf({ status: 500 }, ...argv);
    expect({ code, result: ended.result }).toMatchObject({
      code: 4,
      result: { outcome: 'fails-at-lowest', lower: null, upper: 32, achievedAtLower: null },
    });
    expect(ended.result?.summary).toContain('even at 32.0 journeys/s');
  });

  it('when the target breaks an invariant of its own', async () => {
    const check = { name: 'double bookings', ok: false, expected: 0, observed: 1 };
    const { code, capacity: ended } = await searchOf({ audit: { ok: false, checks: [check] } }, '--trial-seconds', '3');
    expect({ code, result: ended.result }).toMatchObject({ code: 1, result: { outcome: 'audit-failed' } });
    expect(ended.trials).toHaveLength(1);
  });
});

describe('no search begins', () => {
  const refused = async (...argv: string[]): Promise<{ code: number; err: string }> => {
    const io = silentIo({ cwd: folder, env: environment });
    const code = await run(['capacity', '--out', 'none', ...argv], io);
    return { code, err: io.err() };
  };

  it('where nothing answers', async () => {
    const { code, err } = await refused('--target', 'http://127.0.0.1:9', ...quick);
    expect({ code, err }).toMatchObject({ code: 5, err: expect.stringContaining('Nothing answers at') });
    await expect(readdir(join(folder, 'none'))).rejects.toThrow();
  });

  it('without an objective', async () => {
    const { code, err } = await refused('--target', 'http://127.0.0.1:9', '--scenario', CALIBRATION_SCENARIO);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('has no objectives') });
  });
});
