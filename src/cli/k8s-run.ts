import { resolve } from 'node:path';
import { parseDuration } from '../../lib/workload/duration.ts';
import { gateOf } from '../gate/gate.ts';
import { auditPods, auditsAround, exitCodeOfCluster, Kubectl, type PodAudits, runOnCluster } from '../k8s/index.ts';
import { mergeFolders, mergeFromInflux } from '../merge/index.ts';
import { influxAddress } from '../publish/influx.ts';
import { addCiFlags, type CiFiles, requireCiFiles, writeCiFiles } from './gate.ts';
import type { Io } from './io.ts';
import { addRenderFlags, prepare, type RenderFlags, slosOf } from './k8s-flags.ts';
import type { AddCommand } from './main.ts';
import { lacksAudit } from './merge.ts';
import { durationText } from './options.ts';
import { ProgressView } from './progress.ts';
import { printOutcome } from './run.ts';

interface ClusterFlags extends RenderFlags, CiFiles {
  context?: string;
  influxHere?: string;
  auditPods?: string;
  auditNamespace?: string;
  out: string;
  startTimeout: string;
  timeout?: string;
  keep?: true;
}

/** Adds `k8s run` to `k8s`. */
export const k8sRunCommand: AddCommand = (program, io, done) => {
  addCiFlags(
    addRenderFlags(
      program.command('run').description('Run it: apply, wait, merge, judge, and take away what was made.'),
    ),
  )
    .option('--context <name>', 'of the kubeconfig; its current one without it')
    .option('--influx-here <url>', 'the InfluxDB of --influx as this machine reaches it')
    .option('--audit-pods <labels>', 'of the booking app, to audit before and after: app.kubernetes.io/name=booking')
    .option('--audit-namespace <name>', 'of --audit-pods; that of the run without it')
    .option('--out <folder>', 'where runs are kept', 'runs')
    .option('--start-timeout <time>', 'the load must begin within', durationText, '10m')
    .option('--timeout <time>', 'the run must end within, from its begin; its length and 15m without it', durationText)
    .option('--keep', 'leave what was made in the cluster')
    .addHelpText(
      'after',
      '\nExample:\n  headroom k8s run load --parallelism 4 --rate 2000 --duration 10m --target http://booking.shop.svc:8080 --yes-i-own-this-target \\\n    --influx http://influxdb.monitoring.svc:8086/headroom --influx-here http://127.0.0.1:8086/headroom --image registry.example.com/headroom-runner:0.1.0',
    )
    .action(async (scenario: string, flags: ClusterFlags) => {
      const kubectl = new Kubectl({ env: io.env, namespace: flags.namespace, context: flags.context ?? null });
      await requireCiFiles(flags, io);
      const slos = await slosOf(flags, io);
      const { run, plan } = await prepare(scenario, flags, io);
      const here = flags.influxHere ?? flags.influx;
      const address = here === undefined ? null : influxAddress(here, io.env);
      const view = new ProgressView(io);
      const merging = {
        runsFolder: resolve(io.cwd, flags.out),
        ...(slos === null ? {} : { slos }),
      };
      const audits =
        flags.auditPods === undefined
          ? null
          : podAudits(flags.auditPods, flags.auditNamespace ?? flags.namespace, flags.context ?? null, io);
      const before = await audits?.();
      const outcome = await runOnCluster({
        run,
        kubectl,
        plannedSeconds: plan.seconds,
        startSeconds: parseDuration(flags.startTimeout) ?? 0,
        runSeconds: flags.timeout === undefined ? null : parseDuration(flags.timeout),
        keep: flags.keep === true,
        signal: io.signal,
        onProgress: (line) => view.note(line),
        merge: async (folder) => {
          const after = await audits?.();
          const around = before === undefined || after === undefined ? null : auditsAround(before, after);
          if (around?.before.length === 0)
            view.note('pods of the target came, went or were started again: the audit cannot count rows');
          const options = { ...merging, ...(around === null ? {} : { audits: around }) };
          return folder !== null || address === null
            ? await mergeFolders([folder ?? ''], options)
            : await mergeFromInflux(address, run.name, options);
        },
      });
      view.end();
      printOutcome(outcome, io, flags.json === true);
      if (lacksAudit(outcome.run))
        io.stderr.write(
          'no audit: name the pods of the target with --audit-pods, and they are asked for it before and after.\n',
        );
      done(exitCodeOfCluster(outcome));
      await writeCiFiles(gateOf(outcome.run, null), outcome, flags, io);
    });
};

/** Asks the pods of a target for their audits. */
function podAudits(labels: string, namespace: string, context: string | null, io: Io): () => Promise<PodAudits> {
  const kubectl = new Kubectl({ env: io.env, namespace, context });
  return async () => await auditPods(kubectl, labels, io.signal);
}
