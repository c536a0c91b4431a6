/** Runs on Kubernetes with k6-operator. */

export { auditPods, auditsAround, type PodAudits } from './audits.ts';
export { runnerDockerfile, runnerImage } from './dockerfile.ts';
export { Kubectl } from './kubectl.ts';
export {
  type ClaimSpec,
  type ClusterRun,
  claimOf,
  filesOf,
  groundOf,
  rbacOf,
  testRunOf,
  VOLUME_FOLDER,
  yamlOf,
} from './manifests.ts';
export { requireObjectName } from './name.ts';
export { type PreparedRun, prepareClusterRun } from './prepare.ts';
export { type ClusterOptions, type ClusterOutcome, exitCodeOfCluster, runOnCluster } from './run.ts';
