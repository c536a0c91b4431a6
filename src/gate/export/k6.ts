import { nativeThresholds, whyNotNative } from '../../../lib/workload/native-thresholds.ts';
import { type Slo, sloId } from '../slo.ts';
import type { LeftOut } from './indicator.ts';

/** Objectives as options of k6: what `k6 run --config` reads. */
export function k6Thresholds(slos: readonly Slo[]): { thresholds: Record<string, string[]> } {
  return { thresholds: nativeThresholds(slos, '') };
}

/** Objectives that are not among them. */
export function notInK6(slos: readonly Slo[]): LeftOut[] {
  return slos.flatMap((slo) => {
    const why = whyNotNative(slo);
    return why === null ? [] : { id: sloId(slo), why };
  });
}
