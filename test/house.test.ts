/** Imports run downwards only: the arrows of CONTRIBUTING.md. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What each room may import from, besides itself. Rooms of src/ are named by their folder. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  scenarios: ['lib', 'thresholds'],
  lib: ['thresholds'],
  thresholds: [],
  dashboards: ['thresholds', 'src/gate'],
  'reference-app': ['lib'],
  'src/stats': [],
  'src/completion': [],
  'src/explain': ['src/gate', 'src/report', 'src/results', 'src/run', 'src/soak'],
  'src/results': ['src/errors.ts'],
  'src/k6': ['src/results', 'src/errors.ts', 'lib'],
  'src/gate': ['src/results', 'src/stats', 'src/errors.ts', 'lib', 'thresholds'],
  'src/capacity': ['src/stats', 'src/errors.ts', 'lib'],
  'src/demand': ['src/capacity', 'src/stats', 'src/errors.ts'],
  'src/capacity-run': [
    'src/capacity',
    'src/run',
    'src/results',
    'src/gate',
    'src/app',
    'src/k6',
    'src/errors.ts',
    'lib',
  ],
  'src/soak': ['src/gate', 'src/results', 'src/stats', 'src/errors.ts'],
  'src/notify': ['src/results', 'src/errors.ts'],
  'src/publish': ['src/gate', 'src/results', 'src/errors.ts'],
  'src/report': ['src/results'],
  'src/compare': ['src/gate', 'src/report', 'src/results', 'src/stats'],
  'src/ci': ['src/gate', 'src/report', 'src/results'],
  'src/app': ['src/errors.ts'],
  'src/config': ['src/gate', 'src/soak', 'src/errors.ts'],
  'src/check': ['src/run', 'src/k6', 'src/gate', 'src/errors.ts'],
  'src/init': ['src/config', 'src/workload', 'src/results', 'src/run', 'src/errors.ts'],
  'src/doctor': ['src/k6', 'src/results', 'src/errors.ts'],
  'src/ab': [
    'src/gate',
    'src/results',
    'src/run',
    'src/report',
    'src/stats',
    'src/errors.ts',
    'src/free-port.ts',
    'lib',
  ],
  'src/k8s': ['src/instances', 'src/run', 'src/results', 'src/gate', 'src/k6', 'src/errors.ts'],
  'src/matrix': ['src/app', 'src/results', 'src/run', 'src/report', 'src/errors.ts', 'lib'],
  'src/trend': ['src/gate', 'src/report', 'src/results', 'src/run', 'src/stats', 'src/errors.ts'],
  'src/plan': ['src/capacity', 'src/capacity-run', 'src/demand', 'src/report', 'src/stats', 'src/errors.ts', 'lib'],
  'src/capacity-page': ['src/capacity-run', 'src/plan', 'src/report'],
  'src/ui': [
    'src/capacity-page',
    'src/capacity-run',
    'src/compare',
    'src/k6',
    'src/report',
    'src/results',
    'src/run',
    'src/errors.ts',
  ],
  'src/stack': ['src/k6', 'src/results', 'src/errors.ts', 'src/free-port.ts'],
  'src/workload': ['src/results', 'src/errors.ts', 'lib'],
  'src/instances': ['src/run', 'src/results', 'src/k6', 'src/errors.ts', 'src/free-port.ts'],
  'src/merge': ['src/run', 'src/results', 'src/gate', 'src/publish', 'src/report', 'src/k6', 'src/errors.ts'],
  'src/run': ['src/k6', 'src/results', 'src/gate', 'src/soak', 'src/notify', 'src/report', 'src/errors.ts', 'lib'],
};

function roomOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'src' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

const edges = globSync(
  ['src/**/*.ts', 'lib/**/*.ts', 'scenarios/**/*.ts', 'thresholds/*.ts', 'dashboards/*.ts', 'reference-app/**/*.ts'],
  {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules'),
  },
).flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'/gms)].map(
    ([, target]) => ({
      file,
      to: relative(ROOT, resolve(ROOT, dirname(file), target ?? '')),
    }),
  ),
);

describe('the house', () => {
  it('was read', () => {
    expect(edges.length).toBeGreaterThan(150);
  });

  it('has no import that runs upwards', () => {
    const upwards = edges.filter(({ file, to }) => {
      const allowed = MAY_IMPORT[roomOf(file)];
      return allowed !== undefined && roomOf(to) !== roomOf(file) && !allowed.includes(roomOf(to));
    });
    expect(upwards).toEqual([]);
  });

  it('knows every room of src/', () => {
    const rooms = new Set(
      edges.map(({ file }) => roomOf(file)).filter((room) => room.startsWith('src/') && !room.endsWith('.ts')),
    );
    for (const room of rooms) if (room !== 'src/cli') expect(Object.keys(MAY_IMPORT)).toContain(room);
  });
});
