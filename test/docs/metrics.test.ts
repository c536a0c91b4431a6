/** docs/reference/metrics.md against the code that keeps and reads the metrics. */
import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROCESS } from '../../src/soak/signals.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const text = read('docs/reference/metrics.md');
const sections = new Map(text.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), section]));
const firstColumn = (title: string): string[] =>
  (sections.get(title) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));

it('names only metrics of k6 and the scenarios that the code knows', () => {
  const code = globSync(['src/**/*.ts', 'lib/**/*.ts'], { cwd: new URL('../..', import.meta.url) })
    .map(read)
    .join('\n');
  const metrics = firstColumn('From k6');
  expect(metrics.length).toBeGreaterThan(10);
  for (const metric of metrics) expect(code).toContain(`'${metric}'`);
});

it('has every figure of a process, and no other', () => {
  expect(firstColumn('From the target’s process').sort()).toEqual(Object.values(PROCESS).sort());
});
