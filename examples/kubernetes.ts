/** Runs a scenario on a cluster with k6-operator, or writes what `kubectl apply` takes. */
import {
  type ClusterOptions,
  type ClusterOutcome,
  type ClusterRun,
  type ExitCode,
  exitCodeOfCluster,
  groundOf,
  Kubectl,
  mergeFolders,
  type PreparedRun,
  prepareClusterRun,
  rbacOf,
  runnerDockerfile,
  runOnCluster,
  testRunOf,
  yamlOf,
} from 'headroom-k6';

/** What the cluster gets: first the bundle, then the TestRun. */
export const manifestsOf = (run: ClusterRun): string => yamlOf([...groundOf(run), ...testRunOf(run)]);

/** What an administrator applies once, and the image of the runners. */
export const rolesOf = (run: ClusterRun): string => yamlOf(rbacOf(run));
export const dockerfile: string = runnerDockerfile();

/** Prepares a run, lets the cluster do it, and judges what all pods measured. */
export async function onCluster(asked: Parameters<typeof prepareClusterRun>[0]): Promise<ExitCode> {
  const { run, plan }: PreparedRun = await prepareClusterRun(asked);
  const options: ClusterOptions = {
    run,
    kubectl: new Kubectl({ env: process.env, namespace: run.namespace, context: null }),
    plannedSeconds: plan.seconds,
    startSeconds: 300,
    runSeconds: null,
    keep: false,
    signal: new AbortController().signal,
    onProgress: (line) => process.stderr.write(`${line}\n`),
    merge: (folder) => mergeFolders([folder ?? 'runs'], { runsFolder: 'runs' }),
  };
  const outcome: ClusterOutcome = await runOnCluster(options);
  return exitCodeOfCluster(outcome);
}
