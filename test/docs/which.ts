/** Which commands of the documentation are run, and where; docs/README.md names them. */

/** What only reads and writes files. */
export const RUN = [
  ...['baseline', 'bundle', 'compare', 'completion', 'explain', 'gate', 'help', 'init', 'plan', 'replay', 'report'],
  ...['runs', 'slo', 'trend', 'workload'],
];

/** What needs k6, and for `run` a service: a small one here, for two seconds. */
export const WITH_K6 = ['check', 'doctor', 'run'];

/** What takes longer, or needs more: the test that runs the command. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  ab: 'test/ab/compare.k6.test.ts',
  app: 'test/package.k6.test.ts',
  capacity: 'test/capacity-run/search.k6.test.ts',
  // `npm start`, which CI runs.
  demo: 'package.json',
  k8s: 'test/k8s/cli.k6.test.ts',
  matrix: 'test/matrix/matrix.k6.test.ts',
  soak: 'test/soak/soak.k6.test.ts',
  stack: 'test/stack/stack.influxd.test.ts',
  ui: 'test/ui/ui.chromium.test.ts',
};

/** Lines that no test runs: they need a registry, a cluster, or an instance on another machine. That the program takes them is tested. */
export const NEVER = ['deploy/ab/image.sh', 'deploy/ab/kubernetes-image.sh', '--address 0.0.0.0:6565'];
