/**
 * One figure for the rates that hold under several latency limits: their geometric mean, as critical-jOPS of
 * SPECjbb2015 (User Guide, "Metrics": p99 limits of 10, 25, 50, 75 and 100 ms).
 *
 * @param rates the highest rate under each limit, per second; 0 where none held
 */
export function criticalRate(rates: readonly number[]): number {
  return Math.exp(rates.reduce((sum, rate) => sum + Math.log(rate), 0) / rates.length);
}
