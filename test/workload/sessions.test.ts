import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { walkOf } from '../../lib/workload/chain.ts';
import { Histogram } from '../../src/results/histogram.ts';
import { DEFAULT_COUNT_SETTINGS, WorkloadCounter } from '../../src/workload/count.ts';
import { equalParts, SessionCounter, transitionOf } from '../../src/workload/sessions.ts';

const START = Date.parse('2026-01-05T09:00:00Z');
const SOURCE = { name: 'x', bytes: 0, lines: 0, common: 0, json: 0, unreadable: 0, notRequests: 0, examples: [] };

interface Visit {
  at: number;
  url: string;
  client: string | null;
}

function workloadOf(visits: readonly Visit[], settings = {}) {
  const counter = new WorkloadCounter({ ...DEFAULT_COUNT_SETTINGS, ...settings });
  for (const { at, url, client } of visits) {
    counter.add({ at, url, client, offsetMinutes: 0, method: 'GET', route: null, status: 200, durationMs: 40 });
  }
  const workload = counter.result(SOURCE);
  if (workload === null) throw new Error('no requests');
  return workload;
}

describe('sessions', () => {
  it('end with a gap, and think times leave the answers out', () => {
    const counter = new SessionCounter(60);
    const at = (client: string, seconds: number, endpoint: number) =>
      counter.add(client, START + seconds * 1000, endpoint, 500);
    const starting = [at('a', 0, 1), at('b', 1, 1), at('a', 10, 2), at('b', 61, 1), at('a', 71, 1)];
    expect(starting).toEqual([true, true, false, false, true]);
    const { count, starts, ends, transitions, thinkSeconds, known } = counter.figures();
    expect({ count, known }).toEqual({ count: 3, known: 5 });
    expect([[...starts], [...ends].sort()]).toEqual([
      [[1, 3]],
      [
        [1, 2],
        [2, 1],
      ],
    ]);
    expect([...transitions].map(([key, times]) => [...transitionOf(key), times])).toEqual([
      [1, 2, 1],
      [1, 1, 1],
    ]);
    // 10 − 0.5 and 60 − 0.5, to a thousandth as histograms have it.
    expect(thinkSeconds.at(0)).toBeCloseTo(9.5, 1);
    expect(thinkSeconds.at(-1)).toBeCloseTo(59.5, 1);
  });

  it('stay bounded in number when each request has a client of its own', () => {
    const counter = new SessionCounter(1800, 1_000);
    for (let i = 0; i < 1_500; i++) counter.add(`client ${i}`, START, 0, null);
    const { count, cut } = counter.figures();
    expect(count).toBe(1_500);
    expect(cut).toBe(500);
  });

  it('of a log give a walk that visits endpoints and takes time as they did', () => {
    // Visitors who search, look at something with chance 0.7, and then search again with chance 0.5, or leave.
    const random = keyedRandom(1, 'visits', 0);
    const visits: Visit[] = [];
    for (let i = 0; i < 4_000; i++) {
      let at = START + random.next() * 3_600_000;
      let url = '/search';
      for (;;) {
        visits.push({ at, url, client: `client ${i}` });
        if (random.next() > (url === '/search' ? 0.7 : 0.5)) break;
        url = url === '/search' ? '/things/7' : '/search';
        at += 40 - Math.log(1 - random.next()) * 3_000;
      }
    }
    visits.sort((a, b) => a.at - b.at);
    const { sessions, endpoints, requests } = workloadOf(visits);
    expect(sessions).toMatchObject({ model: 'sessions', count: 4_000, knownShare: 1, longShare: 0 });
    expect(endpoints.map(({ name }) => name)).toEqual(['GET /search', 'GET /things/{id}']);
    // Searches a session: 1 / (1 − 0.7 × 0.5); looks 0.7 of that; four standard deviations of 4,000 sessions.
    expect(Math.abs((sessions.requests?.mean ?? 0) - 1.7 / 0.65)).toBeLessThan(0.15);
    expect(sessions.meanThinkSeconds).toBeCloseTo(3, 0);

    const walk = walkOf(endpoints, [true, true], sessions);
    const counts = [0, 0];
    const draws = keyedRandom(2, 'walks', 0);
    for (let i = 0; i < 20_000; i++) {
      let place = walk.first(draws.next());
      while (place !== null) {
        counts[place] = (counts[place] ?? 0) + 1;
        place = walk.next(place, draws.next());
      }
    }
    for (const [i, { count }] of endpoints.entries()) {
      // Visits a session: equal in the mean; the standard deviation of a session is about 1.5.
      expect(Math.abs((counts[i] ?? 0) / 20_000 - count / 4_000)).toBeLessThan(4 * 1.5 * Math.sqrt(1 / 20_000));
    }
    expect(requests.count).toBe(visits.length);
  });

  it('are not modelled where clients cannot be told apart, and why is said', () => {
    const many = (client: (i: number) => string | null) =>
      workloadOf(Array.from({ length: 2_000 }, (_, i) => ({ at: START + i * 100, url: '/', client: client(i) })));
    expect(many(() => null).sessions).toMatchObject({
      model: 'requests',
      reason: 'The log does not say who sent the requests.',
    });
    expect(many(() => '10.0.0.1 proxy').sessions).toMatchObject({
      model: 'requests',
      reason: expect.stringMatching(/^Clients cannot be told apart/),
      longShare: 1,
    });
    expect(many((i) => `${i % 5}`).sessions.reason).toMatch(/^There are 5 sessions, too few/);
    const apart = Array.from({ length: 2_000 }, (_, i) => ({ at: START + i * 100, url: '/', client: `${i % 500}` }));
    expect(workloadOf(apart).sessions.model).toBe('sessions');
    expect(workloadOf(apart, { sessions: false }).sessions).toMatchObject({ model: 'requests' });
  });
});

