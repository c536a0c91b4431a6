import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** What promtool said, and whether it was content. */
export interface Promtool {
  ok: boolean;
  text: string;
}

/** Value of a series that grows by so much a step, for so many steps, then by something else. */
export function counter(...segments: [perStep: number, steps: number][]): string {
  let value = 0;
  const parts = segments.map(([perStep, steps]) => {
    const from = value + perStep;
    value += perStep * steps;
    return `${from}+${perStep}x${steps - 1}`;
  });
  return ['0', ...parts].join(' ');
}

/** `promtool check rules` of a rule file. */
export function checkRules(rules: unknown): Promtool {
  return withFiles({ 'rules.yml': stringify(rules) }, (folder) => promtool(folder, ['check', 'rules', 'rules.yml']));
}

/** An expression and the label sets that have a value at a time. */
export interface Expectation {
  expr: string;
  at: string;
  samples: { labels: string; value: number }[];
}

/** `promtool test rules`: one sample a step, rules evaluated each step. */
export function testRules(
  rules: unknown,
  test: { step: string; series: Record<string, string>; expect: Expectation[] },
): Promtool {
  const suite = {
    rule_files: ['rules.yml'],
    evaluation_interval: test.step,
    tests: [
      {
        interval: test.step,
        input_series: Object.entries(test.series).map(([series, values]) => ({ series, values })),
        promql_expr_test: test.expect.map(({ expr, at, samples }) => ({ expr, eval_time: at, exp_samples: samples })),
      },
    ],
  };
  return withFiles({ 'rules.yml': stringify(rules), 'test.yml': stringify(suite) }, (folder) =>
    promtool(folder, ['test', 'rules', 'test.yml']),
  );
}

function withFiles<T>(files: Record<string, string>, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function promtool(folder: string, argv: string[]): Promtool {
  const { status, stdout, stderr, error } = spawnSync('promtool', argv, { cwd: folder, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { ok: status === 0, text: stdout + stderr };
}
