import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { decodeBuckets, encodeBuckets } from '../../src/results/encode.ts';
import {
  bucketOf,
  ContentsRoom,
  Histogram,
  highestUnitsOf,
  lowestUnitsOf,
  mergeBuckets,
  quantileOfBuckets,
  UNITS_PER_MS,
  WindowHistogram,
} from '../../src/results/histogram.ts';

/** Numerical Recipes' quick LCG: enough to spread test values. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const VALUES = (() => {
  const next = sequence(7);
  // Latencies from 100 µs (below 50 µs a unit is more than 0.1 %) to two minutes, evenly on a logarithmic axis.
  return Array.from({ length: 20_000 }, () => 0.1 * (120_000 / 0.1) ** next());
})();

describe('bucket layout', () => {
  it('keeps every value between the lowest and highest of its bucket, at most 0.1 % apart', () => {
    for (const units of [
      0,
      1,
      2047,
      2048,
      2049,
      4095,
      4096,
      1e6,
      2 ** 31 - 2,
      2 ** 31,
      2 ** 31 + 5,
      2 ** 40,
      2 ** 51,
    ]) {
      const bucket = bucketOf(units);
      expect(lowestUnitsOf(bucket)).toBeLessThanOrEqual(units);
      expect(highestUnitsOf(bucket)).toBeGreaterThanOrEqual(units);
      expect(highestUnitsOf(bucket) - lowestUnitsOf(bucket)).toBeLessThanOrEqual(units / 1000);
    }
  });

  it('has no gap and no overlap between neighbouring buckets', () => {
    for (let bucket = 0; bucket < 40_000; bucket++) {
      expect(lowestUnitsOf(bucket + 1)).toBe(highestUnitsOf(bucket) + 1);
      expect(bucketOf(lowestUnitsOf(bucket))).toBe(bucket);
      expect(bucketOf(highestUnitsOf(bucket))).toBe(bucket);
    }
  });

  it('counts negative values and NaN as 0 and the too large as the largest', () => {
    expect(bucketOf(-3)).toBe(0);
    expect(bucketOf(Number.NaN)).toBe(0);
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(bucketOf(2 ** 52 - 1));
  });
});

describe('quantiles', () => {
  it('are those of hdr-histogram-js, an independent implementation of the layout', () => {
    const ours = new Histogram();
    const theirs = build({
      numberOfSignificantValueDigits: 3,
      lowestDiscernibleValue: 1,
      highestTrackableValue: 2 ** 45,
      bitBucketSize: 'packed',
    });
    for (const ms of VALUES) {
      ours.recordMs(ms);
      theirs.recordValue(Math.round(ms * UNITS_PER_MS));
    }
    for (const q of [0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
      expect(ours.quantileMs(q)).toBe(theirs.getValueAtPercentile(q * 100) / UNITS_PER_MS);
    }
  });

  it('lie within 0.1 % of the exact nearest-rank quantile', () => {
    const histogram = new Histogram();
    for (const ms of VALUES) histogram.recordMs(ms);
    const sorted = VALUES.toSorted((a, b) => a - b);
    for (const q of [0.001, 0.25, 0.5, 0.95, 0.999]) {
      const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
      expect(Math.abs((histogram.quantileMs(q) ?? 0) / exact - 1)).toBeLessThan(0.001);
    }
  });

  it('take the nearest rank where the product of share and count is not exact in binary', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1000; ms++) histogram.add(bucketOf(ms), 1);
    expect(histogram.quantileMs(0.999)).toBe(999 / UNITS_PER_MS);
    expect(histogram.quantileMs(0.29)).toBe(290 / UNITS_PER_MS);
  });

  it('are null without values', () => {
    expect(new Histogram().quantileMs(0.5)).toBeNull();
    expect(quantileOfBuckets(new Uint32Array(0), 0.5)).toBeNull();
  });
});

describe('merging', () => {
  it('gives the histogram of all values together, bit for bit', () => {
    const whole = new Histogram();
    const parts = [new Histogram(), new Histogram(), new Histogram()];
    for (const [i, ms] of VALUES.entries()) {
      whole.recordMs(ms);
      parts[i % 3]?.recordMs(ms);
    }
    const merged = new Histogram();
    for (const part of parts) merged.merge(part);
    expect([...merged.entries()]).toEqual([...whole.entries()]);
    expect(merged.count).toBe(VALUES.length);
  });

  it('of sparse contents adds the counts of shared buckets and keeps the others', () => {
    expect([...mergeBuckets(Uint32Array.of(1, 2, 5, 1), Uint32Array.of(1, 3, 4, 7, 9, 1))]).toEqual([
      1, 5, 4, 7, 5, 1, 9, 1,
    ]);
  });
});

describe('a window histogram', () => {
  it('drains to what a plain histogram counts, also past its notes', () => {
    const window = new WindowHistogram();
    const plain = new Histogram();
    for (const ms of VALUES) {
      window.record(bucketOf(ms * UNITS_PER_MS));
      plain.recordMs(ms);
    }
    const drained = window.drain(new ContentsRoom());
    expect([...drained]).toEqual([...plain.entries()].flat());
    expect(quantileOfBuckets(drained, 0.95)).toBe(plain.quantileMs(0.95));
  });

  it('is empty after it was drained', () => {
    const window = new WindowHistogram();
    window.record(3);
    window.drain(new ContentsRoom());
    expect(window.drain(new ContentsRoom())).toHaveLength(0);
  });
});

describe('the room for contents', () => {
  it('keeps them beside each other until it is cleared, also when it becomes larger', () => {
    const contents = new ContentsRoom();
    const lengths = [3, 0, 20_000, 5, 100_000];
    const copies = lengths.map((length, i) => contents.copy(new Uint32Array(length).fill(i)));
    for (const [i, length] of lengths.entries()) expect(copies[i]).toEqual(new Uint32Array(length).fill(i));
    contents.clear();
    const again = contents.copy(Uint32Array.of(7));
    expect([...again]).toEqual([7]);
    expect(contents.copy(Uint32Array.of(8)).buffer).toBe(again.buffer);
  });
});

describe('sparse encoding', () => {
  it('gives back what it was given', () => {
    const histogram = new Histogram();
    for (const ms of VALUES) histogram.recordMs(ms);
    histogram.add(bucketOf(2 ** 51), 4_000_000_000);
    const buckets = Uint32Array.from([...histogram.entries()].flat());
    expect(decodeBuckets(encodeBuckets(buckets))).toEqual(buckets);
  });

  it('refuses text that ends inside a number or between a bucket and its count', () => {
    expect(decodeBuckets(Buffer.of(0x80).toString('base64'))).toBeNull();
    expect(decodeBuckets(Buffer.of(0x05).toString('base64'))).toBeNull();
    expect(decodeBuckets(Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f).toString('base64'))).toBeNull();
  });
});
