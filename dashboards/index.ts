import type { Dashboard, DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { capacityDashboard } from './capacity.ts';
import { compareDashboard } from './compare.ts';
import { nightlyTrendDashboard } from './nightly-trend.ts';
import { runDashboard } from './run.ts';
import { soakDashboard } from './soak.ts';
import { targetDashboard } from './target.ts';

const BUILDERS: Record<string, () => DashboardBuilder> = {
  run: runDashboard,
  compare: compareDashboard,
  soak: soakDashboard,
  target: targetDashboard,
  capacity: capacityDashboard,
  'nightly-trend': nightlyTrendDashboard,
};

/** Every dashboard, by the name of its file in generated/. */
export function dashboards(): Record<string, Dashboard> {
  return Object.fromEntries(Object.entries(BUILDERS).map(([name, build]) => [name, numbered(build().build())]));
}

/** Panels with numbers, by which Grafana's links name them. */
function numbered(dashboard: Dashboard): Dashboard {
  return { ...dashboard, panels: (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })) };
}
