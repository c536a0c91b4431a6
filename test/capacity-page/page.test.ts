import { describe, expect, it } from 'vitest';
import { capacityPage, headlineOf } from '../../src/capacity-page/index.ts';
import { madeUpSearch } from '../capacity-run/made-up-search.ts';
import { pool } from '../capacity-run/made-up-trial.ts';

describe('the page of a search', () => {
  it('has the limit, every trial as a point and as a link to its report, and the busiest resource first', () => {
    const search = madeUpSearch();
    const trials = search.trials.map((trial, i) => ({
      ...trial,
      resources: [pool('a', 0.2 + i / 10), pool('b', 0.5 + i / 10)],
    }));
    const page = capacityPage({ ...search, trials });
    expect(headlineOf(search.result)).toBe('200 to 400 journeys/s');
    expect(page).toContain('</svg>200 to 400 journeys/s</p>');
    expect(page.match(/<g class="trial (?:pass|fail)" transform/g)).toHaveLength(3);
    expect(page.match(/href="\.\.\/20260105T090000-load-0001\/report\.html"/g)).toHaveLength(3);
    expect(page.indexOf('<bdi>pool b</bdi>')).toBeLessThan(page.indexOf('<bdi>pool a</bdi>'));
    expect(page).toContain('<td>70 %</td>');
    expect(page).not.toMatch(/<(?:script|link|img|iframe)\b/);
  });

  it('tells of a search that goes, and lets no name break out of its place', () => {
    const page = capacityPage(madeUpSearch({ trials: [], result: null, endedAt: null, scenario: '"><img src=x>' }));
    expect(page).toContain('The search has not ended.');
    expect(page).toContain('No trial has been made.');
    expect(page).not.toContain('<img');
  });
});
