import { describe, expect, it } from 'vitest';
import { solveClosed } from '../../src/capacity/closed-network.ts';
import { criticalRate } from '../../src/capacity/critical-rate.ts';
import { erlangC, responseQuantile, shareSlowerThan, stretch } from '../../src/capacity/erlang.ts';
import { solveClasses } from '../../src/capacity/mean-value-analysis.ts';
import { littleError, quantileRatio, rateAtResponse, saturation, solveOpen } from '../../src/capacity/open-network.ts';

const server = (name: string, demand: number) => ({ name, demand, servers: 1 });

describe('closed network', () => {
  // R. Jain, "The Art of Computer Systems Performance Analysis", p. 577.
  const jain = [server('cpu', 0.125 * 16), server('disk A', 0.3 * 10), server('disk B', 0.2 * 5)];

  it("gives Jain's throughputs, response times and queues", () => {
    const { throughputs, responseTimes, stations } = solveClosed(jain, 4, 20);
    const at = [1, 2, 3, 5, 10, 20];
    const published = [0.1, 0.175439, 0.229223, 0.289752, 0.328193, 0.333247];
    const seconds = [6, 7.4, 9.087719, 13.256145, 26.469854, 56.015632];
    at.forEach((users, i) => {
      expect(throughputs[users - 1]).toBeCloseTo(published[i] ?? 0, 6);
      expect(responseTimes[users - 1]).toBeCloseTo(seconds[i] ?? 0, 6);
    });
    [1.991, 16.177, 0.5].forEach((queue, i) => void expect(stations[i]?.queueLength).toBeCloseTo(queue, 3));
  });

  it("gives Lazowska's throughputs (p. 117)", () => {
    const stations = [server('cpu', 0.605), server('disk 1', 2.1), server('disk 2', 1.35)];
    const { throughputs, responseTimes } = solveClosed(stations, 15, 3);
    [0.05248, 0.103086, 0.151516].forEach((x, i) => void expect(throughputs[i]).toBeCloseTo(x, 6));
    expect(responseTimes[2]).toBeCloseTo(4.79982, 5);
  });

  it('gives the queues of Bolch, section 8.4, with several servers and a delay', () => {
    const { throughputs, stations } = solveClosed(
      [
        { name: 'cpu', demand: 0.5, servers: 2 },
        { name: 'disk', demand: 0.3, servers: 1 },
        { name: 'tape', demand: 0.4, servers: 1 },
        { name: 'users', demand: 1, servers: Number.POSITIVE_INFINITY },
      ],
      0,
      3,
    );
    // The users' queue is throughput × 1 s: the book's 1.218 is 1.2175, rounded on the way.
    expect(Math.abs((throughputs[2] ?? 0) - 1.218)).toBeLessThan(0.001);
    [0.624, 0.473, 0.686, 1.217].forEach((queue, i) => void expect(stations[i]?.queueLength).toBeCloseTo(queue, 3));
  });

  it('is stable with 300 servers, where the textbook recursion gives a negative throughput', () => {
    const { throughputs } = solveClosed([{ name: 'pool', demand: 0.444, servers: 300 }], 0, 400);
    expect(throughputs[399]).toBeCloseTo(675.6757, 4);
  });

  it('agrees with mean value analysis where both hold', () => {
    const { throughputs, stations } = solveClosed(jain, 4, 12);
    const [only] = solveClasses([{ name: 'all', users: 12, thinkTime: 4, demands: [2, 3, 1] }]);
    expect(only?.throughput).toBeCloseTo(throughputs[11] ?? 0, 10);
    only?.queueLengths.forEach((queue, k) => void expect(queue).toBeCloseTo(stations[k]?.queueLength ?? 0, 9));
  });
});

describe('mean value analysis of two classes', () => {
  it('gives the published throughputs', () => {
    const solution = solveClasses([
      { name: 'a', users: 1, thinkTime: 0, demands: [10 / 10, 9 / 3] },
      { name: 'b', users: 1, thinkTime: 0, demands: [(5 * 2) / 5, 4 * 1] },
    ]);
    expect(solution[0]?.throughput).toBeCloseTo(3 / 19, 12);
    expect(solution[1]?.throughput).toBeCloseTo(2 / 19, 12);
  });

  it('refuses populations that it cannot step through', () => {
    const classes = ['a', 'b', 'c'].map((name) => ({ name, users: 200, thinkTime: 1, demands: [1] }));
    expect(() => solveClasses(classes)).toThrow(RangeError);
  });
});