it('equal parts of a histogram keep its mean', () => {
  const histogram = new Histogram();
  let sum = 0;
  for (let i = 1; i <= 997; i++) {
    histogram.recordMs(i);
    sum += i;
  }
  const parts = equalParts(histogram, 20);
  expect(parts).toHaveLength(20);
  expect(parts.reduce((all, part) => all + part, 0) / 20 / (sum / 997)).toBeCloseTo(1, 3);
  expect(parts).toEqual([...parts].sort((a, b) => a - b));
  expect(equalParts(new Histogram(), 20)).toEqual([]);
  const one = new Histogram();
  one.recordMs(8);
  expect(equalParts(one, 20)).toEqual(new Array(20).fill(expect.closeTo(8, 2)));
});

describe('what is counted', () => {
  it('stays bounded when there are more routes than are told apart', () => {
    const word = (n: number): string => [...String(n)].map((digit) => String.fromCharCode(97 + Number(digit))).join('');
    const visits = Array.from({ length: 3_000 }, (_, i) => ({
      at: START + i,
      url: `/${word(i % 25)}/${word(i % 28)}`,
      client: `${i % 300}`,
    }));
    const { endpoints, other, sessions } = workloadOf(visits, { maxRoutes: 4 });
    expect(endpoints).toHaveLength(4);
    expect(other.count + endpoints.reduce((sum, { count }) => sum + count, 0)).toBe(3_000);
    expect(other.share).toBeCloseTo(other.count / 3_000, 12);
    expect(sessions.next).toHaveLength(5);
    const row = (counts: readonly number[] | undefined): number =>
      (counts ?? []).reduce((sum, count) => sum + count, 0);
    // What goes on from an endpoint, or ends there, came there.
    for (const [i, { count }] of endpoints.entries()) expect(row(sessions.next[i])).toBe(count);
    expect(row(sessions.next[4])).toBe(other.count);
  });

  it('leaves out static files and what is excluded, and says how many', () => {
    const urls = ['/app.css', '/a', '/health', '/internal/x', '/internal/y', '/logo.svg?v=2'];
    const visits = urls.map((url, i) => ({ at: START + i, url, client: null }));
    const { leftOut, endpoints } = workloadOf(visits, {
      staticFiles: false,
      exclude: ['GET /health', 'GET /internal/*'],
    });
    expect(leftOut).toEqual({ staticFiles: 2, excluded: 3 });
    expect(endpoints.map(({ name }) => name)).toEqual(['GET /a']);
  });

  it('keeps query strings, without the values of what may be secret', () => {
    const urls = ['/a?q=tea&page=2', '/a?token=abc&q=1&email=a%40b.org&password=', '/a'];
    const visits = urls.map((url, i) => ({ at: START + i, url, client: null }));
    expect(workloadOf(visits).endpoints[0]?.queries).toEqual({
      values: ['q=tea&page=2', 'token=masked&q=1&email=masked&password=', ''],
      masked: ['email', 'token'],
    });
  });
});
