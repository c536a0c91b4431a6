import { describe, expect, it } from 'vitest';
import { offsetOf } from '../../src/instances/clock-offset.ts';
import { instanceOfSegment, parseInstance, segmentFlags, tagFlags } from '../../src/instances/segments.ts';

describe('flags of an instance', () => {
  it('are those of k6-operator', () => {
    // As its own tests have them (pkg/segmentation/segmentation_test.go).
    expect(segmentFlags({ number: 1, count: 4 })).toEqual([
      '--execution-segment=0:1/4',
      '--execution-segment-sequence=0,1/4,2/4,3/4,1',
    ]);
    expect(segmentFlags({ number: 2, count: 4 })[0]).toBe('--execution-segment=1/4:2/4');
    expect(segmentFlags({ number: 4, count: 4 })[0]).toBe('--execution-segment=3/4:1');
    expect(segmentFlags({ number: 1, count: 1 })).toEqual([]);
    expect(tagFlags({ number: 3, count: 4 }, 'night')).toEqual([
      '--tag',
      'instance_id=3',
      '--tag',
      'testrun_name=night',
    ]);
  });

  it('tell which instance it is, for any number of them', () => {
    for (const count of [2, 3, 7, 49, 100, 999]) {
      for (const number of [1, Math.ceil(count / 2), count]) {
        const segment = segmentFlags({ number, count })[0]?.split('=')[1] ?? '';
        expect(instanceOfSegment(segment)).toEqual({ number, count });
      }
    }
    for (const wrong of ['0:2/3', '1/5:1/2', '1/4', 'x', '2/4:1/4', '']) {
      expect(() => instanceOfSegment(wrong), wrong).toThrow(/none of several equal ones/);
    }
  });
});

describe('an instance', () => {
  it('is named by its number and how many there are', () => {
    expect(parseInstance('2/4')).toEqual({ number: 2, count: 4 });
    for (const wrong of ['0/4', '5/4', '2', '2/', 'a/b', '1/2000', '-1/2']) {
      expect(() => parseInstance(wrong), wrong).toThrow(/no instance of a run/);
    }
  });
});

describe('the offset of a clock that tells whole seconds', () => {
  /** Answers of a clock that is ahead by so much, 40 ms after they were asked for. */
  const answers = (aheadMs: number) =>
    Array.from({ length: 12 }, (_, i) => {
      const sentAtMs = 1_795_457_790_000 + i * 170;
      return { sentAtMs, receivedAtMs: sentAtMs + 40, dateMs: Math.floor((sentAtMs + 20 + aheadMs) / 1000) * 1000 };
    });

  it.each([0, 1_300, -740, 86_400_000])('of %i ms is bounded by its answers', (aheadMs) => {
    const { offsetMs, uncertaintyMs } = offsetOf(answers(aheadMs)) ?? { offsetMs: Number.NaN, uncertaintyMs: 0 };
    expect(Math.abs(offsetMs - aheadMs)).toBeLessThanOrEqual(uncertaintyMs);
    expect(uncertaintyMs).toBeLessThan(150);
  });

  it('is not known without answers, or from clocks that contradict each other', () => {
    expect(offsetOf([])).toBeNull();
    expect(offsetOf([...answers(0), ...answers(5_000)])).toBeNull();
  });
});
