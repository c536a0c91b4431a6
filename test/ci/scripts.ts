/** The files of ci/ that others run, and the shell in them. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const textOf = (path: string): string => readFileSync(ROOT + path, 'utf8');

const stepSchema = z.object({
  name: z.string().optional(),
  id: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  env: z.record(z.string(), z.string()).default({}),
});

export const action = z
  .object({
    inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string().optional() })),
    outputs: z.record(z.string(), z.object({ value: z.string() })),
    runs: z.object({ steps: z.array(stepSchema) }),
  })
  .parse(parse(textOf('ci/github/action.yml')));

export const soak = z
  .object({ jobs: z.object({ soak: z.object({ steps: z.array(stepSchema) }) }) })
  .parse(parse(textOf('ci/nightly-soak.yml'))).jobs.soak;

export const gitlab = z
  .object({
    '.headroom': z.object({
      variables: z.record(z.string(), z.string()),
      cache: z.object({ key: z.string(), paths: z.array(z.string()) }),
      before_script: z.array(z.string()),
      script: z.array(z.string()),
      allow_failure: z.object({ exit_codes: z.number() }),
      retry: z.object({ max: z.number(), exit_codes: z.number() }),
      artifacts: z.object({
        when: z.literal('always'),
        paths: z.array(z.string()),
        reports: z.object({ junit: z.string(), load_performance: z.string() }),
      }),
    }),
  })
  .parse(parse(textOf('ci/gitlab.yml')))['.headroom'];

const jenkinsShell = /sh\((?:[^']*)script: '''\n([\s\S]*?)'''/.exec(textOf('ci/Jenkinsfile'))?.[1];
if (jenkinsShell === undefined) throw new Error('ci/Jenkinsfile has no shell');

/** All shell that this repository has for others or itself, by where it stands. */
export const SHELL: Record<string, string> = {
  ...Object.fromEntries(
    globSync(['ci/**/*.sh', 'deploy/**/*.sh', '.ci/run'], { cwd: ROOT }).map((path) => [path, textOf(path)]),
  ),
  // GitLab and Jenkins join their lines to one script.
  'ci/gitlab.yml': `#!/usr/bin/env bash\n# shellcheck disable=SC2086\n${[...gitlab.before_script, ...gitlab.script].join('\n')}\n`,
  'ci/Jenkinsfile': `#!/bin/sh\n${jenkinsShell.replaceAll('\\\n', '')}`,
  ...Object.fromEntries(
    [...action.runs.steps, ...soak.steps]
      .filter(({ run }) => run !== undefined)
      .map(({ name, run }) => [`step ${name}`, `#!/usr/bin/env bash\n${run}\n`]),
  ),
};
