/** A station of a closed network with one class of users. */
export interface Station {
  name: string;
  /** Seconds of service that one round needs there: visits × service time. */
  demand: number;
  /** How many are served at once; Infinity for a delay. */
  servers: number;
}

export interface StationLoad {
  name: string;
  /** Of each server; for a delay the mean number of users there. */
  utilisation: number;
  queueLength: number;
  /** Seconds of a round that are spent there. */
  residenceTime: number;
}

export interface ClosedSolution {
  /** Rounds per second with 1, 2, … N users, in this order. */
  throughputs: number[];
  /** Seconds of a round without the think time, with 1, 2, … N users. */
  responseTimes: number[];
  /** With N users. */
  stations: StationLoad[];
}

const logSum = (a: number, b: number): number => {
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
};

/** Logarithms of Σ_k f(k)·g(n−k) for n = 0 … N. All terms are positive, so nothing cancels. */
const convolve = (f: readonly number[], g: readonly number[]): number[] =>
  f.map((_, n) => {
    let sum = Number.NEGATIVE_INFINITY;
    for (let k = 0; k <= n; k++) {
      sum = logSum(sum, (f[k] ?? Number.NEGATIVE_INFINITY) + (g[n - k] ?? Number.NEGATIVE_INFINITY));
    }
    return sum;
  });

/** Logarithms of f(k) = D^k / Π_{j≤k} min(j, servers) for k = 0 … N. */
function factors(demand: number, servers: number, users: number): number[] {
  const logs = [0];
  for (let k = 1; k <= users; k++) logs.push((logs[k - 1] ?? 0) + Math.log(demand) - Math.log(Math.min(k, servers)));
  return logs;
}

/**
 * Closed network with one class, exactly: Buzen's convolution (J. P. Buzen, "Computational algorithms for closed queueing
 * networks with exponential servers", CACM 16(9), 1973) on logarithms. Load-dependent mean value analysis takes the
 * probability of an idle station as a difference, and fails for many servers; here only positive numbers are added
 * (compare G. Casale, "A note on stable flow-equivalent aggregation in closed networks", 2008).
 *
 * @param thinkTime seconds between rounds
 * @param users a whole number ≥ 1; the work grows with its square
 */
export function solveClosed(stations: readonly Station[], thinkTime: number, users: number): ClosedSolution {
  const empty = [0, ...Array.from({ length: users }, () => Number.NEGATIVE_INFINITY)];
  const all = [...stations, { name: 'think', demand: thinkTime, servers: Number.POSITIVE_INFINITY }].filter(
    ({ demand }) => demand > 0,
  );
  const own = all.map(({ demand, servers }) => factors(demand, servers, users));
  // Of the stations before each one and from each one on: what is left when one is taken out, without a division.
  const before = [empty];
  for (const f of own) before.push(convolve(before[before.length - 1] ?? empty, f));
  const after = [empty];
  for (const f of own.toReversed()) after.unshift(convolve(f, after[0] ?? empty));
  const normalising = after[0] ?? empty;

  const throughputs = Array.from({ length: users }, (_, n) =>
    Math.exp((normalising[n] ?? 0) - (normalising[n + 1] ?? 0)),
  );
  const throughput = throughputs[users - 1] ?? 0;
  const queueOf = (i: number): number => {
    const others = convolve(before[i] ?? empty, after[i + 1] ?? empty);
    const probability = (k: number): number =>
      Math.exp((own[i]?.[k] ?? 0) + (others[users - k] ?? 0) - (normalising[users] ?? 0));
    let mean = 0;
    for (let k = 1; k <= users; k++) mean += k * probability(k);
    return mean;
  };
  return {
    throughputs,
    responseTimes: throughputs.map((x, n) => (n + 1) / x - thinkTime),
    stations: stations.map(({ name, demand, servers }) => {
      const i = all.findIndex((station) => station.name === name);
      const queueLength = i < 0 ? 0 : queueOf(i);
      const perServer = servers === Number.POSITIVE_INFINITY ? 1 : servers;
      return {
        name,
        utilisation: (throughput * demand) / perServer,
        queueLength,
        residenceTime: queueLength / throughput,
      };
    }),
  };
}
