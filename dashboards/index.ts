import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { capacityDashboard } from './capacity.ts';
import { compareDashboard } from './compare.ts';
import { nightlyTrendDashboard } from './nightly-trend.ts';
import { runDashboard } from './run.ts';
import { soakDashboard } from './soak.ts';
import { targetDashboard } from './target.ts';

/** Every dashboard, by the name of its file in generated/. */
export function dashboards(): Record<string, Dashboard> {
  return {
    run: runDashboard().build(),
    compare: compareDashboard().build(),
    soak: soakDashboard().build(),
    target: targetDashboard().build(),
    capacity: capacityDashboard().build(),
    'nightly-trend': nightlyTrendDashboard().build(),
  };
}
