import { describe, expect, it } from 'vitest';
import { seededId } from '../../lib/generators/ids.ts';
import { keyedRandom } from '../../lib/generators/random.ts';
import { pickRegion, REGIONS, shareOf } from '../../lib/generators/regions.ts';
import { PET_TYPES, petTypeOf, takesPet } from '../../lib/generators/world.ts';
import { meanJourneySeconds, planJourney } from '../../lib/journeys/mix.ts';
import { drawSearch, drawSitterId, drawVisitor } from '../../lib/journeys/visit.ts';

const JOURNEYS = 20_000;
const plans = Array.from({ length: JOURNEYS }, (_, iteration) => {
  const random = keyedRandom(5, 'journeys', iteration);
  return planJourney(() => random.next(), true);
});

/** Within four standard deviations of a binomial count: by chance alone left once in 16,000. */
function expectShare(count: number, of: number, p: number): void {
  expect(Math.abs(count - of * p)).toBeLessThan(4 * Math.sqrt(of * p * (1 - p)));
}

describe('the plan of a journey', () => {
  it('begins with a search, turns pages of searches only, books what was viewed, pays what was booked, and ends there', () => {
    const letters = { search: 's', nextPage: 'n', view: 'v', book: 'b', pay: 'p' };
    const texts = plans.map((plan) => plan.map((step) => letters[step]).join(''));
    for (const text of texts) expect(text).toMatch(/^s(n|s|v+(?=s|b|$))*(?:(?<=v)bp?)?$/);
    // Given up at every point: after the first search, after a page, after a view, and with a booking not paid.
    for (const end of [/^s$/, /n$/, /v$/, /b$/, /p$/]) expect(texts.some((text) => end.test(text))).toBe(true);
  });

  it('books once in five journeys, and one booking in twenty is never paid', () => {
    const booked = plans.filter((plan) => plan.includes('book'));
    expectShare(booked.length, JOURNEYS, 0.2);
    expectShare(booked.filter((plan) => !plan.includes('pay')).length, booked.length, 0.05);
  });

  it.each([0, 1, 2.5])('lasts as long as the virtual users are sized for, with think times × %d', (think) => {
    // 3 s between two steps, 50 ms for each.
    const seconds = plans.map(({ length }) => (length - 1) * 3 * think + length * 0.05);
    const mean = seconds.reduce((sum, value) => sum + value, 0) / JOURNEYS;
    const variance = seconds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (JOURNEYS - 1);
    expect(Math.abs(mean - meanJourneySeconds(think))).toBeLessThan(4 * Math.sqrt(variance / JOURNEYS));
  });
});

describe('a visitor', () => {
  const visitors = Array.from({ length: 5_000 }, (_, iteration) => {
    const random = keyedRandom(5, 'visitors', iteration);
    const draw = (): number => random.next();
    return { draw, visitor: drawVisitor(draw, 10_000) };
  });

  it('is a seeded user of the region, with the pet that the user has', () => {
    const ids = REGIONS.map((_, region) => {
      const numbers = Array.from({ length: shareOf(10_000, region) }, (_, n) => n);
      return new Map(numbers.map((n) => [seededId(region, n), petTypeOf(region, n)]));
    });
    for (const { visitor } of visitors) expect(ids[visitor.regionIndex]?.get(visitor.id)).toBe(visitor.petType);
    const pairs = visitors.map(({ visitor }) => `${visitor.regionIndex}/${visitor.id}`);
    expect(new Set(pairs).size).toBeGreaterThan(3_000);
  });

  it('looks at sitters of the own region who take the pet, the first of all most often', () => {
    const takers = REGIONS.map((_, region) => {
      const numbers = Array.from({ length: shareOf(2_000, region) }, (_, n) => n);
      return PET_TYPES.map(
        (_, type) => new Set(numbers.filter((n) => takesPet(region, n, type)).map((n) => seededId(region, n))),
      );
    });
    const seen = new Map<string, number>();
    for (const { draw, visitor } of visitors) {
      const id = drawSitterId(draw, visitor, 2_000);
      expect(takers[visitor.regionIndex]?.[visitor.petType]?.has(id)).toBe(true);
      if (visitor.regionIndex === 0) seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    expect([...seen].sort(([, a], [, b]) => b - a)[0]?.[0]).toBe(seededId(0, 0));
  });

  it('searches the own region, names the pet four times in five and the dates three times in five', () => {
    const slot = { from: '2040-01-02T00:00:00Z', to: '2040-01-02T01:00:00Z' };
    let [pets, dates] = [0, 0];
    for (const { draw, visitor } of visitors) {
      const url = new URL(drawSearch(draw, visitor, slot), 'http://127.0.0.1');
      const { region, pageSize, petType, from, to, ...others } = Object.fromEntries(url.searchParams);
      expect({ path: url.pathname, region, pageSize, others }).toEqual({
        path: '/sitters',
        region: REGIONS[visitor.regionIndex]?.code,
        pageSize: '20',
        others: {},
      });
      if (petType !== undefined) expect(petType).toBe(PET_TYPES[visitor.petType]);
      if (from !== undefined) expect({ from, to }).toEqual(slot);
      pets += petType === undefined ? 0 : 1;
      dates += from === undefined ? 0 : 1;
    }
    expectShare(pets, visitors.length, 0.8);
    expectShare(dates, visitors.length, 0.6);
  });

  it('comes from a region that there is, whatever number is drawn', () => {
    expect(pickRegion(() => 0)).toBe(0);
    expect(pickRegion(() => 1 - 2 ** -32)).toBe(REGIONS.length - 1);
  });
});
