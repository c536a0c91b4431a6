/** Journeys of one's own by real k6 against a small service with everything that a client has to cope with. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';

/** A request as the service got it. */
interface Got {
  line: string;
  body: string;
  authorization: string;
  cookie: string;
  key: string;
}

let folder: string;
let server: Server;
let target: string;
let got: Got[] = [];
/** Tokens that were given out, and how often each may be used before the answer is 401. */
let tokens = 0;
let usesLeft = 0;
let sessions = 0;

const PETS = JSON.stringify({ items: [{ id: 'a/b' }, { id: 7 }, { name: 'no id' }] });

function answerTo(
  { method = '', url = '', headers }: IncomingMessage,
  body: string,
): [number, string, Record<string, string>?] {
  const path = url.split('?')[0];
  if (path === '/token') {
    usesLeft = 5;
    return [200, JSON.stringify({ access_token: `t${++tokens}`, expires_in: 3600 })];
  }
  if (path === '/short') return [200, JSON.stringify({ access_token: `s${++tokens}`, expires_in: 0 })];
  if (path === '/all') return [200, '[{ "id": 3 }, { "id": 4 }]'];
  if (path?.startsWith('/by/')) return [200, '{}'];
  if (path === '/login') return [303, '', { 'set-cookie': `sid=s${++sessions}; HttpOnly`, location: '/' }];
  if (path === '/mine') return headers.cookie === `sid=s${sessions}` ? [200, '{}'] : [401, ''];
  if (path === '/pets' && method === 'GET') {
    if (headers.authorization !== `Bearer t${tokens}` || usesLeft-- <= 0) return [401, ''];
    return [200, PETS];
  }
  if (path === '/pets') return [201, JSON.stringify({ id: JSON.parse(body).n }), { location: '/pets/1' }];
  if (path === '/broken') return [200, '{"ok":false}'];
  return path?.startsWith('/pets/') ? [200, '{}'] : [404, ''];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-lib-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { authorization = '', cookie = '' } = request.headers;
      const key = String(request.headers['x-key'] ?? '');
      got.push({ line: `${request.method} ${request.url}`, body, authorization, cookie, key });
      const [status, text, headers = {}] = answerTo(request, body);
      response.writeHead(status, headers).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a scenario of so many journeys, and returns what was measured, what the service got, and k6's log. */
async function play(
  text: string,
  flags: string[],
  env: Record<string, string> = {},
): Promise<{ run: Run; got: Got[]; log: string }> {
  got = [];
  await writeFile(join(folder, 'own.ts'), text);
  const io = silentIo({ cwd: folder, env: { ...process.env, ...env } });
  await run(['run', 'own.ts', '--target', target, '--no-audit', '--json', '--think', '0', ...flags], io);
  expect(io.err()).not.toContain('headroom:');
  const result = runSchema.parse(JSON.parse(io.out()));
  const log = await readFile(join(folder, 'runs', result.id, 'k6.log'), 'utf8');
  // The first one looks whether the target is there.
  return { run: result, got: got.slice(1), log };
}

const IMPORTS = `import { csvPool, defineEndpoints, defineJourney, defineScenario, header, json, linesPool, list, login, oauth2, secret } from 'headroom-k6/lib';`;
const EXPORTS =
  'export const setup = scenario.setup;\nexport const options = scenario.options;\nexport default scenario.iteration;\n';

const SHOP = `${IMPORTS}
import usersText from './users.csv';

const users = csvPool('users', usersText, ['name', 'plan']);
const words = linesPool('words', 'one\\n\\ntwo\\r\\n');
const api = defineEndpoints({
  listPets: { path: '/pets', query: { limit: 2, skip: undefined, q: 'a b' }, extract: { petIds: list('items', 'id') }, tags: { area: 'shop' } },
  showPet: { path: '/pets/{petId}', auth: null },
  addPet: {
    method: 'POST', path: '/pets', auth: null, expect: [201],
    body: (draws) => ({ n: Math.floor(draws.draw() * 1e6), at: draws.iteration }),
    extract: { petId: json('id'), location: header('Location') },
  },
  missing: { path: '/missing', auth: null },
  broken: { path: '/broken', auth: null, checks: { 'is ok': (answer) => answer.json('ok') === true } },
});
const journeys = {
  browse: defineJourney({
    weight: 3,
    run(visit) {
      const { petIds } = visit.call(api.listPets);
      visit.think(5);
      visit.group('look', () => visit.call(api.showPet, { path: { petId: visit.pick(petIds) } }));
    },
  }),
  add: defineJourney({
    run(visit) {
      const { petId, location } = visit.call(api.addPet);
      if (typeof petId !== 'number' || location !== '/pets/1') throw new Error('wrong values');
      const { name, plan } = visit.turn(users);
      visit.call(api.showPet, { path: { petId: name }, query: 'plan=' + encodeURIComponent(plan) + '&word=' + visit.pick(words) });
    },
  }),
  fail: defineJourney({
    weight: 0.5,
    run(visit) {
      const attempt = visit.attempt(api.missing);
      if (attempt.ok || attempt.why !== 'status 404') throw new Error('it was found');
      visit.call(api.broken);
      throw new Error('it went on');
    },
  }),
};
`;

describe('journeys of one’s own', () => {
  it('send what is defined, by weight, and count by endpoint and journey', async () => {
    await writeFile(join(folder, 'users.csv'), 'name,plan\r\n"Ann ""A"", jr.",free\nBob,"team\nwide"\n');
    const text = `${SHOP}
const auth = oauth2({ tokenUrl: '/token', clientId: 'ID', clientSecret: 'SECRET', scope: 'read write' });
const scenario = defineScenario({
  name: 'shop', rate: 50, duration: '10s', endpoints: api, journeys, auth,
  slos: [
    { endpoint: 'showPet', metric: 'errorRate', max: 0 },
    { journey: 'add', metric: 'successRate', min: 1 },
    { journey: 'fail', metric: 'successRate', min: 0.5 },
    { endpoint: 'listPets', metric: 'errorRate', max: 1, tags: { area: 'shop', journey: 'browse' } },
  ],
});
${EXPORTS}`;
    const flags = ['--iterations', '200', '--vus', '1', '--seed', '4'];
    const one = await play(text, flags, { ID: 'id:1', SECRET: 's&t' });
    const slo = (id: string) => one.run.slo.find((each) => each.id === id)?.observed;
    const count = (name: string) => one.run.endpoints.find((each) => each.name === name)?.count ?? 0;
    const sent = (start: string) => one.got.filter(({ line }) => line.startsWith(start));

    // 200 draws with chances 3, 1 and 0.5 of 4.5: four standard deviations.
    for (const [name, chance] of [
      ['listPets', 3 / 4.5],
      ['addPet', 1 / 4.5],
      ['broken', 0.5 / 4.5],
    ] as const) {
      expect(Math.abs(count(name) - 200 * chance)).toBeLessThan(4 * Math.sqrt(200 * chance * (1 - chance)));
    }
    expect(count('addPet') + count('listPets') + count('broken')).toBe(200);
    expect(count('missing')).toBe(count('broken'));
    expect(one.run.slo.map(({ id, ok }) => [id, ok])).toEqual([
      ['showPet.errorRate', true],
      ['add.successRate', true],
      ['fail.successRate', false],
      ['listPets{area=shop,journey=browse}.errorRate', true],
    ]);
    expect(slo('add.successRate')).toBe(1);
    expect(slo('fail.successRate')).toBe(0);
    expect(one.log.match(/broken: check \\"is ok\\"/g)).toHaveLength(3);

    expect(new Set(sent('GET /pets?').map(({ line }) => line))).toEqual(new Set(['GET /pets?limit=2&q=a%20b']));
    const shown = new Set(sent('GET /pets/').map(({ line }) => line));
    expect(shown).toContain('GET /pets/a%2Fb');
    expect(shown).toContain('GET /pets/7');
    expect([...shown].some((line) => line.startsWith('GET /pets/Ann%20%22A%22%2C%20jr.?plan=free&word='))).toBe(true);
    expect([...shown].some((line) => line.startsWith('GET /pets/Bob?plan=team%0Awide&word='))).toBe(true);
    expect(sent('POST /pets').every(({ authorization }) => authorization === '')).toBe(true);

    // A token serves five requests here; the 401 after them is one failed journey, and the next has a new token.
    const asked = sent('POST /token');
    expect(asked.length).toBeGreaterThan(count('listPets') / 6 - 1);
    expect(asked.length).toBeLessThan(count('listPets') / 6 + 2);
    expect(asked[0]).toMatchObject({
      body: 'grant_type=client_credentials&scope=read%20write',
      authorization: `Basic ${Buffer.from('id%3A1:s%26t').toString('base64')}`,
    });
    expect(JSON.stringify(one.run)).not.toContain('s&t');

    // What is drawn hangs on the seed and the iteration, not on who runs it.
    const other = await play(text, ['--iterations', '200', '--vus', '7', '--seed', '4'], { ID: 'id:1', SECRET: 's&t' });
    const bodies = (all: Got[]) =>
      all
        .filter(({ line }) => line === 'POST /pets')
        .map(({ body }) => body)
        .sort();
    expect(bodies(other.got)).toEqual(bodies(one.got));
    expect(bodies(one.got).length).toBeGreaterThan(20);
  });

  it('ask as they are told to, sign in once for a cookie, renew tokens that end, and walk in turn', async () => {
    const text = `${IMPORTS}
import { apiKey, basic, bearer, cookie } from 'headroom-k6/lib';
const api = defineEndpoints({
  mine: { path: '/mine' },
  all: { path: '/all', auth: null, extract: { ids: list('', 'id') }, checks: { 'is a list': (answer) => answer.json().length === 2 } },
  short: { path: '/by/oauth2', auth: oauth2({ tokenUrl: '/short', clientId: 'ID', clientSecret: 'SECRET', credentialsIn: 'body' }) },
  bearer: { path: '/by/bearer', auth: bearer('SECRET') },
  basic: { path: '/by/basic', auth: basic('ID', 'SECRET') },
  key: { path: '/by/key', auth: apiKey('X-Key', 'SECRET') },
  cookie: { path: '/by/cookie', auth: cookie('sid', 'SECRET') },
});
const auth = login({ path: '/login', body: () => 'user=u&password=' + encodeURIComponent(secret('SECRET')), renewSeconds: 3600 });
const own = { run(visit) { visit.call(api.mine); } };
const whole = { run(visit) { if (visit.call(api.all).ids.join() !== '3,4') throw new Error('wrong values'); } };
const ways = { run(visit) { for (const way of ['short', 'short', 'bearer', 'basic', 'key', 'cookie']) visit.call(api[way]); } };
const gone = { run(visit) { visit.call(api.gone); } };
const scenario = defineScenario({
  name: 'mine', rate: 5, duration: '5s', endpoints: api, journeys: { first: own, ways, third: own, whole, gone }, mix: 'in turn', auth,
  slos: ['first', 'ways', 'third', 'whole', 'gone'].map((journey) => ({ journey, metric: 'successRate', min: 1 })),
});
${EXPORTS}`;
    const env = { ID: 'u', SECRET: 'p w' };
    const { run: result, got: requests, log } = await play(text, ['--iterations', '10', '--vus', '1'], env);
    const sent = (start: string) => requests.filter(({ line }) => line.startsWith(start));
    expect(sent('POST /login').map(({ body }) => body)).toEqual(['user=u&password=p%20w']);
    expect(sent('GET /mine').map(({ cookie }) => cookie)).toEqual(Array.from({ length: 4 }, () => `sid=s${sessions}`));

    const asked = sent('POST /short').map(({ body }) => body);
    expect(asked).toEqual(
      Array.from({ length: 4 }, () => 'grant_type=client_credentials&client_id=u&client_secret=p%20w'),
    );
    expect(sent('GET /by/oauth2').map(({ authorization }) => authorization)).toEqual(
      [3, 2, 1, 0].map((earlier) => `Bearer s${tokens - earlier}`),
    );
    expect(sent('GET /by/bearer')[0]?.authorization).toBe('Bearer p w');
    expect(sent('GET /by/basic')[0]?.authorization).toBe(`Basic ${Buffer.from('u:p w').toString('base64')}`);
    expect(sent('GET /by/key')[0]?.key).toBe('p w');
    expect(sent('GET /by/cookie')[0]?.cookie).toBe('sid=p w');
    expect(JSON.stringify(result) + log).not.toMatch(/p( |%20)w/);

    expect(result.slo.map(({ observed }) => observed)).toEqual([1, 1, 1, 1, 0]);
    expect(log).toMatch(/the journey asks for an endpoint that is not defined.*own\.ts:16:/);
    expect(result.endpoints.map(({ name }) => name).sort()).toEqual([
      'all',
      'basic',
      'bearer',
      'cookie',
      'key',
      'login',
      'mine',
      'short',
      'token',
    ]);
  });
});

describe('before any load', () => {
  const refused = async (text: string): Promise<string> => {
    await writeFile(join(folder, 'wrong.ts'), text);
    const io = silentIo({ cwd: folder });
    got = [];
    expect(await run(['run', 'wrong.ts', '--target', target, '--no-audit'], io)).toBe(2);
    expect(got).toEqual([]);
    return io.err();
  };
  const scenario = (parts: string) => `${IMPORTS}
const api = defineEndpoints({ a: { path: '/a' } });
const scenario = defineScenario({ name: 'w', rate: 1, duration: '1s', endpoints: api, journeys: { go: { run() {} } }, slos: [], ${parts} });
${EXPORTS}`;

  it.each([
    [
      'a secret that is not set',
      scenario("auth: oauth2({ tokenUrl: '/t', clientId: 'NO_SUCH_ID', clientSecret: 'X' })"),
      /NO_SUCH_ID is not set/,
    ],
    [
      'an endpoint that does not exist',
      scenario("slos: [{ endpoint: 'aa', metric: 'p95', max: 1 }]"),
      /endpoint "aa", which the scenario does not have; the nearest is "a"/,
    ],
    ['a mix of nothing', scenario('mix: { go: 0 }'), /no journey has a weight above 0/],
    [
      'an empty pool',
      `${IMPORTS}\nlinesPool('ids', '\\n');\n${EXPORTS.replaceAll('scenario.', '({} as any).')}`,
      /the pool "ids" is empty/,
    ],
    [
      'a CSV without a column',
      `${IMPORTS}\ncsvPool('u', 'a,b\\n1,2\\n', ['c']);\nexport default () => {};`,
      /no column "c", only a, b/,
    ],
    [
      'a CSV with a loose quote',
      `${IMPORTS}\ncsvPool('u', 'a\\n1"2\\n', ['a']);\nexport default () => {};`,
      /quote out of place in row 2/,
    ],
    [
      'a path without a slash',
      `${IMPORTS}\ndefineEndpoints({ x: { path: '//evil.example' } });\nexport default () => {};`,
      /path of endpoint "x" begins with one slash/,
    ],
  ])('%s is refused in one sentence', async (_, text, says) => {
    const err = await refused(text);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/^\s+at /m);
  });
});
