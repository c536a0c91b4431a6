/**
 * Probability that a request finds all servers of an M/M/c queue busy and waits (A. K. Erlang's second formula), from
 * his first by the recursion B(0) = 1, B(k) = aB(k−1) / (k + aB(k−1)), which neither overflows nor cancels.
 *
 * @param servers c, a whole number ≥ 1
 * @param load a = arrival rate × service time, in erlangs, < c
 * @returns 1 when load ≥ servers
 */
export function erlangC(servers: number, load: number): number {
  if (load >= servers) return 1;
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  return blocked / (1 - (load / servers) * (1 - blocked));
}

/**
 * How many times its service time a request spends at a station with `servers` alike: 1 + C/(c(1−U)); 1/(1−U) with one
 * server, 1 with infinitely many.
 *
 * @param utilisation of each server, 0 to 1
 * @returns Infinity when utilisation ≥ 1
 */
export function stretch(servers: number, utilisation: number): number {
  if (servers === Number.POSITIVE_INFINITY) return 1;
  if (utilisation >= 1) return Number.POSITIVE_INFINITY;
  return 1 + erlangC(servers, servers * utilisation) / (servers * (1 - utilisation));
}

/**
 * Share of the requests of an M/M/c queue, first come first served, that take longer than t (D. Gross and C. M. Harris,
 * "Fundamentals of Queueing Theory", section on M/M/c waiting times): the service alone, or an exponential wait of rate
 * cμ−λ before it.
 *
 * @param arrivalRate λ per second
 * @param serviceTime 1/μ in seconds
 * @param t seconds
 */
export function shareSlowerThan(servers: number, arrivalRate: number, serviceTime: number, t: number): number {
  const service = 1 / serviceTime;
  const spare = servers * service - arrivalRate;
  if (spare <= 0) return 1;
  const waits = erlangC(servers, arrivalRate * serviceTime);
  const alone = Math.exp(-service * t);
  const gap = spare - service;
  // Of the sum of both exponentials; their rates may be the same.
  const both =
    Math.abs(gap * t) < 1e-9 ? (1 + service * t) * alone : (spare * alone - service * Math.exp(-spare * t)) / gap;
  return (1 - waits) * alone + waits * both;
}

/** Response time in seconds that a share `quantile` of the requests of an M/M/c queue keeps; Infinity when saturated. */
export function responseQuantile(servers: number, arrivalRate: number, serviceTime: number, quantile: number): number {
  if (arrivalRate * serviceTime >= servers) return Number.POSITIVE_INFINITY;
  const over = (t: number): boolean => shareSlowerThan(servers, arrivalRate, serviceTime, t) > 1 - quantile;
  let high = serviceTime;
  while (over(high)) high *= 2;
  let low = 0;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (over(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
