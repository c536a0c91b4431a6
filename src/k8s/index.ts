/** Runs on Kubernetes with k6-operator. */

export { runnerDockerfile, runnerImage } from './dockerfile.ts';
export { Kubectl } from './kubectl.ts';
export { type ClusterRun, filesOf, groundOf, rbacOf, testRunOf, VOLUME_FOLDER, yamlOf } from './manifests.ts';
export { requireObjectName } from './name.ts';
export { type PreparedRun, prepareClusterRun } from './prepare.ts';
export { type ClusterOptions, type ClusterOutcome, exitCodeOfCluster, runOnCluster } from './run.ts';
