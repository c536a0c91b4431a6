/** A class of users that never changes its number. */
export interface UserClass {
  name: string;
  users: number;
  /** Seconds between rounds. */
  thinkTime: number;
  /** Seconds of service that one round needs, by station, in the order of the stations. */
  demands: readonly number[];
}

export interface ClassSolution {
  name: string;
  /** Rounds per second. */
  throughput: number;
  /** Seconds of a round without the think time. */
  responseTime: number;
  /** Mean number of the class's users by station. */
  queueLengths: number[];
}

/** Populations to step through; beyond it, time and memory are no longer those of a quick answer. */
const MOST_POPULATIONS = 2_000_000;

/**
 * Exact mean value analysis of several classes at single-server stations (M. Reiser and S. S. Lavenberg, "Mean-value
 * analysis of closed multichain queuing networks", JACM 27(2), 1980): R = D(1 + Q with one user of the class fewer),
 * X = N/(Z + ΣR), Q = XR. For stations with several servers and one class see `solveClosed`.
 *
 * @throws RangeError when Π(users + 1) passes two million
 */
export function solveClasses(classes: readonly UserClass[]): ClassSolution[] {
  const stations = Math.max(0, ...classes.map(({ demands }) => demands.length));
  const strides: number[] = [];
  let populations = 1;
  for (const { users } of classes) {
    strides.push(populations);
    populations *= users + 1;
  }
  if (populations > MOST_POPULATIONS)
    throw new RangeError(`too many populations for an exact solution: ${populations}`);
  /** Total queue by population and station. */
  const queues = new Float64Array(populations * stations);
  let solution: ClassSolution[] = [];
  for (let population = 1; population < populations; population++) {
    solution = classes.map(({ name, users, thinkTime, demands }, c) => {
      const stride = strides[c] ?? 1;
      const present = Math.floor(population / stride) % (users + 1);
      if (present === 0) return { name, throughput: 0, responseTime: 0, queueLengths: demands.map(() => 0) };
      const fewer = (population - stride) * stations;
      const residence = demands.map((demand, k) => demand * (1 + (queues[fewer + k] ?? 0)));
      const responseTime = residence.reduce((sum, time) => sum + time, 0);
      const throughput = present / (thinkTime + responseTime);
      return { name, throughput, responseTime, queueLengths: residence.map((time) => throughput * time) };
    });
    for (let k = 0; k < stations; k++) {
      queues[population * stations + k] = solution.reduce((sum, { queueLengths }) => sum + (queueLengths[k] ?? 0), 0);
    }
  }
  return solution;
}
