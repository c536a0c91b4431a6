/** Messages of a soak to receivers that fail, hang, and lose their own answers. */
import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import {
  endedNotification,
  endOf,
  type Notification,
  Notifier,
  notificationSchema,
  OUTBOX_LINES,
  startedNotification,
  webhookOf,
  withoutWebhook,
} from '../../src/notify/index.ts';
import { bodyOf } from '../../src/notify/message.ts';
import { writeRun } from '../../src/results/archive.ts';
import { silentIo } from '../cli/io.ts';
import { madeUpRun } from '../report/fixture.ts';

const SECRET = 'T0KEN-9f2';
const SOON = { timeoutMs: 20_000, firstPauseMs: 20 };

let folder: string;
let server: Server;
let url: URL;
/** What arrived, in order. */
let arrived: { id: string; body: string }[];
/** Answers of the receiver, one after the other; the last goes on. */
let answers: ((response: ServerResponse, request: IncomingMessage) => void)[];

const ok = (response: ServerResponse): void => void response.end('ok');
const fails = (response: ServerResponse): void => void response.writeHead(500).end(`no ${SECRET}`);
const hangs = (): void => {};
/** Takes the message and breaks the connection instead of answering. */
const losesItsAnswer = (_: ServerResponse, request: IncomingMessage): void => void request.socket.destroy();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-notify-'));
  arrived = [];
  answers = [ok];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      arrived.push({ id: String(request.headers['headroom-event-id']), body });
      const [answer = ok] = answers;
      if (answers.length > 1) answers.shift();
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook/${SECRET}`);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const RUN = madeUpRun();
const started = startedNotification(RUN, 1_800_000_000_000);
const ended = endedNotification(RUN, 1_800_000_100_000, 'All held.');
const notifier = (): Notifier => new Notifier({ url, format: 'json' }, folder, SOON);
const outbox = (): Promise<string> => readFile(join(folder, 'outbox.ndjson'), 'utf8');

describe('a notifier', () => {
  it('tells the end of a run that went on beside that of its first part, and the rest not again', async () => {
    const first = new Notifier({ url, format: 'json' }, folder, SOON);
    first.tell(startedNotification(madeUpRun({}), 0));
    const cut = madeUpRun({ verdict: 'interrupted' });
    first.tellEnd(endedNotification(cut, 0, 'Cut.'), endOf(cut));
    await first.end(20_000);
    const second = new Notifier({ url, format: 'json' }, folder, SOON);
    second.tell(startedNotification(madeUpRun({}), 0));
    // The second time for another process that finds it told.
    for (let i = 0; i < 2; i++) second.tellEnd(endedNotification(madeUpRun({}), 0, 'It held.'), endOf(madeUpRun({})));
    await second.end(20_000);
    const { id } = madeUpRun({});
    expect(arrived.map((message) => message.id)).toEqual([`${id}/started`, `${id}/ended`, `${id}/ended/2`]);
  });

  it('sends each event once, in order, however often it is told', async () => {
    const sender = notifier();
    sender.tell(started);
    sender.tell(started);
    sender.tell(ended);
    sender.tell(ended);
    expect(await sender.end(30_000)).toEqual({ messages: 0, problem: null });
    expect(arrived.map(({ id }) => id)).toEqual([started.id, ended.id]);
    const [first] = arrived;
    expect(notificationSchema.parse(JSON.parse(first?.body ?? ''))).toEqual(started);
  });

  it('tries again until a receiver that fails takes it', async () => {
    answers = [fails, fails, ok];
    const sender = notifier();
    sender.tell(started);
    expect(await sender.end(30_000)).toEqual({ messages: 0, problem: null });
    expect(arrived.map(({ id }) => id)).toEqual([started.id, started.id, started.id]);
  });

  it('gives up waiting for one that hangs, and keeps the message', async () => {
    answers = [hangs];
    const sender = new Notifier({ url, format: 'json' }, folder, { ...SOON, timeoutMs: 100 });
    sender.tell(started);
    const unsent = await sender.end(1_000);
    expect(unsent).toMatchObject({ messages: 1, problem: 'the receiver did not answer in time' });
    answers = [ok];
    expect(await notifier().end(30_000)).toMatchObject({ messages: 0 });
    expect(new Set(arrived.map(({ id }) => id))).toEqual(new Set([started.id]));
  });

  it('sends again what may not have arrived, with the same id and body, so that the receiver can tell', async () => {
    answers = [losesItsAnswer, losesItsAnswer, ok];
    const sender = notifier();
    sender.tell(started);
    sender.tell(ended);
    await sender.end(30_000);
    expect(arrived.map(({ id }) => id)).toEqual([started.id, started.id, started.id, ended.id]);
    expect(new Set(arrived.slice(0, 3).map(({ body }) => body)).size).toBe(1);
  });

  it('begins where another process ended: nothing that was acknowledged is sent again', async () => {
    const before = notifier();
    before.tell(started);
    await before.end(30_000);
    // Half a line, as a crash leaves it.
    await appendFile(join(folder, 'outbox.ndjson'), '{"id":"half');
    const after = notifier();
    after.tell(started);
    after.tell(ended);
    await after.end(30_000);
    expect(arrived.map(({ id }) => id)).toEqual([started.id, ended.id]);
    expect(await notifier().end(1_000)).toEqual({ messages: 0, problem: null });
    expect(arrived).toHaveLength(2);
  });

  it('loses nothing when its process is killed before the receiver answers', async () => {
    answers = [hangs];
    const source = fileURLToPath(new URL('../../src/notify/notifier.ts', import.meta.url));
    const script = `
      const { Notifier } = await import(${JSON.stringify(source)});
      const notifier = new Notifier({ url: new URL(process.env.HOOK), format: 'json' }, ${JSON.stringify(folder)});
      notifier.tell(${JSON.stringify(started)});
      await notifier.end(60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, HOOK: url.href },
    });
    const gone = new Promise((resolve) => child.once('close', resolve));
    while (arrived.length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await gone;
    answers = [ok];
    expect(await notifier().end(30_000)).toEqual({ messages: 0, problem: null });
    expect(arrived.map(({ id }) => id)).toEqual([started.id, started.id]);
  });

  it('never waits, and never fails, also on a disk that takes nothing', async () => {
    const sender = new Notifier({ url, format: 'json' }, join(folder, 'missing'), SOON);
    expect(() => sender.tell(started)).not.toThrow();
    expect(await sender.end(500)).toMatchObject({ problem: 'the outbox could not be written' });
  });

  it('keeps the receiver’s address and words to itself', async () => {
    answers = [fails];
    const sender = notifier();
    sender.tell(started);
    const { problem } = await sender.end(4_000);
    expect(problem).toBe('the receiver answered 500');
    const closed = new Notifier({ url: new URL(`http://127.0.0.1:1/${SECRET}`), format: 'json' }, folder, SOON);
    expect((await closed.end(2_000)).problem).toMatch(/^the receiver could not be reached/);
    expect(await outbox()).not.toContain(SECRET);
    for (const line of (await outbox()).trim().split('\n')) {
      const document: unknown = JSON.parse(line);
      const known = Object.values(OUTBOX_LINES).some((schema) => schema.safeParse(document).success);
      expect(known).toBe(true);
    }
  });
});

