import { describe, expect, it } from 'vitest';
import { ArrivalCounter } from '../../src/workload/profile.ts';
import { stepsOf } from '../../src/workload/scenario.ts';

/** Monday. */
const MONDAY = Date.parse('2026-01-05T00:00:00Z') / 1000;

describe('the arrival profile', () => {
  it('of a short log has a bucket for each second, and of a long one wider ones that hold the same', () => {
    const short = new ArrivalCounter();
    const long = new ArrivalCounter();
    for (let i = 0; i < 1000; i++) {
      short.request(MONDAY + i / 10);
      long.request(MONDAY + i * 1000);
    }
    expect(short.result(0)).toMatchObject({ bucketSeconds: 1, from: '2026-01-05T00:00:00Z' });
    expect(short.result(0).requests).toEqual(new Array(100).fill(10));
    const profile = long.result(0);
    expect(profile.bucketSeconds).toBe(60);
    expect(profile.requests.reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(profile.requests.length).toBe(Math.floor(999_000 / 60) + 1);
  });

  it('never has more buckets than a year of minutes, whatever times the lines have', () => {
    const counter = new ArrivalCounter();
    for (const year of [1, 30, 0, 12]) counter.request(MONDAY + year * 366 * 86_400);
    const { requests, bucketSeconds } = counter.result(0);
    expect(bucketSeconds).toBe(3600);
    expect(requests.length).toBeLessThan(600_000);
    expect(requests.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  it('has the rates of the hours and days of the log’s own clock', () => {
    const counter = new ArrivalCounter();
    // Ten days, one request a minute, and sixty more in each minute from 09:00 to 10:00 local time on Tuesdays.
    for (let minute = 0; minute < 10 * 1440; minute++) {
      const local = MONDAY + minute * 60;
      const day = Math.floor(minute / 1440) % 7;
      const extra = day === 1 && Math.floor(minute / 60) % 24 === 9 ? 60 : 0;
      for (let i = 0; i <= extra; i++) counter.request(local - 7200 + i * 0.9);
    }
    const { byHour, byWeekday, peakHour, peakMinute } = counter.result(120);
    // Two Tuesdays of ten days.
    expect(byHour[9]).toBeCloseTo((1 + 60 * 0.2) / 60, 6);
    for (const [hour, rate] of byHour.entries()) if (hour !== 9) expect(rate).toBeCloseTo(1 / 60, 6);
    expect(byWeekday[1]).toBeCloseTo((1440 + 3600) / 86_400, 6);
    for (const [day, rate] of byWeekday.entries()) if (day !== 1) expect(rate).toBeCloseTo(1 / 60, 6);
    expect(peakHour).toEqual({ from: '2026-01-06T07:00:00Z', seconds: 3600, rate: 61 / 60 });
    expect(peakMinute).toMatchObject({ seconds: 60, rate: 61 / 60 });
  });

  it('says nothing of hours that the log does not cover', () => {
    const counter = new ArrivalCounter();
    counter.request(MONDAY + 3600);
    counter.request(MONDAY + 3 * 3600);
    const { byHour } = counter.result(0);
    expect(byHour[0]).toBeNull();
    // One request in the hour, and none in the next.
    expect(byHour.slice(1, 3)).toEqual([expect.closeTo(1 / 3600, 9), 0]);
  });

  it.each([7, 119, 120, 121, 600, 3_601])('of %i buckets becomes steps that hold as many arrivals', (buckets) => {
    const counts = Array.from({ length: buckets }, (_, i) => (i * 7) % 13);
    const steps = stepsOf(counts, 5);
    expect(steps.length).toBe(Math.min(120, buckets));
    const held = (steps.reduce((sum, rate) => sum + rate, 0) * buckets * 5) / steps.length;
    expect(held / counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(1, 4);
    if (buckets <= 120) for (const [i, rate] of steps.entries()) expect(rate).toBeCloseTo((counts[i] ?? 0) / 5, 5);
  });
});
