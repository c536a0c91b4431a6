import { nativeThresholds } from '../../../lib/workload/native-thresholds.ts';
import type { Slo } from '../slo.ts';

/** Objectives as options of k6: what `k6 run --config` reads. */
export function k6Thresholds(slos: readonly Slo[]): { thresholds: Record<string, string[]> } {
  return { thresholds: nativeThresholds(slos, '') };
}