describe('open network', () => {
  // Lazowska, p. 113.
  const lazowska = [
    { name: 'cpu', servers: 1, demands: { all: 121 * 0.005 } },
    { name: 'disk 1', servers: 1, demands: { all: 70 * 0.03 } },
    { name: 'disk 2', servers: 1, demands: { all: 50 * 0.027 } },
  ];

  it("gives Lazowska's utilisation and queue", () => {
    const { resources } = solveOpen(lazowska, { all: 0.3 });
    expect(resources[0]?.utilisation).toBeCloseTo(0.1815, 12); // printed as .182
    expect(resources[0]?.queueLength).toBeCloseTo(0.222, 3);
  });

  it("keeps Little's law: what is in the system is rate × response time", () => {
    const { resources, meanResponseTime } = solveOpen(lazowska, { all: 0.3 });
    const inSystem = resources.reduce((sum, { queueLength }) => sum + queueLength, 0);
    expect(littleError(inSystem, 0.3, meanResponseTime)).toBeLessThan(1e-12);
    expect(littleError(10, 5, 1.9)).toBeCloseTo(0.05, 12);
  });

  it('names the resource that saturates first, and at which rate', () => {
    expect(saturation(lazowska, { all: 1 })).toEqual({ rate: 1 / 2.1, binding: 'disk 1' });
    const pools = [
      { name: 'loop', servers: 1, demands: { search: 0.001, book: 0.003 } },
      { name: 'pool', servers: 10, demands: { search: 0.02, book: 0.08 } },
    ];
    const { rate, binding } = saturation(pools, { search: 3, book: 1 });
    expect(rate).toBeCloseTo(10 / (0.75 * 0.02 + 0.25 * 0.08), 10);
    expect(binding).toBe('pool');
  });

  it('has no steady state past saturation', () => {
    expect(solveOpen(lazowska, { all: 0.5 }).meanResponseTime).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds the rate at which a response time limit is met', () => {
    const one = [{ name: 'one', servers: 1, demands: { all: 0.02 } }];
    // R = D/(1 − λD) ≤ L gives λ = 1/D − 1/L.
    expect(rateAtResponse(one, { all: 1 }, 0.1)).toBeCloseTo(50 - 10, 8);
    expect(rateAtResponse(one, { all: 1 }, 0.01)).toBeLessThan(1e-9);
    const rate = rateAtResponse(lazowska, { all: 5 }, 9, 'all');
    expect(solveOpen(lazowska, { all: rate }).responseTimes.all).toBeCloseTo(9, 6);
  });

  it('takes the median ratio of a quantile to the mean', () => {
    expect(
      quantileRatio([
        { mean: 10, quantile: 30 },
        { mean: 20, quantile: 500 },
        { mean: 40, quantile: 100 },
      ]),
    ).toBe(3);
    expect(quantileRatio([])).toBeNull();
  });
});

describe('M/M/c', () => {
  it.each([
    [2, 7.674, 1.053],
    [4, 0.105, 0.212],
  ])('with %d servers, 9 arrivals and 5 services a second has the published queue %d and time %d', (c, lq, r) => {
    const { resources, meanResponseTime } = solveOpen([{ name: 'q', servers: c, demands: { all: 1 / 5 } }], { all: 9 });
    expect((resources[0]?.queueLength ?? 0) - 9 / 5).toBeCloseTo(lq, 3);
    expect(meanResponseTime).toBeCloseTo(r, 3);
  });

  it('wait half as long at constant service times (Pollaczek and Khinchine): variability ½', () => {
    const at = (variability: number) =>
      solveOpen([{ name: 'q', servers: 1, demands: { all: 1 }, variability }], { all: 0.75 }).meanResponseTime;
    expect(at(0.5)).toBeCloseTo(1 + 0.75 / (2 * (1 - 0.75)), 12);
    expect(at(1)).toBeCloseTo(4, 12);
    expect(at(0)).toBe(1);
  });

  it('gives the published probabilities of waiting', () => {
    expect(erlangC(2, 1.8)).toBeCloseTo(0.852632, 6);
    expect(erlangC(3, 2)).toBeCloseTo(0.444444, 6);
    expect(erlangC(2, 2)).toBe(1);
    expect(stretch(1, 0.75)).toBeCloseTo(4, 12);
  });

  it('has exponential response times with one server', () => {
    expect(shareSlowerThan(1, 40, 0.02, 0.3)).toBeCloseTo(Math.exp(-10 * 0.3), 12);
    expect(responseQuantile(1, 40, 0.02, 0.95)).toBeCloseTo(-Math.log(0.05) / 10, 10);
  });

  it('has response times whose mean is that of the network', () => {
    let mean = 0;
    const step = 1e-4;
    for (let t = step / 2; t < 3; t += step) mean += step * shareSlowerThan(8, 380, 0.02, t);
    const { meanResponseTime } = solveOpen([{ name: 'q', servers: 8, demands: { all: 0.02 } }], { all: 380 });
    expect(mean).toBeCloseTo(meanResponseTime, 6);
    // Rates of wait and service the same: cμ − λ = μ.
    expect(shareSlowerThan(8, 350, 0.02, 0.05)).toBeCloseTo(shareSlowerThan(8, 350.0001, 0.02, 0.05), 5);
  });
});

describe('critical rate', () => {
  it('is the published geometric mean of SPECjbb2015', () => {
    expect(criticalRate([1789, 2588, 2848, 3080, 3428])).toBeCloseTo(2684, 0);
  });
});
