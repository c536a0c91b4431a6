/** Runs whose collector or k6 is killed with signal 9: what is left can be read, and they go on. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { sendLate } from '../../src/cli/notify-late.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';
import {
  countWindows,
  gone,
  k6Of,
  type NotingTarget,
  runWithWindows,
  startHeadroom,
  startTarget,
  writeScenario,
} from './cut-run.ts';

let cwd: string;
let target: NotingTarget;
let scenario: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'headroom-cut-'));
  target = await startTarget();
  scenario = await writeScenario(cwd);
});
afterEach(async () => {
  target.server.close();
  await rm(cwd, { recursive: true, force: true });
});

async function headroom(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd });
  const code = await run(argv, io);
  return { code, out: io.out(), err: io.err() };
}

const runOf = async (folder: string): Promise<Run> =>
  runSchema.parse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')));

const ARGUMENTS = ['--duration', '10s', '--warmup', '1s', '--seed', '5', '--no-audit'];

describe('a run whose collector is killed', () => {
  it('leaves all windows but those of the last five seconds, and goes on to its end without a request sent twice', async () => {
    const child = startHeadroom(
      { cwd },
      'run',
      scenario,
      '--target',
      target.url,
      ...ARGUMENTS,
      '--env',
      'TOKEN=secret',
    );
    const folder = await runWithWindows(cwd, 3);
    expect(await headroom('resume', folder)).toMatchObject({ code: 2, err: expect.stringContaining('still going on') });
    const k6 = k6Of(child.pid);
    child.kill('SIGKILL');
    const killedAt = Date.now() / 1000;
    await Promise.all([once(child, 'close'), gone(k6)]);

    const left = await countWindows(folder);
    expect(killedAt - left.end).toBeLessThanOrEqual(5);
    const report = await headroom('report', folder, '--json');
    expect(report.code).toBe(0);
    const cut: Run = JSON.parse(report.out);
    expect(cut).toMatchObject({ endedAt: null, verdict: 'interrupted' });
    expect(cut.requests.count).toBeGreaterThan(40);
    const sentBefore = target.numbers.length;
    await writeFile(join(folder, `.headroom-${child.pid}-0123abcd`), '{');
    expect((await headroom('runs', 'ls')).code).toBe(0);

    expect(await headroom('resume', folder)).toMatchObject({ code: 2, err: expect.stringContaining('TOKEN') });
    expect(await readFile(join(folder, 'run.json'), 'utf8')).not.toContain('secret');
    const resumed = await headroom('resume', folder, '--json', '--env', 'TOKEN=secret');
    const result = runSchema.parse(JSON.parse(resumed.out));
    // Starting again takes longer than a tenth of a run of ten seconds; nothing else speaks against it.
    expect(result.validity.reasons.map(({ code }) => code)).toEqual(['interrupted-too-long']);
    expect(resumed.code).toBe(3);
    expect(result.slo.map(({ ok }) => ok)).toEqual([true, true]);
    expect(result.parts).toHaveLength(2);
    expect(result.parts?.[0]).toEqual({ fromSeconds: 0, untilSeconds: left.count });
    expect(result.iterations.planned).toBe(250);
    expect(result.iterations.count).toBeGreaterThanOrEqual(240);
    expect(result.requests.rate).toBeGreaterThan(23);
    expect(result.requests.rate).toBeLessThan(27);
    expect(result.startedAt).toBe(cut.startedAt);

    expect(target.numbers.length).toBeGreaterThan(sentBefore);
    expect(new Set(target.numbers).size).toBe(target.numbers.length);
    // The judged part leaves out the second of the warm-up, and the one that it ends in, of both parts.
    const [look] = result.endpoints;
    expect(look?.count).toBeLessThan(result.requests.count - 50);
    expect((await readdir(folder)).sort()).toEqual([
      'k6.log',
      'report.html',
      'run.json',
      'windows-002.ndjson.gz',
      'windows.ndjson.gz',
    ]);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('not measured');
    expect(JSON.parse((await headroom('report', folder, '--json')).out)).toEqual(result);
    expect(await headroom('resume', folder)).toMatchObject({ code: 2, err: expect.stringContaining('has ended') });
  });
});

describe('a run whose k6 is killed', () => {
  it('is invalid, keeps all but the last seconds, and goes on', async () => {
    const child = startHeadroom({ cwd }, 'run', scenario, '--target', target.url, ...ARGUMENTS);
    const folder = await runWithWindows(cwd, 3);
    const k6 = k6Of(child.pid);
    process.kill(k6, 'SIGKILL');
    const killedAt = Date.now() / 1000;
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    const left = await countWindows(folder);
    expect(killedAt - left.end).toBeLessThanOrEqual(5);
    expect((await runOf(folder)).validity.reasons.map((reason) => reason.code)).toContain('k6-failed');

    const resumed = await headroom('resume', folder, '--json');
    const result = runSchema.parse(JSON.parse(resumed.out));
    expect(result.validity.reasons.map((reason) => reason.code)).not.toContain('k6-failed');
    expect(result.parts).toHaveLength(2);
    expect(new Set(target.numbers).size).toBe(target.numbers.length);
    expect(result.iterations.count).toBeGreaterThanOrEqual(240);
  });
});

describe('a soak whose collector is killed', () => {
  it('goes on as what it was: it tells each event once, shows its webhook to nobody, and decides early', async () => {
    const told: { id: unknown; event: unknown }[] = [];
    const hook = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        told.push({ id: request.headers['headroom-event-id'], event: JSON.parse(text).event });
        response.end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const address = hook.address();
    const secret = 'hook-5d0c77e1';
    const env = {
      ...process.env,
      HOOK: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/${secret}`,
    };
    const gonePid = 2 ** 22 - 1;
    await writeFile(join(cwd, 'slo.json'), JSON.stringify([{ endpoint: 'look', metric: 'errorRate', max: 0.01 }]));
    // Objectives are looked at every ten seconds; it ends long before its time.
    const flags = [
      '--duration',
      '40s',
      '--pid',
      String(gonePid),
      '--fail-fast',
      '--notify',
      'HOOK',
      '--slo',
      'slo.json',
    ];
    const child = startHeadroom(
      { cwd, env },
      'soak',
      '--scenario',
      scenario,
      '--target',
      target.url,
      ...ARGUMENTS,
      ...flags,
    );
    const folder = await runWithWindows(cwd, 2);
    const k6 = k6Of(child.pid);
    const shown = [`/proc/${child.pid}/cmdline`, `/proc/${k6}/cmdline`, `/proc/${k6}/environ`];
    for (const file of shown) {
      const text = await readFile(file, 'latin1');
      expect(text.length).toBeGreaterThan(10);
      expect(text).not.toContain(secret);
    }
    while (told.length === 0) await pause(50);
    await expectNowhere(folder, secret);
    child.kill('SIGKILL');
    await Promise.all([once(child, 'close'), gone(k6)]);

    const without = await headroom('resume', folder);
    expect(without).toMatchObject({ code: 2, err: expect.stringContaining('Set HOOK to the URL of the webhook') });
    // From here on every request fails.
    target.answer.status = 500;
    // Whoever writes into a pipe that nobody reads waits: here between run.json and the word that it has ended.
    const report = join(folder, 'report.html');
    execFileSync('mkfifo', [report]);
    const again = startHeadroom({ cwd, env }, 'resume', folder);
    let err = '';
    again.stderr?.on('data', (chunk) => (err += String(chunk)));
    while ((await runOf(folder)).endedAt === null && again.exitCode === null) await pause(50);
    again.kill('SIGKILL');
    await once(again, 'close');
    await rm(report);
    expect(err).toContain(`process ${gonePid}, which the soak watched, is gone`);
    const result = await runOf(folder);
    expect(result.soak?.stopped?.because).toContain('can no longer be met');
    const events = (): unknown[] => told.map(({ event }) => event);
    await expect.poll(events).toEqual(['started', 'objective-broken']);

    // The next soak makes up for it, and so does whoever goes on with this one; each once.
    const elsewhere = join(cwd, 'elsewhere');
    await cp(folder, join(elsewhere, result.id), { recursive: true });
    const io = silentIo({ cwd, env });
    for (const at of [elsewhere, elsewhere, join(cwd, 'missing')]) await sendLate(at, io);
    expect(io.err()).toMatch(new RegExp(`^told late: \\d notifications? of run ${result.id}\\n$`));
    expect(events()).toEqual(['started', 'objective-broken', 'ended']);
    told.pop();
    const over = silentIo({ cwd, env });
    expect(await run(['resume', folder, '--json'], over)).toBe(3);
    expect(JSON.parse(over.out())).toEqual(result);
    expect(await readFile(report, 'utf8')).toContain(result.id);
    expect(await run(['resume', folder], over)).toBe(2);
    expect(over.err()).toContain('has ended by itself (invalid)');
    expect(await run(['notify', folder], over)).toBe(0);
    expect(events()).toEqual(['started', 'objective-broken', 'ended']);
    expect(new Set(told.map(({ id }) => id)).size).toBe(3);
    await expectNowhere(folder, secret);
    hook.close();
  });
});

async function expectNowhere(folder: string, secret: string): Promise<void> {
  const names = await readdir(folder);
  expect(names).toContain('outbox.ndjson');
  for (const name of names) {
    expect(await readFile(join(folder, name), 'latin1').catch(() => ''), name).not.toContain(secret);
  }
}
