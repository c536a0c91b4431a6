/** What the files of ci/ refer to is there. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { PINNED_K6 } from '../../src/k6/version.ts';
import { silentIo } from '../cli/io.ts';
import { action, gitlab, ROOT, soak, textOf } from './scripts.ts';

const steps = action.runs.steps;
const expressionsIn = (text: string): string[] =>
  [...text.matchAll(/\$\{\{(.*?)\}\}/g)].map(([, expression]) => expression ?? '');

describe('ci/github/action.yml', () => {
  it('hands its inputs over as environment, never as text of a script', () => {
    for (const { run = '' } of [...steps, ...soak.steps]) expect(expressionsIn(run)).toEqual([]);
  });

  it('uses every input, and only those that there are', () => {
    const used = new Set([...textOf('ci/github/action.yml').matchAll(/\binputs\.([a-z-]+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(action.inputs).sort());
  });

  it('gives outputs that its script writes', () => {
    const written = new Set([...textOf('ci/github/run.sh').matchAll(/echo "([a-z-]+)=/g)].map(([, name]) => name));
    for (const { value } of Object.values(action.outputs)) {
      const [, name] = /steps\.run\.outputs\.([a-z-]+)/.exec(value) ?? [];
      expect(written).toContain(name);
    }
  });

  it('sets every variable that its scripts read, and runs scripts that there are', () => {
    for (const { run = '', env } of steps) {
      const [, script] = /\$GITHUB_ACTION_PATH\/([a-z]+\.sh)/.exec(run) ?? [];
      if (script === undefined) continue;
      const read = new Set(
        [...textOf(`ci/github/${script}`).matchAll(/\$\{?(HEADROOM_[A-Z_]+)/g)].map(([, name]) => name),
      );
      expect(read.size).toBeGreaterThan(0);
      for (const name of read) expect(Object.keys(env), script).toContain(name);
    }
  });

  it('uses actions of GitHub alone', () => {
    const used = [...steps, ...soak.steps].flatMap(({ uses }) => uses ?? []);
    for (const name of used) expect(name).toMatch(/^(actions\/[a-z/-]+@v\d+|\.\/\.headroom\/ci\/github)$/);
  });

  it('keeps k6 in the cache by its version, as GitLab does', () => {
    const cache = steps.find(({ uses }) => uses?.startsWith('actions/cache@'));
    expect(cache?.with.key).toContain(`headroom-k6-${PINNED_K6}-`);
    expect(gitlab.cache.key).toBe(`headroom-k6-${PINNED_K6}`);
    expect(gitlab.variables.HEADROOM_CACHE).toBe(`$CI_PROJECT_DIR/${gitlab.cache.paths[0]}`);
  });

  it('has every input and output in its guide', () => {
    const guide = textOf('docs/guides/ci-github.md');
    for (const name of [...Object.keys(action.inputs), ...Object.keys(action.outputs)]) {
      expect(guide).toContain(`\`${name}\``);
    }
  });
});

describe('ci/nightly-soak.yml', () => {
  it('gives the action inputs that it has', () => {
    const own = soak.steps.find(({ uses }) => uses?.endsWith('/ci/github'));
    expect(own?.with.scenario).toBe('soak');
    for (const name of Object.keys(own?.with ?? {})) expect(Object.keys(action.inputs)).toContain(name);
    expect(existsSync(`${ROOT}ci/github/trend.sh`)).toBe(true);
  });

  it('is judged for drift: the action runs it by headroom soak, with flags that it has', () => {
    expect(textOf('ci/github/run.sh')).toMatch(/^ {2}soak\) run=\(soak\) ;;$/m);
    const flags = String(soak.steps.find(({ uses }) => uses?.endsWith('/ci/github'))?.with.flags);
    const command = createProgram(silentIo(), () => {}).commands.find((each) => each.name() === 'soak');
    const known = command?.options.map(({ long }) => long);
    for (const [flag] of flags.matchAll(/--[a-z-]+/g)) expect(known).toContain(flag);
    for (const flag of ['--target', '--out', '--tag', '--json', '--slo']) expect(known).toContain(flag);
  });

  it('keeps archive, report and history of nights that fail too', () => {
    const steps = soak.steps.filter(({ uses, run }) => uses?.startsWith('actions/cache') || run?.includes('trend.sh'));
    expect(steps.map(({ uses, run }) => uses ?? run)).toEqual([
      'actions/cache/restore@v4',
      'bash .headroom/ci/github/trend.sh',
      // actions/cache itself saves after success alone.
      'actions/cache/save@v4',
    ]);
    const upload = action.runs.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact'));
    for (const step of [...steps, upload]) expect(step?.if).toMatch(/^always\(\)/);
    expect(steps[0]?.with.key).toBe(steps[2]?.with.key);
  });

  it('names every variable that it reads at its top', () => {
    const text = textOf('ci/nightly-soak.yml');
    const head = text.slice(0, text.indexOf('name:'));
    for (const [, name] of text.matchAll(/\bvars\.([A-Z_]+)/g)) expect(head).toContain(name);
  });
});
