import { join, resolve } from 'node:path';
import { EXIT } from '../errors.ts';
import {
  claimOf,
  filesOf,
  groundOf,
  rbacOf,
  runnerDockerfile,
  testRunOf,
  VOLUME_FOLDER,
  yamlOf,
} from '../k8s/index.ts';
import { writeOutputs } from '../results/output.ts';
import { addRenderFlags, prepare, type RenderFlags } from './k8s-flags.ts';
import { k8sRunCommand } from './k8s-run.ts';
import type { AddCommand } from './main.ts';

export const k8sCommand: AddCommand = (program, io, done) => {
  const command = program
    .command('k8s')
    .description('Run many instances on a Kubernetes cluster with k6-operator, judged as one.');

  addRenderFlags(
    command.command('render').description('Write the manifests of a run, and the Dockerfile of its runners.'),
  )
    .option('--out <folder>', 'where to write them', 'k8s')
    .addHelpText(
      'after',
      '\nExample:\n  headroom k8s render load --target http://booking.default.svc:8080 --image registry.example.com/headroom-k6:1 --parallelism 4',
    )
    .action(async (scenario: string, flags: RenderFlags & { out: string }) => {
      const { run } = await prepare(scenario, flags, io);
      const folder = resolve(io.cwd, flags.out);
      const ground = yamlOf(groundOf(run));
      const testRun = yamlOf(testRunOf(run));
      const claim = claimOf(run);
      const { results } = run;
      const texts: Record<string, string> = {
        ...(results.to === 'influx'
          ? { 'testrun.yaml': `${ground}---\n${testRun}` }
          : { 'files.yaml': ground, 'testrun.yaml': testRun }),
        ...(claim.length === 0 ? {} : { 'volume.yaml': yamlOf(claim) }),
        'rbac.yaml': yamlOf(rbacOf(run)),
        Dockerfile: runnerDockerfile(),
      };
      const bundle = results.to === 'volume' ? filesOf(run) : {};
      const files = [
        ...Object.entries(texts).map(([name, text]) => ({ path: join(folder, name), render: () => text })),
        ...Object.entries(bundle).map(([name, text]) => ({ path: join(folder, run.name, name), render: () => text })),
      ];
      await writeOutputs(files);
      const paths = files.map(({ path }) => path);
      if (flags.json)
        io.stdout.write(`${JSON.stringify({ name: run.name, namespace: run.namespace, files: paths })}\n`);
      else {
        for (const path of paths) io.stdout.write(`${path}\n`);
        io.stderr.write(`${applyHint(run.name, run.namespace, results.to === 'volume', flags)}\n`);
      }
      done(EXIT.pass);
    });

  k8sRunCommand(command, io, done);
};

/** What to type next. */
function applyHint(
  name: string,
  namespace: string,
  volume: boolean,
  { out, influx, volumeSize }: RenderFlags & { out: string },
): string {
  const kubectl = `kubectl --namespace ${namespace}`;
  const pod = `${name}-files`;
  const before = volume
    ? [
        ...(volumeSize === undefined ? [] : [`${kubectl} apply --server-side --filename ${out}/volume.yaml`]),
        `${kubectl} apply --server-side --filename ${out}/files.yaml`,
        `${kubectl} wait --for=condition=Ready pod/${pod}`,
        `${kubectl} cp ${out}/${name} ${namespace}/${pod}:${VOLUME_FOLDER}/${name}`,
      ]
    : [];
  const merge = volume
    ? [`${kubectl} cp ${namespace}/${pod}:${VOLUME_FOLDER}/${name}/results ${name}`, `headroom merge ${name}`]
    : [`headroom merge --influx ${influx} --run-id ${name}`];
  return [
    'Next:',
    ...before,
    `${kubectl} apply --server-side --filename ${out}/testrun.yaml`,
    ...['and when the TestRun has finished:', ...merge],
  ].join('\n  ');
}
