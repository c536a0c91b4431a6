import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../lib/generators/random.ts';
import { type Packed, packBuckets, unpackBuckets } from '../../src/results/pack.ts';
import { SeriesRegistry } from '../../src/results/registry.ts';
import { WindowScanner } from '../../src/results/scan.ts';
import { FIRST_PART, type Window } from '../../src/results/window.ts';
import { parseLine, WindowLines } from '../../src/results/window-lines.ts';

const registry = new SeriesRegistry();
const SERIES = ['http_req_duration', 'http_reqs', 'vus'].map((metric) => registry.intern(metric, { name: 'a' }));
const KNOWN = new Map(SERIES.map((series) => [series.id, series]));

/** One for all lines: what is left of one must not show in the next. */
const scanner = new WindowScanner(FIRST_PART, KNOWN);

/** With the numbers of its histograms. */
function unpacked(window: Window<Packed>): unknown {
  const cells = window.cells.map((cell) => ({ ...cell, buckets: cell.buckets && unpackBuckets(cell.buckets) }));
  return { ...window, cells };
}

function scanned(line: string): unknown {
  const window = scanner.scan(Buffer.from(line));
  return window && unpacked(window);
}

function parsed(line: string): unknown {
  const found = parseLine(JSON.parse(line), 2, FIRST_PART, KNOWN);
  return found !== null && 'window' in found ? unpacked(found.window) : null;
}

/** A number as it may stand in an archive: whole, with k6's six decimals, with all that a double has, or with an exponent. */
function anyNumber(random: () => number): number {
  const kind = Math.floor(random() * 5);
  const value = (random() - 0.3) * 10 ** Math.floor(random() * 18);
  if (kind === 0) return Math.round(value);
  if (kind === 1) return Math.round(value * 1e6) / 1e6;
  if (kind === 2) return value;
  return kind === 3 ? value * 1e-12 : 0;
}

describe('a line of a window read off its bytes', () => {
  it('holds what JSON.parse finds in it, to the last bit', () => {
    const random = keyedRandom(7, 'scan', 0);
    const next = (): number => random.next();
    for (let i = 0; i < 2_000; i++) {
      // A line may have fewer cells than the one before it, and others in their places.
      const some = SERIES.filter(() => next() > 0.2);
      const cells = some.map((series) => {
        const [sum, min, max, last] = [anyNumber(next), anyNumber(next), anyNumber(next), anyNumber(next)];
        const count = Math.floor(next() * 2 ** Math.floor(next() * 40));
        const buckets = series.distribution ? Uint32Array.of(Math.floor(next() * 3_000), 1 + (i % 20), 5_000, 1) : null;
        return { series, count, sum, min, max, last: buckets === null ? last : 0, buckets };
      });
      const lines = new WindowLines().of({ second: 1_700_000_000 + i, seconds: 1 + (i % 3), part: FIRST_PART, cells });
      const line = lines.trimEnd().split('\n').at(-1) ?? '';
      expect(scanned(line)).not.toBeNull();
      expect(scanned(line)).toEqual(parsed(line));
    }
    expect(scanned('{"second":1,"cells":[]}')).toEqual({ second: 1, seconds: 1, part: FIRST_PART, cells: [] });
  });

  const TEXT = packBuckets(Uint32Array.of(3, 1, 9, 2));
  const SOUND = `{"second":1,"cells":[[0,3,4.5,1,2,"${TEXT}"],[1,3,3,1,1,3]]}`;

  it.each([
    ['cut short anywhere', ...Array.from({ length: SOUND.length }, (_, end) => SOUND.slice(0, end))],
    [
      'with a number that is none',
      ...['01', '1.', '.5', '+1', '1e', '1e+', '--1', 'null', '"4.5"', '1_0', ''].map((wrong) =>
        SOUND.replace('4.5', wrong),
      ),
    ],
    ['with a count that is not whole', SOUND.replace('[0,3', '[0,3.5'), SOUND.replace('"second":1', '"second":1.5')],
    ['of an unknown series', SOUND.replace('[1,3,3', '[9,3,3')],
    ['with contents that are none', SOUND.replace(TEXT, 't'), SOUND.replace(TEXT, 'é')],
    ['with a field more or less', SOUND.replace(',3]]', ']]'), SOUND.replace(',3]]', ',3,3]]')],
    ['with something behind it', `${SOUND} `, `${SOUND}}`],
    ['in another order or spacing', '{"cells":[],"second":1}', SOUND.replace(':1', ': 1')],
  ])('%s is left to JSON.parse', (_, ...lines) => {
    expect(scanned(SOUND)).not.toBeNull();
    for (const line of lines) expect([line, scanned(line)]).toEqual([line, null]);
  });
});
