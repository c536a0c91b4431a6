import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { workloadSchema } from '../../src/workload/index.ts';
import { silentIo } from './io.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-workload-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function headroom(
  argv: string[],
  stdin = '',
  overrides = {},
): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder, stdin: Readable.from([Buffer.from(stdin)]), ...overrides });
  const code = await run(['workload', 'from-log', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

/** Two hours, one request a second and three in the second half hour; one in ten books. */
function log(): string {
  const lines: string[] = [];
  for (let second = 0; second < 7_200; second++) {
    const time = new Date(Date.parse('2026-01-05T09:00:00Z') + second * 1000).toISOString();
    for (let i = 0; i < (second >= 1_800 && second < 3_600 ? 3 : 1); i++) {
      const client = `user-${(second * 7 + i) % 400}`;
      const [method, url] = second % 10 === 0 ? ['POST', '/bookings'] : ['GET', `/sitters/${(second * second) % 97}`];
      lines.push(JSON.stringify({ time, method, url, status: 200, user: client }));
    }
  }
  return `${lines.join('\n')}\n`;
}

describe('headroom workload from-log', () => {
  it('reads standard input, prints one document, writes both files and says what is left out', async () => {
    const { code, out, err } = await headroom(['-', '--json', '--out', 'here', '--name', 'monday'], log());
    expect(code).toBe(0);
    const workload = workloadSchema.parse(JSON.parse(out));
    expect(workload.requests.count).toBe(7_200 + 2 * 1_800);
    expect(workload.profile.peakHour).toEqual({ from: '2026-01-05T09:00:00Z', seconds: 3600, rate: 2 });
    expect(await readFile(join(folder, 'here', 'workload.json'), 'utf8')).toBe(out);
    expect((await readdir(join(folder, 'here'))).sort()).toEqual(['monday.ts', 'workload.json']);
    expect(err).toContain('left out: POST /bookings needs a body');
    expect(err).toContain('the scenario plays 3600 s from 2026-01-05T09:00:00Z in 3600s');
  });

  it('plays a window in another time and scaled, and writes bodies where they are wanted', async () => {
    await writeFile(join(folder, 'access.json'), log());
    const window = '2026-01-05T09:30:00Z/2026-01-05T10:00:00Z';
    const { code, err } = await headroom([
      'access.json',
      ...['--window', window, '--duration', '5m', '--scale', '5', '--no-sessions'],
      ...['--include-unsafe', '--body', '{"sitter":"7"}'],
    ]);
    expect(code).toBe(0);
    expect(err).toContain('plays 1800 s from 2026-01-05T09:30:00Z in 300s, 15 requests/s in the mean');
    expect(err).not.toContain('left out');
    const scenario = await readFile(join(folder, 'workload', 'replay.ts'), 'utf8');
    expect(scenario).toContain('"POST /bookings": {"sitter":"7"},');
    expect(scenario).toContain('duration: "300s"');
  });

  it('prints what it found, and then names the files that cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const { code, out, err } = await headroom(['-', '--json', '--out', 'file'], log());
    expect(code).toBe(2);
    expect(workloadSchema.parse(JSON.parse(out)).requests.count).toBe(10_800);
    expect(err).toMatch(/workload\.json cannot be written: .*\n.*replay\.ts cannot be written/);
  });

  it('shows how far it is with a long log', async () => {
    let now = 0;
    const clock = { now: () => (now += 4_000) };
    const { err } = await headroom(['-'], log(), clock);
    expect(err).toMatch(/^read \d+ MB, 1\d,\d{3} requests$/m);
  });

  it.each([
    [['-'], 'nothing\n', /^headroom: There is no request in standard input: .*such as: nothing\.\n.*--field/],
    [['none.log'], '', /^headroom: The log .*none\.log cannot be read/],
    [['-', '--body', '{}'], log(), /^headroom: --body is for requests other than GET and HEAD/],
    [['-', '--body', '{'], '', /It takes JSON/],
    [['-', '--window', '2026-01-05T10:00Z/2026-01-05T09:00Z'], '', /It takes two times, the earlier first/],
    [
      ['-', '--window', '2027-01-05T09:00Z/2027-01-05T10:00Z'],
      log(),
      /^headroom: Nothing arrives between .*\nChoose a --window between 2026/,
    ],
    [['-', '--route', 'sitters'], '', /It takes a route such as/],
    [['-', '--field', 'when=time'], '', /"when" is none of time, request/],
    [['-', '--duration', '0'], log(), /^headroom: Nothing can be played in no time/],
    [['-', '--max-routes', '5000'], '', /It takes 400 at most/],
  ])('refuses %j with a sentence and exit code 2', async (argv, stdin, sentence) => {
    const { code, out, err } = await headroom(argv, stdin);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(sentence);
  });
});
