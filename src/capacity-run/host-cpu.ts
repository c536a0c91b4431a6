import { availableParallelism, cpus } from 'node:os';
import type { TrialResource } from './schema.ts';

/** What the CPUs of this machine had done by a moment. */
export interface HostReading {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** Seconds of work since the start of the machine, all CPUs together. */
  busySeconds: number;
}

/** Work at a lower priority gives way, so it is not counted. */
export function readHost(now: () => number): HostReading {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.irq, 0);
  return { atMs: now(), busySeconds: busyMs / 1000 };
}

/**
 * How busy the CPUs of this machine were: target, its databases, generator and whatever else.
 *
 * @param readings in order of time; fewer than two tell nothing
 */
export function hostResource(readings: readonly HostReading[]): TrialResource | null {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
  const busy = (1000 * (last.busySeconds - first.busySeconds)) / (last.atMs - first.atMs);
  const servers = availableParallelism();
  return { name: 'machine CPU', kind: 'host-cpu', servers, busy, utilisation: busy / servers, waiting: null };
}
