/** comment.sh with the environment that GitHub sets, against a server that answers as GitHub's REST API does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './scripts.ts';

interface Comment {
  id: number;
  user: { login: string; type: string };
  body: string | null;
}

const TOKEN = 'ghs_0123456789abcdef';
let folder: string;
let server: Server;
let comments: Comment[];
let requests: { method: string; url: string; headers: IncomingHttpHeaders }[];
/** What the API refuses with; null: nothing. */
let refusal: { status: number; method: string } | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  [comments, requests, refusal] = [[], [], null];
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers });
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    };
    const sent = await text(request);
    if (refusal !== null && refusal.method === method) {
      return answer(refusal.status, {
        message: 'Resource not accessible by integration',
        documentation_url: 'https://docs.github.com/rest/issues/comments#create-an-issue-comment',
        status: String(refusal.status),
      });
    }
    const { pathname, searchParams } = new URL(url, 'http://api');
    if (method === 'GET' && pathname === '/repos/acme/shop/issues/7/comments') {
      const size = Number(searchParams.get('per_page') ?? 30);
      const from = (Number(searchParams.get('page') ?? 1) - 1) * size;
      return answer(200, comments.slice(from, from + size));
    }
    const body: string = sent === '' ? '' : JSON.parse(sent).body;
    if (method === 'POST' && pathname === '/repos/acme/shop/issues/7/comments') {
      const comment = { id: 9_000 + comments.length, user: { login: 'github-actions[bot]', type: 'Bot' }, body };
      comments.push(comment);
      return answer(201, comment);
    }
    const [, id] = /^\/repos\/acme\/shop\/issues\/comments\/(\d+)$/.exec(pathname) ?? [];
    const known = comments.find((comment) => comment.id === Number(id));
    if (method !== 'PATCH' || known === undefined) return answer(404, { message: 'Not Found', status: '404' });
    known.body = body;
    answer(200, known);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function comment(
  markdown: string,
  change: Record<string, string> = {},
  event: unknown = { action: 'synchronize', number: 7, pull_request: { number: 7, state: 'open' } },
): Promise<{ code: number; out: string }> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  const [eventPath, markdownPath] = [join(folder, 'event.json'), join(folder, 'gate.md')];
  await writeFile(eventPath, JSON.stringify(event));
  await writeFile(markdownPath, markdown);
  const script = spawn('bash', [join(ROOT, 'ci/github/comment.sh')], {
    env: {
      PATH: process.env.PATH,
      NO_PROXY: '127.0.0.1',
      GITHUB_API_URL: `http://127.0.0.1:${address.port}`,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_RUN_ID: '1658821493',
      GITHUB_EVENT_PATH: eventPath,
      GITHUB_TOKEN: TOKEN,
      HEADROOM_COMMENT_ID: 'load',
      HEADROOM_MARKDOWN: markdownPath,
      HEADROOM_ARTIFACT_URL: '',
      ...change,
    },
  });
  const [out, err, [code]] = await Promise.all([text(script.stdout), text(script.stderr), once(script, 'close')]);
  return { code, out: out + err };
}

const others = (count: number): Comment[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    user: { login: 'octocat', type: 'User' },
    body: id === 3 ? null : 'LGTM',
  }));

describe('the comment on a pull request', () => {
  it('is made once and written anew by later runs', async () => {
    expect(
      await comment('### first "quoted" \\ $HOME `x`\n', { HEADROOM_ARTIFACT_URL: 'https://example.test/a' }),
    ).toEqual({
      code: 0,
      out: '',
    });
    expect(comments.map(({ body }) => body)).toEqual([
      '<!-- headroom: load -->\n### first "quoted" \\ $HOME `x`\n\n[archive and report](https://example.test/a) · [job](https://github.com/acme/shop/actions/runs/1658821493)',
    ]);
    await comment('### second\n');
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('### second');
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'PATCH']);
  });

  it('is found behind a hundred others, and apart from that of another use', async () => {
    comments = others(250);
    await comment('first');
    await comment('other', { HEADROOM_COMMENT_ID: 'loader' });
    await comment('second');
    expect(comments.slice(250).map(({ body }) => body?.split('\n')[1])).toEqual(['second', 'other']);
    expect(comments.slice(0, 250)).toEqual(others(250));
  });

  it('speaks the API: version, media type, token, and no token anywhere else', async () => {
    const { out } = await comment('text');
    for (const { headers, url } of requests) {
      expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
      expect(headers.accept).toBe('application/vnd.github+json');
      expect(headers['x-github-api-version']).toBe('2022-11-28');
      expect(url).not.toContain(TOKEN);
    }
    expect(out + comments[0]?.body).not.toContain(TOKEN);
  });

  it('is cut to what GitHub takes', async () => {
    await comment('é'.repeat(100_000));
    expect(comments[0]?.body?.length).toBeGreaterThan(59_000);
    expect(comments[0]?.body?.length).toBeLessThan(65_536);
    expect(comments[0]?.body).toContain('[job](');
  });

  it.each([
    [
      'a token that may not write',
      () => ({}),
      { status: 403, method: 'POST' },
      'POST /repos/acme/shop/issues/7/comments answered 403: Resource not accessible by integration',
    ],
    ['an API that is down', () => ({}), { status: 502, method: 'GET' }, 'answered 502'],
    ['an API that is not there', () => ({ GITHUB_API_URL: 'http://127.0.0.1:1' }), null, '127.0.0.1'],
    ['no token', () => ({ GITHUB_TOKEN: '' }), null, 'there is no token'],
  ])('is left out with a warning: %s', async (_, change, refused, why) => {
    refusal = refused;
    const { code, out } = await comment('text', change());
    expect(code).toBe(0);
    expect(out).toMatch(/^::warning title=Headroom::[^\n]*\n$/);
    expect(out).toContain(why);
    expect(comments).toEqual([]);
  });

  it('is not made where there is no pull request', async () => {
    expect(await comment('text', {}, { ref: 'refs/heads/main', head_commit: {} })).toEqual({ code: 0, out: '' });
    expect(requests).toEqual([]);
  });
});
