import { describe, expect, it } from 'vitest';
import { keyOf, Random } from '../../lib/generators/random.ts';
import { drawSitterId, drawVisitor } from '../../lib/journeys/visit.ts';
import { simulateHitRatios } from '../../src/plan/cache-simulation.ts';

const LOAD = {
  journeyRate: 40,
  users: 10_000,
  sitters: 2_000,
  think: 0,
  books: false,
  ttlMs: 30_000,
  caches: 1,
  seed: 3,
};
/** Views of a journey where nobody books: 0.432 of searches lead to one, see lib/journeys/mix.ts. */
const VIEWS_PER_JOURNEY = 1.2;

/** Share of draws of each sitter, as the generator draws them; counted, not taken from the simulation. */
function popularity(draws: number): number[] {
  const counts = new Map<string, number>();
  const random = new Random(keyOf(99, 7, 0));
  const draw = (): number => random.next();
  for (let i = 0; i < draws; i++) {
    const id = drawSitterId(draw, drawVisitor(draw, LOAD.users), LOAD.sitters);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return [...counts.values()].map((count) => count / draws);
}

describe('the simulated cache', () => {
  it('answers as many views as a cache with a time to live does of Poisson requests: Σ p·λpT / (1 + λpT)', () => {
    // Each value is loaded once, and then answers what comes within T: λT hits for each miss (e.g. N. C. Fofack et al., 2012).
    const rate = LOAD.journeyRate * VIEWS_PER_JOURNEY;
    const expected = popularity(100_000).reduce((sum, share) => {
      const within = (rate * share * LOAD.ttlMs) / 1000;
      return sum + (share * within) / (1 + within);
    }, 0);
    expect(simulateHitRatios(LOAD).view).toBeCloseTo(expected, 1);
    expect(Math.abs(simulateHitRatios(LOAD).view - expected)).toBeLessThan(0.03);
  });

  it('answers less where bookings make values invalid, where values live short, and where each process has its own', () => {
    const plain = simulateHitRatios(LOAD);
    const booked = simulateHitRatios({ ...LOAD, books: true });
    const short = simulateHitRatios({ ...LOAD, ttlMs: 5_000 });
    const split = simulateHitRatios({ ...LOAD, caches: 2 });
    for (const less of [booked, short, split]) {
      expect(less.search).toBeLessThan(plain.search);
      expect(less.view).toBeLessThan(plain.view);
      expect(less.view).toBeGreaterThan(0);
    }
  });

  it('answers more at a higher rate, and the same for the same seed', () => {
    expect(simulateHitRatios({ ...LOAD, journeyRate: 80 }).view).toBeGreaterThan(simulateHitRatios(LOAD).view);
    expect(simulateHitRatios(LOAD)).toEqual(simulateHitRatios(LOAD));
  });
});
