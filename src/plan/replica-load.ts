import { serviceDemands } from '../capacity/index.ts';
import type { Capacity } from '../capacity-run/index.ts';
import { bindingQuantile, networkOf } from './models.ts';
import { wholeTrials } from './network.ts';
import { networkAt, requestsPerJourney, waitingFor, waitOf } from './predict.ts';

/** What one replica does while all of them together answer so many requests per second; null where nothing tells. */
export interface ReplicaLoad {
  /** CPU seconds of the target's own process in a second. */
  cpus: number | null;
  /** Requests that wait for a connection, mean. */
  waiting: number | null;
  /** The binding objective's quantile, milliseconds. */
  quantile: number | null;
}

/** Less of its variation explained, and the CPU time is not one of requests. */
const LEAST_EXPLAINED = 0.5;

/**
 * What one replica does at any rate, by the trials of a search: its CPU time by the utilisation law, as for the resources that
 * requests queue for, the rest by the network.
 *
 * @param instances that shared the load of the search
 */
export function replicaLoads(capacity: Capacity, instances: number): (rate: number) => ReplicaLoad {
  const cpu = cpuTime(capacity);
  const { model } = networkOf(capacity, bindingQuantile(capacity.result?.bindingSlo ?? null));
  return (rate) => {
    const cpus = cpu === null ? null : (cpu.background + cpu.perRequest * rate) / instances;
    if (model === null) return { cpus, waiting: null, quantile: null };
    const { calibration, line } = model;
    const network = networkAt(calibration, calibration.base, rate / requestsPerJourney(calibration.mix));
    const waiting = calibration.pool === null ? null : waitingFor(network, calibration, rate, 'pool') / instances;
    const quantile = line === null ? null : line.idle + line.slope * 1000 * waitOf(network, calibration, rate);
    return { cpus, waiting, quantile };
  };
}

function cpuTime(capacity: Capacity): { background: number; perRequest: number } | null {
  const trials = wholeTrials(capacity.trials).flatMap(({ resources, throughput, windowSeconds: seconds }) => {
    const own = resources.filter(({ kind }) => kind === 'cpu');
    const busySeconds = seconds * own.reduce((sum, { busy }) => sum + busy, 0);
    return own.length === 0 ? [] : [{ seconds, busySeconds, completed: { all: seconds * throughput } }];
  });
  try {
    const { demands, background, explained } = serviceDemands(trials);
    return explained < LEAST_EXPLAINED ? null : { background, perRequest: demands.all ?? 0 };
  } catch {
    // Too few trials have it.
    return null;
  }
}
