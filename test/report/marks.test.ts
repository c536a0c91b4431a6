/** A run that was cut and went on, and outages of its target, in the report. */
import { describe, expect, it } from 'vitest';
import { chartData } from '../../src/report/chart-data.ts';
import { render } from '../../src/report/render.ts';
import { madeUpRun, madeUpSeries } from './fixture.ts';

const MARKED = {
  warmupSeconds: 5,
  parts: [
    { fromSeconds: 0, untilSeconds: 60 },
    { fromSeconds: 75, untilSeconds: 150 },
  ],
  outages: [{ fromSeconds: 90, untilSeconds: 100, requests: 50, failed: 49 }],
};

describe('the report', () => {
  it('shades the warm-up of each part, what was not measured, and outages', () => {
    // Nearly all virtual users of the made-up run are busy in one second.
    const saturated = { from: 42, until: 43, label: 'virtual users busy', kind: 'saturated' };
    expect(chartData(madeUpRun(MARKED), madeUpSeries()).bands).toEqual([
      { from: 0, until: 5, label: 'warm-up', kind: 'warm-up' },
      { from: 75, until: 80, label: 'warm-up', kind: 'warm-up' },
      { from: 60, until: 75, label: 'not measured', kind: 'gap' },
      { from: 90, until: 100, label: 'no answer', kind: 'outage' },
      saturated,
    ]);
    expect(chartData(madeUpRun({ warmupSeconds: 0 }), madeUpSeries()).bands).toEqual([saturated]);
  });

  it('says both among what is known of the measurement', () => {
    const page = render(madeUpRun(MARKED), madeUpSeries());
    expect(page).toContain('once: not measured from 1:00 to 1:15 (10 %); at most 10 %');
    expect(page).toContain('1:30 to 1:40 (49 of 50 requests failed)');
  });
});
