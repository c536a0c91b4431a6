/** `headroom soak` with a real k6 against the real booking app, time compressed: a bin of a second stands for 15 minutes. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchApp, type RunningApp } from '../../src/app/launch.ts';
import { type DriftResult, type Run, runSchema } from '../../src/results/schema.ts';
import { readRunSeries } from '../../src/run/reread.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.ts', import.meta.url));
const WORLD = ['--users', '320', '--sitters', '320'];
const SECRET = 'hook-6b1f0a77';

let folder: string;
let apps: RunningApp[];
let hook: Server;
let hookUrl: string;
const posted: { id: unknown; body: Record<string, unknown> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-soak-'));
  // Node itself grows in its first seconds under load, which a minute of compressed time makes much of.
  await writeFile(join(folder, 'headroom.config.json'), JSON.stringify({ soak: { binSeconds: 1, budget: 1 } }));
  // Objectives that a busy machine holds too: this is about drift.
  await writeFile(
    join(folder, 'slo.json'),
    JSON.stringify([{ endpoint: 'search', metric: 'p50', max: 60_000, minSamples: 1 }]),
  );
  await writeFile(
    join(folder, 'none.json'),
    JSON.stringify([{ endpoint: 'search', metric: 'p50', max: 0.001, minSamples: 1 }]),
  );
  hook = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      posted.push({ id: request.headers['headroom-event-id'], body: JSON.parse(text) });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const address = hook.address();
  hookUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/${SECRET}`;
  apps = await Promise.all(
    [[], ['--fault', 'leak=20MB/s']].map((faults) =>
      launchApp({ args: [...WORLD, ...faults], env: process.env, signal: new AbortController().signal }),
    ),
  );
});
afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.stop()));
  await new Promise((resolve) => hook.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function soak(
  app: RunningApp | undefined,
  ...flags: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const args = [
    'soak',
    '--target',
    app?.url.origin ?? '',
    '--rate',
    '10',
    '--think',
    '0',
    '--warmup',
    '2s',
    ...WORLD,
    ...flags,
  ];
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...process.env, HEADROOM_NOTIFY_URL: hookUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

const of = (run: Run, id: string): DriftResult | undefined => run.drift?.find((each) => each.id === id);

describe('headroom soak', () => {
  it('finds the leak in the app that has one, and none in the app without', async () => {
    // A busy machine holds the app up for seconds, which bends a shorter line too much to be certain of it.
    const [healthy, leaking] = await Promise.all([
      soak(apps[0], '--duration', '60s', '--slo', 'slo.json', '--json', '--out', 'healthy'),
      soak(apps[1], '--duration', '60s', '--slo', 'slo.json', '--json', '--out', 'leaking'),
    ]);
    const well: Run = runSchema.parse(JSON.parse(healthy.out));
    const ill: Run = runSchema.parse(JSON.parse(leaking.out));
    expect(of(ill, 'rss')).toMatchObject({ verdict: 'fail', unit: 'bytes' });
    // An hour of compressed time is four seconds.
    expect(of(ill, 'rss')?.perHour?.slope).toBeGreaterThan(4 * 10e6);
    // A machine that is too busy makes it invalid; it never passes.
    expect([1, 3]).toContain(leaking.code);
    expect(ill.verdict).toBe(leaking.code === 1 ? 'fail' : 'invalid');
    for (const each of well.drift ?? []) expect(each).not.toMatchObject({ verdict: 'fail' });
    expect((well.drift ?? []).map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'search.p50',
        'errorRate',
        'rss',
        'heap',
        'connections',
        'fileDescriptors',
        'poolWait',
        'eventLoopLag',
      ]),
    );
    expect(of(well, 'rss')?.bins).toBeGreaterThanOrEqual(12);

    // Its archive gives the same again.
    const run = join(folder, 'leaking', ill.id);
    const { run: again, series } = await readRunSeries(run, { ...ill, endedAt: null });
    expect(of(again, 'rss')?.bins).toBe(of(ill, 'rss')?.bins);
    expect(series.soak?.drift.map(({ id }) => id)).toContain('rss');
    expect(await readFile(join(run, 'report.html'), 'utf8')).toContain('id="drift"');

    // Told once each, and the webhook stands nowhere.
    const events = posted.filter(({ body }) => body.run === ill.id).map(({ body }) => body.event);
    expect([...new Set(events)]).toEqual(events);
    expect(events[0]).toBe('started');
    expect(events.at(-1)).toBe('ended');
    const files = await Promise.all((await readdir(run)).map((file) => readFile(join(run, file), 'latin1')));
    for (const text of [...files, leaking.out, leaking.err]) expect(text).not.toContain(SECRET);
  });

  it('ends early when an objective can no longer be met, and says so at once', async () => {
    const { code, out, err } = await soak(
      apps[0],
      '--duration',
      '2m',
      '--slo',
      'none.json',
      '--json',
      '--fail-fast',
      '--vus',
      '200',
    );
    const run: Run = runSchema.parse(JSON.parse(out));
    expect(err).toContain('stopping early: search.p50 can no longer be met');
    expect(run.soak?.stopped).toMatchObject({ because: expect.stringContaining('search.p50') });
    expect(run.soak?.stopped?.atSeconds).toBeLessThan(110);
    const reasons = run.validity.reasons.map((reason) => reason.code);
    // That it was ended by us is no reason.
    expect(reasons).not.toContain('k6-failed');
    expect(reasons).not.toContain('rate-not-reached');
    if (reasons.length === 0) expect({ code, verdict: run.verdict }).toEqual({ code: 1, verdict: 'fail' });
    const events = posted.filter(({ body }) => body.run === run.id);
    expect(events.map(({ body }) => body.event)).toEqual(['started', 'objective-broken', 'ended']);
    expect(events[1]?.id).toBe(`${run.id}/objective-broken`);
  });
});
