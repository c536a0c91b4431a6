import { describe, expect, it } from 'vitest';
import { parseCommon } from '../../src/workload/common-format.ts';
import { JsonFormat } from '../../src/workload/json-format.ts';

const json = (record: unknown, fields = {}, unit: 's' | 'ms' | null = null) =>
  new JsonFormat(fields, unit).parse(JSON.stringify(record));

describe('common and combined log format', () => {
  // The example of Apache's own manual, "Log Files", "Access Log".
  const COMMON = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326';
  const COMBINED = `${COMMON} "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`;

  it('are read as Apache’s manual has them', () => {
    const expected = {
      at: Date.parse('2000-10-10T20:55:36Z'),
      offsetMinutes: -420,
      method: 'GET',
      url: '/apache_pb.gif',
      route: null,
      status: 200,
      durationMs: null,
      client: 'user frank',
    };
    expect(parseCommon(COMMON, null)).toEqual(expected);
    expect(parseCommon(COMBINED, null)).toEqual(expected);
  });

  it('tell clients apart by address and user agent where there is no user', () => {
    const line = COMBINED.replace('frank', '-');
    expect(parseCommon(line, null)).toMatchObject({ client: '127.0.0.1 Mozilla/4.08 [en] (Win98; I ;Nav)' });
    expect(parseCommon(`www.example.com:80 ${line}`, null)).toMatchObject({
      client: expect.stringMatching(/^127\.0\.0\.1 /),
    });
  });

  it('keep escaped quotes and spaces of requests and user agents together', () => {
    const line = String.raw`::1 - - [05/Jan/2026:09:00:00 +0100] "GET /a?q=\"b\" HTTP/1.1" 404 - "-" "odd \"agent\" ] \\" rt=0.250`;
    expect(parseCommon(line, null)).toMatchObject({
      at: Date.parse('2026-01-05T08:00:00Z'),
      url: String.raw`/a?q=\"b\"`,
      status: 404,
      durationMs: 250,
      client: String.raw`::1 odd \"agent\" ] \\`,
    });
  });

  it.each([
    ['0.012', null, 12],
    ['"0.012"', null, 12],
    ['12', null, null],
    ['12', 'ms', 12],
    ['12000', 'us', 12],
    ['rt=0.5 uct="0.1"', null, 500],
  ] as const)('take %s behind them with unit %s for %s ms', (text, unit, expected) => {
    expect(parseCommon(`${COMBINED} ${text}`, unit)).toMatchObject({ durationMs: expected });
  });

  it('tell lines without a request from those that cannot be read', () => {
    const without = (request: string) => parseCommon(COMMON.replace('GET /apache_pb.gif HTTP/1.0', request), null);
    expect([without('-'), without(String.raw`\x16\x03\x01`), without('OPTIONS * HTTP/1.0')]).toEqual(
      new Array(3).fill('not a request'),
    );
    expect(without('GET http://example.com/a?b HTTP/1.1')).toMatchObject({ url: '/a?b' });
    for (const line of [
      '',
      'garbage',
      COMMON.slice(0, 50),
      COMMON.replace('Oct', 'Okt'),
      COMMON.replace(' 200 ', ' abc '),
    ]) {
      expect(parseCommon(line, null)).toBe('unreadable');
    }
  });
});

describe('JSON lines', () => {
  it('of our own reference app are read with their route', () => {
    const line = {
      level: 30,
      time: 1_767_603_600_123,
      pid: 1,
      reqId: 'a',
      route: 'GET /sitters/:id',
      url: '/sitters/65536',
      client: '127.0.0.1',
      status: 200,
      durationMs: 1.5,
      loadTest: true,
      msg: 'request',
    };
    expect(json(line)).toEqual({
      at: 1_767_603_600_123,
      offsetMinutes: 0,
      method: 'GET',
      url: '/sitters/65536',
      route: '/sitters/:id',
      status: 200,
      durationMs: 1.5,
      client: '127.0.0.1 ',
    });
    expect(json({ level: 30, time: 1, msg: 'draining' })).toBe('not a request');
  });

  it('of nginx, pino-http, Caddy and Traefik are read by their own names', () => {
    const at = Date.parse('2026-01-05T08:00:00Z');
    const nginx = {
      time_iso8601: '2026-01-05T09:00:00+01:00',
      remote_addr: '10.0.0.1',
      remote_user: '',
      request: 'GET /a?b=1 HTTP/1.1',
      status: '200',
      request_time: '0.005',
      http_user_agent: 'curl',
    };
    const pinoHttp = {
      time: at,
      req: { method: 'GET', url: '/a?b=1', remoteAddress: '10.0.0.1', headers: { 'user-agent': 'curl' } },
      res: { statusCode: 200 },
      responseTime: 5,
    };
    const caddy = {
      ts: at / 1000,
      request: { remote_ip: '10.0.0.1', method: 'GET', uri: '/a?b=1', headers: { 'User-Agent': ['curl'] } },
      status: 200,
    };
    const traefik = {
      StartUTC: '2026-01-05T08:00:00Z',
      ClientHost: '10.0.0.1',
      RequestMethod: 'GET',
      RequestPath: '/a?b=1',
      DownstreamStatus: 200,
      Duration: 5_000_000,
    };
    const expected = { at, method: 'GET', url: '/a?b=1', status: 200, client: '10.0.0.1 curl', durationMs: 5 };
    expect(json(nginx)).toMatchObject({ ...expected, offsetMinutes: 60 });
    expect(json(pinoHttp)).toMatchObject(expected);
    expect(json(caddy)).toMatchObject({ ...expected, durationMs: null });
    expect(json(traefik)).toMatchObject({ ...expected, client: '10.0.0.1 ' });
  });

  it('take the fields that are named, and a session before the address', () => {
    const line = {
      when: '2026-01-05 09:00:00',
      m: 'GET',
      where: { path: '/x' },
      took: 0.2,
      cookie: 'abc',
      ip: '1.2.3.4',
    };
    const fields = { time: 'when', method: 'm', url: 'where.path', duration: 'took', session: 'cookie' };
    expect(json(line, fields, 's')).toMatchObject({
      at: Date.parse('2026-01-05T09:00:00Z'),
      url: '/x',
      durationMs: 200,
      client: 'user abc',
      status: null,
    });
    expect(json(line)).toBe('not a request');
  });

  it('that are cut, no objects, or without a time are unreadable', () => {
    const format = new JsonFormat({}, null);
    for (const line of [
      '{"a":',
      '[1]',
      '7',
      '{"method":"GET","url":"/"}',
      '{"method":"GET","url":"/","time":"soon"}',
    ]) {
      expect(format.parse(line)).toBe('unreadable');
    }
  });
});
