import type { Metrics } from '../telemetry/metrics.ts';
import type { FaultEffects, Faults } from './faults.ts';
import { Leak, Stall } from './process.ts';
import type { Fault } from './spec.ts';

/** Brings about what strikes a process that answers requests, and shows it. */
export function strikeProcess(faults: Faults, metrics: Metrics): void {
  const leak = new Leak(faults);
  faults.add(leak);
  faults.add(new Stall(faults));
  metrics.watchFaults(
    () => faults.active.map(({ kind }) => kind),
    () => leak.bytes,
  );
}

/** Has the faults strike other processes, which are told. */
export const strikeOthers = (tell: (texts: readonly string[]) => Promise<void>): FaultEffects => ({
  apply: (faults: readonly Fault[]) => tell(faults.map(({ text }) => text)),
  stop: () => undefined,
});
