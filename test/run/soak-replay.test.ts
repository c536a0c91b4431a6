/** The bench of a replayed soak in small: minutes instead of hours, and an archive that becomes coarser after seconds. */
import { describe, expect, it } from 'vitest';
import { replaySoak } from '../../bench/soak/replay.ts';

const SHRUNK = {
  segmentSeconds: 60,
  levels: [
    { afterSeconds: 40, seconds: 10 },
    { afterSeconds: 150, seconds: 60 },
  ],
};
const SOAK = { rate: 60, seconds: 360, exact: true };

describe('a synthetic soak, replayed', () => {
  it('counts every request, has percentiles within 0.1 % of exact, and a coarser archive of less than half the size', async () => {
    const coarse = await replaySoak({ ...SOAK, coarsening: SHRUNK });
    const fine = await replaySoak(SOAK);
    for (const replay of [coarse, fine]) {
      expect(replay.requests).toBe(SOAK.rate * SOAK.seconds);
      expect(replay.run.requests).toMatchObject({ count: replay.requests, failed: Math.floor(replay.requests / 500) });
      expect(replay.run.generator).toMatchObject({ samples: replay.rows, samplesLost: 0 });
      expect(replay.run.iterations.count).toBe(replay.requests / 4);
      expect(replay.largestError).toBeLessThan(0.001);
      expect(replay.largestError).toBeGreaterThan(0);
      expect(replay.reportBytes).toBeLessThan(1e6);
    }
    expect(coarse.run.endpoints).toEqual(fine.run.endpoints);
    expect(coarse.rereadEndpoints).toEqual(fine.run.endpoints);
    expect(coarse.archiveBytes).toBeLessThan(fine.archiveBytes / 2);
  });
});
