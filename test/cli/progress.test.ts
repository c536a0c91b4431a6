import { describe, expect, it } from 'vitest';
import { ProgressView, wantsColour } from '../../src/cli/progress.ts';
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

/** What is written while a view is used. */
function written(use: (view: ProgressView) => void, { env = {}, isTTY = true, columns = 100 } = {}): string {
  const parts: string[] = [];
  const stderr = { isTTY, columns, write: (part: string) => parts.push(part) };
  use(new ProgressView(silentIo({ env, stderr })));
  return parts.join('');
}

/** What is written for a sequence of states. */
function shown(states: readonly LiveStatus[], where = {}): string {
  return written((view) => {
    for (const state of states) view.update(state);
  }, where);
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

  it('keeps a sentence above the block, and takes the block away at the end, once', () => {
    const block = shown([status()]);
    const erase = '\u001b[4A\u001b[0J';
    expect(
      written((view) => {
        view.note('starting');
        view.update(status());
        view.note('warm');
        view.update(status());
        view.end();
        view.end();
      }),
    ).toBe(`starting\n${block}${erase}warm\n${block}${erase}`);
  });

  it('fills the bar and no more when a run takes longer than planned', () => {
    expect(shown([status({ elapsedSeconds: 150 })])).toMatch(/^ {2}█{24} 2:30 \/ 2:00\n/);
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

it('writes nothing but text where nobody watches', () => {
  const use = (view: ProgressView) => {
    view.note('starting');
    view.update(status());
    view.note('done');
    view.end();
  };
  const text = written(use, { isTTY: false });
  expect(text).toMatch(/^starting\n0:30\/2:00 · [^\n]*\ndone\n$/);
  expect(text).not.toContain('\u001b');
});

it.each([
  ['on a terminal', {}, true, true],
  ['with NO_COLOR', { NO_COLOR: '1' }, true, false],
  ['with an empty NO_COLOR, which counts as absent', { NO_COLOR: '' }, true, true],
  ['in CI', { CI: 'true' }, true, false],
  ['in a pipe', {}, false, false],
])('colour %s', (_, env, isTTY, wanted) => {
  expect(wantsColour(silentIo({ env, stderr: { isTTY, write: () => true } }))).toBe(wanted);
});
