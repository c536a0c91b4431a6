import { describe, expect, it } from 'vitest';
import { CsvDecoder } from '../../src/k6/decode.ts';
import { OVERFLOW_NAME, SeriesRegistry } from '../../src/results/registry.ts';

const HEADER =
  'metric_name,timestamp,metric_value,error_code,expected_response,name,scenario,status,extra_tags,metadata\n';

interface Row {
  metric: string;
  at: number;
  value: number;
  tags: Record<string, string>;
}

function decode(
  chunks: Iterable<string | Buffer>,
  limit?: number,
): { rows: Row[]; decoder: CsvDecoder; registry: SeriesRegistry } {
  const rows: Row[] = [];
  const registry = new SeriesRegistry(limit);
  const decoder = new CsvDecoder(registry, ({ metric, tags }, { timestamp, value }) =>
    rows.push({ metric, at: timestamp, value, tags: { ...tags } }),
  );
  for (const chunk of chunks) decoder.write(Buffer.from(chunk));
  decoder.end();
  return { rows, decoder, registry };
}

/** What a request leaves in k6's CSV. */
function request(name: string, at: number, ms: number): string {
  return ['http_reqs,%,1.000000', `http_req_duration,%,${ms.toFixed(6)}`, 'http_req_failed,%,0.000000']
    .map((row) => `${row.replace('%', String(at))},,true,${name},load,200,,\n`)
    .join('');
}

const STREAM =
  HEADER +
  Array.from({ length: 50 }, (_, i) =>
    request(['search', 'view', 'book'][i % 3] ?? '', 1795457776444 + i * 7, i * 1.25),
  ).join('');

describe('CSV decoder', () => {
  it('reads metric, time, value and tags of a row', () => {
    const { rows } = decode([HEADER, 'http_req_duration,1795457776444,12.345678,,true,search,load,200,,\n']);
    expect(rows).toEqual([
      {
        metric: 'http_req_duration',
        at: 1795457776444,
        value: 12.345678,
        tags: { expected_response: 'true', name: 'search', scenario: 'load', status: '200' },
      },
    ]);
  });

  it('reads the same rows however the stream is cut', () => {
    const whole = decode([STREAM]);
    expect(whole.rows).toHaveLength(150);
    expect(whole.rows[4]).toMatchObject({
      metric: 'http_req_duration',
      at: 1795457776451,
      value: 1.25,
      tags: { name: 'view' },
    });
    for (const size of [1, 2, 7, 64, 97]) {
      const pieces = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, i) =>
        STREAM.slice(i * size, (i + 1) * size),
      );
      const cut = decode(pieces);
      expect(cut.rows).toEqual(whole.rows);
      expect(cut.decoder.rows).toBe(150);
      expect(cut.decoder.refused).toBe(0);
    }
  });

  it('keeps apart keys that differ in one byte anywhere', () => {
    const row = (name: string, metric = 'http_reqs') => `${metric},1795457776444,1.000000,,true,${name},load,200,,\n`;
    const names = ['aaaaaaaa', 'baaaaaaa', 'aaaabaaa', 'aaaaaaab', 'aaaaaaa'];
    const { rows } = decode([
      HEADER,
      ...[...names, ...names.toReversed()].map((name) => row(name)),
      row('aaaaaaaa', 'http_reqt'),
    ]);
    expect(rows.map(({ tags }) => tags.name)).toEqual([...names, ...names.toReversed(), 'aaaaaaaa']);
    expect(rows.at(-1)?.metric).toBe('http_reqt');
  });

  it('reads values as Go prints them: integers, negatives, large and tiny', () => {
    const values = ['0.000000', '-1.500000', '7', '123456789012.250000', '0.000001', '1234567.891011'];
    const { rows } = decode([HEADER, ...values.map((value) => `my_trend,1795457776444,${value},,,,load,,,\n`)]);
    expect(rows.map(({ value }) => value)).toEqual([0, -1.5, 7, 123456789012.25, 0.000001, 1234567.891011]);
  });

  it('reads quoted fields with commas, quotes and line feeds', () => {
    const row = 'http_reqs,1795457776444,1.000000,,true,"a,b ""c""\nd",load,200,,\n';
    for (const pieces of [[HEADER, row, row], [...(HEADER + row + row)]]) {
      const { rows, decoder } = decode(pieces);
      expect(rows.map(({ tags }) => tags.name)).toEqual(['a,b "c"\nd', 'a,b "c"\nd']);
      expect(decoder.refused).toBe(0);
    }
  });

  it('takes extra tags in any order for one series, and leaves an & inside a value where it is', () => {
    const { registry, rows } = decode([
      HEADER,
      'c,1795457776444,1.000000,,,,load,,journey=booking&phase=steady,\n',
      'c,1795457776445,1.000000,,,,load,,phase=steady&journey=booking,\n',
      'c,1795457776446,1.000000,,,,load,,note=this & that&journey=booking,\n',
    ]);
    expect(registry.all).toHaveLength(2);
    expect(rows[2]?.tags).toEqual({ scenario: 'load', note: 'this & that', journey: 'booking' });
  });

  it('reads names in UTF-8', () => {
    const { rows } = decode(
      [...Buffer.from(`${HEADER}http_reqs,1795457776444,1.000000,,true,Zürich → Genève,load,200,,\n`)].map((byte) =>
        Buffer.of(byte),
      ),
    );
    expect(rows[0]?.tags.name).toBe('Zürich → Genève');
  });

  it('accounts for every row: decoded + refused = read', () => {
    const broken = [
      'http_reqs,not-a-time,1.000000,,true,a,load,200,,\n',
      'http_reqs,1795457776444,,,true,a,load,200,,\n',
      'http_reqs,1795457776444,1.000000,too,few\n',
      'nonsense\n',
      '\n',
      'http_reqs,1795457776444,1.0x0000,,true,a,load,200,,\n',
    ];
    const { rows, decoder } = decode([
      HEADER,
      request('a', 1795457776444, 1),
      ...broken,
      request('a', 1795457776445, 2),
      'http_reqs,17954',
    ]);
    expect(rows).toHaveLength(6);
    expect(decoder.refused).toBe(broken.length + 1);
    expect(decoder.rows).toBe(rows.length + decoder.refused);
    expect(decoder.refusedExamples[0]).toContain('not-a-time');
  });

  it('reads a time stamp again that stood before one of unusual length', () => {
    const stamps = ['1795457776444', `${'0'.repeat(40)}1795457776999`, '1795457776444', '1795457776444'];
    const { rows } = decode([HEADER, ...stamps.map((stamp) => `http_reqs,${stamp},1.000000,,true,a,load,200,,\n`)]);
    expect(rows.map(({ at }) => at)).toEqual([1795457776444, 1795457776999, 1795457776444, 1795457776444]);
  });

  it('refuses everything when the header is not that of k6', () => {
    const { decoder, rows } = decode(['time,value\n', '1,2\n']);
    expect(rows).toEqual([]);
    expect(decoder.refused).toBe(2);
  });

  it('folds names together past the limit of series, says so, and loses no sample', () => {
    const urls = Array.from({ length: 40 }, (_, i) => `http_reqs,1795457776444,1.000000,,true,/item/${i},load,200,,\n`);
    const { rows, registry } = decode([HEADER, ...urls], 10);
    expect(registry.overflowed).toBe(true);
    expect(rows).toHaveLength(40);
    expect(rows.filter(({ tags }) => tags.name === OVERFLOW_NAME)).toHaveLength(30);
    expect(registry.all).toHaveLength(11);
  });
});
