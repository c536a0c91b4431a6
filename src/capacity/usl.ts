/**
 * The Universal Scalability Law (N. J. Gunther, "Guerrilla Capacity Planning", 2007, chapter 4):
 * X(N) = γN / (1 + α(N−1) + βN(N−1)).
 */
export interface Usl {
  /** Contention: the share of the work that waits in line, ≥ 0. */
  alpha: number;
  /** Coherency: the cost of keeping each pair consistent, ≥ 0. */
  beta: number;
  /** Throughput of one unit of load. */
  gamma: number;
}

/** X(N), in the units of γ. */
export function throughputAt({ alpha, beta, gamma }: Usl, load: number): number {
  return (gamma * load) / (1 + alpha * (load - 1) + beta * load * (load - 1));
}

/** The load at which throughput is highest, √((1−α)/β), and the throughput there; null when it only ever rises. */
export function peakOf(model: Usl): { load: number; throughput: number } | null {
  if (model.beta <= 0) return null;
  const load = Math.sqrt(Math.max(0, 1 - model.alpha) / model.beta);
  return { load, throughput: throughputAt(model, load) };
}

/** The throughput that no load passes: the peak's, or γ/α where there is none; Infinity when it scales linearly. */
export function limitOf(model: Usl): number {
  return peakOf(model)?.throughput ?? (model.alpha > 0 ? model.gamma / model.alpha : Number.POSITIVE_INFINITY);
}

/**
 * The smaller load that gives a throughput: the root of βXN² + ((α−β)X − γ)N + (1−α)X = 0.
 *
 * @returns null when the throughput is beyond the limit
 */
export function loadAtThroughput({ alpha, beta, gamma }: Usl, throughput: number): number | null {
  const linear = gamma - (alpha - beta) * throughput;
  const constant = (1 - alpha) * throughput;
  const discriminant = linear * linear - 4 * beta * throughput * constant;
  if (linear <= 0 || discriminant < 0) return null;
  // The root in the form that does not cancel, and holds for β = 0.
  return (2 * constant) / (linear + Math.sqrt(discriminant));
}

/** Mean time in the system at a throughput by Little's law, N/X; null when the throughput is beyond the limit. */
export function latencyAtThroughput(model: Usl, throughput: number): number | null {
  const load = loadAtThroughput(model, throughput);
  return load === null ? null : load / throughput;
}

/**
 * The throughput at which the mean time in the system is R: the positive root of
 * βN² + (α−β)N + 1 − α − γR = 0, over R.
 *
 * @returns null when even a load of 0 takes longer, or all loads are quicker
 */
export function throughputAtLatency({ alpha, beta, gamma }: Usl, latency: number): number | null {
  const constant = gamma * latency - (1 - alpha);
  const linear = alpha - beta;
  if (constant < 0) return null;
  const root = linear + Math.sqrt(linear * linear + 4 * beta * constant);
  return root > 0 ? (2 * constant) / root / latency : null;
}
