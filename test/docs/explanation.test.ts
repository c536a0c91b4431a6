/** The figures of docs/explanation: worked out again, or found in the table that they come from. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BASELINE_DEFAULTS, RUNS_NEEDED } from '../../src/gate/baseline.ts';
import { samplesNeededFor } from '../../src/gate/slo.ts';
import { Histogram } from '../../src/results/histogram.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The cells of the row that begins with this one, without what makes them bold or code. */
function row(text: string, first: string): string[] {
  const line = text.split('\n').find((each) => each.startsWith(`| ${first} |`)) ?? '';
  return line
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.recordMs(value);
  return histogram;
}

describe('open-model.md', () => {
  const text = read('docs/explanation/open-model.md');
  const service = 10;
  const [stallFrom, stallUntil, end] = [40_000, 50_000, 100_000];
  /** A service that answers in 10 ms, but begins nothing during the stall. */
  const latencyAt = (at: number): number => (at >= stallFrom && at < stallUntil ? stallUntil - at + service : service);
  const closed: number[] = [];
  for (let at = 0; at < end; at += closed.at(-1) ?? 0) closed.push(latencyAt(at));
  const open = Array.from({ length: end / 10 }, (_, i) => latencyAt(i * 10));

  it('has the requests of both, and how many were slow', () => {
    const slow = (all: readonly number[]): number => all.filter((each) => each > 100).length;
    expect(row(text, 'requests')).toEqual([closed.length, open.length].map((each) => each.toLocaleString('en')));
    expect(row(text, 'of them slower than 100 ms')).toEqual([slow(closed), slow(open)].map(String));
  });

  it.each([
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const)('has the %s of both', (name, q) => {
    const [ours = 0, theirs = 0] = [closed, open].map((all) => histogramOf(all).quantileMs(q) ?? 0);
    expect(row(text, name)).toEqual([`${Math.round(ours)} ms`, `${(theirs / 1000).toFixed(1)} s`]);
  });
});

describe('histograms.md', () => {
  const text = read('docs/explanation/histograms.md');

  it('has the percentiles of two generators, and of both together', () => {
    const [first, second] = [histogramOf(new Array(9_900).fill(10)), histogramOf(new Array(100).fill(500))];
    const p99 = (of: Histogram): number => Math.round(of.quantileMs(0.99) ?? 0);
    const mean = (p99(first) + p99(second)) / 2;
    const all = new Histogram();
    for (const each of [first, second]) all.merge(each);
    expect(row(text, 'first generator')).toEqual([`${p99(first)} ms`]);
    expect(row(text, 'second generator')).toEqual([`${p99(second)} ms`]);
    expect(row(text, 'mean of both')).toEqual([`${mean} ms`]);
    expect(row(text, 'all 10,000 requests')).toEqual([`${p99(all)} ms`]);
  });

  it('has how many requests a quantile needs', () => {
    expect(text).toContain(`${samplesNeededFor(0.95)} requests for a p95`);
    expect(text).toContain(`${samplesNeededFor(0.999).toLocaleString('en')} for a p99.9`);
  });
});

describe('gate.md', () => {
  const text = read('docs/explanation/gate.md');
  const proof = read('bench/GATES.md');
  /** A row of the proof by its first cells. */
  const proven = (...cells: readonly string[]): string[] => {
    const line = proof.split('\n').find((each) => each.startsWith(`| ${cells.join(' | ')} |`)) ?? '';
    return line
      .split('|')
      .slice(cells.length + 1, -1)
      .map((cell) => cell.trim().replace(/ \(.*\)$/, ''));
  };

  it('has the error rates of a baseline of 20 runs', () => {
    expect(row(text, 'the same')).toEqual([proven('20', '50.0 %', '0.0 %')[0]]);
    expect(row(text, '10 % slower in one p95')).toContain(proven('20', '50.0 %', '10.0 %')[1]);
    expect(text).toContain(`| 20 % slower | ${proven('20', '50.0 %', '20.0 %')[1]} |`);
    expect(text).toContain(`| 30 % slower | ${proven('20', '50.0 %', '30.0 %')[1]} |`);
    expect(text).toContain(`With 40 runs ${proven('40', '50.0 %', '20.0 %')[1]} of those 20 % slower`);
    expect(text).toContain(`a chance of ${100 * BASELINE_DEFAULTS.alpha} %`);
    expect(RUNS_NEEDED).toBe(8);
  });

  it('has the error rates of A/B comparisons on a shared host', () => {
    const duet = ['shared host', 'duet', '12'];
    expect(row(text, 'the same build')).toEqual(proven(...duet));
    const [found, , pass] = proven(...duet, '5.0 %');
    expect(row(text, '5 % slower in one p95')).toEqual([found, pass]);
    for (const slower of [10, 20]) {
      const [of, , none] = proven(...duet, `${slower}.0 %`);
      expect(text).toContain(`| ${slower} % slower | ${of} | ${none} |`);
    }
    expect(text).toContain(`rise to ${proven('shared host, and each build keeps its luck (0.6)', 'duet', '12')[0]}`);
    expect(text).toContain(`figures in ${proven('5 % worse on two runs, 60 metrics')[0]} of comparisons`);
    expect(text).toContain('0 false alarms in 23 comparisons');
    expect(proof).toContain('False alarms: 0 of 23');
  });
});

it('formats.md has every schema that the program writes, and no other', () => {
  const files = globSync('src/**/*.ts', { cwd: new URL('../..', import.meta.url) });
  const written = files.flatMap((file) =>
    [...read(file).matchAll(/headroom\.[a-z-]+\/\d+/g)].map(([schema]) => schema),
  );
  const documented = [...read('docs/reference/formats.md').matchAll(/`(headroom\.[a-z-]+\/\d+)`/g)].map(
    ([, schema]) => schema,
  );
  expect([...new Set(documented)].sort()).toEqual([...new Set(written)].sort());
});
