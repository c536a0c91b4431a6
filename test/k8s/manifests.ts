import type { ClusterRun } from '../../src/k8s/manifests.ts';

/** A run on a cluster, as a test wants it. */
export function clusterRun(changes: Partial<ClusterRun> = {}): ClusterRun {
  return {
    name: 'load-20270115t080000-3fa1',
    namespace: 'perf',
    parallelism: 4,
    image: 'registry.example.com/headroom-runner:0.1.0',
    target: 'http://booking.shop.svc:8080',
    seed: 7,
    settings: { RATE: '2000', DURATION: '10m' },
    tags: {},
    bundle: { file: 'load.js', text: 'export default function () {}\n' },
    slos: null,
    results: { to: 'influx', url: 'http://influxdb.monitoring.svc:8086/headroom', secret: null },
    cpus: 1,
    memoryBytes: 512 << 20,
    separate: false,
    ...changes,
  };
}
