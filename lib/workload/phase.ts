import exec from 'k6/execution';
import type { Settings } from './settings.ts';

/** Tags what follows as warm-up or not where k6 has no Headroom beside it, and must itself tell one from the other. */
export function markPhase({ native, warmup }: Settings): void {
  if (!native) return;
  const warmingUp = exec.instance.currentTestRunDuration < warmup * 1000;
  exec.vu.metrics.tags.phase = warmingUp ? 'warmup' : 'steady';
}