describe('messages', () => {
  it('say what is broken and what drifts', () => {
    const slo = RUN.slo.map((each, i) => ({ ...each, ok: i !== 0 }));
    expect(endedNotification({ ...RUN, slo, verdict: 'fail' }, 0, 'One broke.')).toMatchObject({
      event: 'ended',
      verdict: 'fail',
      broken: ['search.p95'],
      drifting: [],
    });
  });

  it('for Slack are one line of text in which nothing is taken for a link or a mention', () => {
    const hostile: Notification = { ...started, text: '<!channel> & <http://x|y>' };
    expect(JSON.parse(bodyOf(hostile, 'slack'))).toEqual({
      text: `Headroom: &lt;!channel&gt; &amp; &lt;http://x|y&gt; (run ${RUN.id})`,
    });
  });
});

describe('the webhook', () => {
  it('comes from the environment alone', () => {
    expect(webhookOf(undefined, 'json', {})).toBeNull();
    expect(webhookOf(undefined, 'json', { HEADROOM_NOTIFY_URL: url.href })?.url.href).toBe(url.href);
    expect(webhookOf('HOOK', 'slack', { HOOK: url.href })).toMatchObject({ format: 'slack' });
  });

  it.each([
    [`https://hooks.example.com/${SECRET}`, {}, /--notify takes the name of an environment variable/],
    ['HOOK', {}, /HOOK, which is not set/],
    ['HOOK', { HOOK: `ftp://${SECRET}` }, /HOOK holds no http or https URL/],
  ])('refuses %s without repeating it', (variable, env: Record<string, string>, says) => {
    let message = '';
    try {
      webhookOf(variable, 'json', env);
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    expect(message).toMatch(says);
    expect(message).not.toContain(SECRET);
  });
});

it('what k6 sees of the environment holds no webhook', () => {
  const env = { PATH: '/bin', HEADROOM_NOTIFY_URL: url.href, HOOK: url.href };
  expect(withoutWebhook(env, 'HOOK')).toEqual({ PATH: '/bin' });
  expect(withoutWebhook(env, undefined)).toEqual({ PATH: '/bin', HOOK: url.href });
});

describe('headroom notify', () => {
  it('sends what a run left, and ends with 5 while the receiver does not take it', async () => {
    await writeRun(folder, RUN);
    const early = new Notifier({ url: new URL('http://127.0.0.1:1/'), format: 'json' }, folder, SOON);
    early.tell(started);
    await early.end(100);
    const env = { ...process.env, HEADROOM_NOTIFY_URL: url.href };
    const io = silentIo({ cwd: folder, env });
    expect({ code: await run(['notify', '.'], io), err: io.err() }).toEqual({
      code: 0,
      err: 'all notifications are delivered\n',
    });
    expect(arrived.map(({ id }) => id)).toEqual([started.id]);
    const unset = silentIo({ cwd: folder, env: { ...env, HEADROOM_NOTIFY_URL: undefined } });
    expect({ code: await run(['notify', '.'], unset), err: unset.err() }).toMatchObject({
      code: 2,
      err: expect.stringContaining('HEADROOM_NOTIFY_URL, which is not set'),
    });
  });
});
