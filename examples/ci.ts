/** Files for CI from a finished run, and objectives for other tools. */
import {
  annotationsOf,
  gateOf,
  junitOf,
  k6Thresholds,
  type LoadPerformance,
  loadPerformanceOf,
  markdownOf,
  openSloDocuments,
  prometheusRules,
  readRun,
  readTotals,
  type Slo,
} from 'headroom-k6';

/** Texts of the files, by name. */
export async function filesFor(folder: string): Promise<Record<string, string>> {
  const run = await readRun(folder);
  const gate = gateOf(run, null);
  const gitlab: LoadPerformance = loadPerformanceOf(run, await readTotals(folder, run));
  return {
    'junit.xml': junitOf(gate),
    'gate.md': markdownOf(gate),
    'annotations.txt': annotationsOf(gate),
    'load-performance.json': JSON.stringify(gitlab),
  };
}

/** One list of objectives for Prometheus, OpenSLO and k6. */
export function objectivesFor(slos: readonly Slo[]) {
  const metrics = {
    service: 'shop',
    histogram: 'http_request_duration_seconds',
    routeLabel: 'route',
    statusLabel: 'status',
    routes: { search: '/search' },
  };
  return {
    prometheus: prometheusRules(slos, metrics).document,
    openslo: openSloDocuments(slos, metrics).document,
    k6: k6Thresholds(slos),
  };
}
