import { describe, expect, it } from 'vitest';
import { ProgressView } from '../../src/cli/progress.ts';
import type { LiveStatus } from '../../src/run/live.ts';
import { silentIo } from './io.ts';

const status = (change: Partial<LiveStatus> = {}): LiveStatus => ({
  elapsedSeconds: 30,
  totalSeconds: 120,
  iterationRate: 49.6,
  plannedRate: 50,
  requestRate: 203.4,
  errorRate: 0.004,
  droppedIterations: 3,
  vus: 91,
  maxVus: 300,
  cpuShare: 0.155,
  p95: [
    { endpoint: 'book', ms: 12.4 },
    { endpoint: 'search', ms: 5.2 },
  ],
  ...change,
});

/** What is written for a sequence of states. */
function shown(states: readonly LiveStatus[], { env = {}, isTTY = true, columns = 100 } = {}): string {
  const parts: string[] = [];
  const stderr = { isTTY, columns, write: (part: string) => parts.push(part) };
  const view = new ProgressView(silentIo({ env, stderr }));
  for (const state of states) view.update(state);
  return parts.join('');
}

describe('on a terminal', () => {
  it('draws time, rates against the plan, p95, virtual users and CPU', () => {
    expect(shown([status()])).toBe(
      [
        '  ██████░░░░░░░░░░░░░░░░░░ 0:30 / 2:00',
        '  journeys/s  50 of 50   requests/s 203   errors 0.4 %   dropped 3',
        '  p95 ms      book 12   search 5',
        '  VUs         91 of 300   generator CPU 16 %',
        '',
      ].join('\n'),
    );
  });

  it('draws the next state over the last', () => {
    expect(shown([status(), status({ elapsedSeconds: 120 })])).toContain(`\u001b[4A\u001b[0J  ${'█'.repeat(24)} 2:00`);
  });

  it('never writes a line that the terminal would wrap', () => {
    const p95 = Array.from({ length: 40 }, (_, i) => ({ endpoint: `endpoint-${i}`, ms: i }));
    for (const line of shown([status({ p95 })], { columns: 40 }).split('\n')) expect(line.length).toBeLessThan(40);
  });

  it('without a planned length shows how long it has run', () => {
    expect(shown([status({ elapsedSeconds: 3_725, totalSeconds: null, plannedRate: null })])).toMatch(
      /^ {2}1:02:05\n {2}journeys\/s {2}50 {3}requests/,
    );
  });
});

describe.each([
  ['without a terminal', { isTTY: false }],
  ['in CI', { env: { CI: 'true' } }],
  ['on a dumb terminal', { env: { TERM: 'dumb' } }],
])('%s', (_, where) => {
  it('writes a plain line every ten seconds', () => {
    const states = Array.from({ length: 31 }, (_, second) => status({ elapsedSeconds: second }));
    const lines = shown(states, where).trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['0:00/2:00', '0:10/2:00', '0:20/2:00', '0:30/2:00']);
    expect(lines[3]).toBe(
      '0:30/2:00 · journeys/s 50 of 50 · requests/s 203 · errors 0.4 % · dropped 3 · VUs 91 · generator CPU 16 % · p95 book 12 ms, search 5 ms',
    );
  });
});
