import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PeakCollector } from '../../src/demand/daily-peaks.ts';
import { type HistoryFileOptions, readHistoryFile } from '../../src/demand/index.ts';
import { HeadroomError } from '../../src/errors.ts';

const NOW = new Date('2026-11-24T00:00:00Z');
const FIRST = Date.UTC(2026, 9, 1);
const DAY = 86_400_000;
const MINUTE = 60_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-history-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function read(lines: string | readonly string[], options: Partial<HistoryFileOptions> = {}) {
  const path = join(folder, `${files++}.csv`);
  await writeFile(path, typeof lines === 'string' ? lines : lines.join('\n'));
  return readHistoryFile(path, { now: NOW, ...options });
}

async function complaint(
  lines: string | readonly string[],
  options: Partial<HistoryFileOptions> = {},
): Promise<string> {
  const error = await read(lines, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HeadroomError)) throw error ?? new Error('it was read');
  return `${error.code} ${error.exitCode} ${error.message} ${error.remedy}`;
}

const dateOf = (day: number): string => new Date(FIRST + day * DAY).toISOString().slice(0, 10);
/** Peaks of days that no two weekdays share. */
const peakOf = (day: number): number => 100 + 10 * (day % 7) + day;
const daily = (days: number, without: (day: number) => boolean = () => false): string[] =>
  Array.from({ length: days }, (_, day) => day)
    .filter((day) => !without(day))
    .map((day) => `${dateOf(day)},${peakOf(day)}`);

describe('a history in a file', () => {
  it('is read in every form that is documented', async () => {
    const want = Array.from({ length: 30 }, (_, day) => peakOf(day));
    const rows = want.map((value, day) => ({ value, time: FIRST + day * DAY }));
    const forms: Record<string, string[]> = {
      'dates, no header': daily(30),
      'header and comments': ['# exported', '', 'day,rate', ...daily(30), '# end', ''],
      'byte order mark, quotes, CRLF': [
        '\uFEFF"Time","Value"',
        ...rows.map(({ value }, day) => `"${dateOf(day)} 12:00:00","${value}"\r`),
      ],
      'semicolon and decimal comma': rows.map(({ value }, day) => `${dateOf(day)};${value},0`),
      tab: rows.map(({ value }, day) => `${dateOf(day)}T08:00\t${value}`),
      'unix seconds': rows.map(({ value, time }) => `${time / 1000},${value}`),
      'unix milliseconds': rows.map(({ value, time }) => `${time + 5},${value}`),
      'offset of a zone': rows.map(({ value }, day) => `${dateOf(day)}T23:30:00-00:15,${value}`),
      'newest first': daily(30).toReversed(),
      'no value on a line': [...daily(30), `${dateOf(3)}T04:00:00Z,`],
    };
    for (const [form, lines] of Object.entries(forms)) {
      expect({ form, ...(await read(lines)) }).toMatchObject({
        form,
        dailyPeaks: want,
        from: '2026-10-01',
        to: '2026-10-30',
        filled: [],
        incomplete: [],
        leftOut: null,
      });
    }
  });

  it('takes counts of an interval for rates', async () => {
    const { dailyPeaks } = await read(daily(21), { intervalSeconds: 10 });
    expect(dailyPeaks).toEqual(Array.from({ length: 21 }, (_, day) => peakOf(day) / 10));
  });

  it('begins its days where the zone does, also when clocks change', async () => {
    // 22:30 UTC is 00:30 of the next day in Berlin until 25 October, and 23:30 of the same day after it.
    const lines = Array.from(
      { length: 40 },
      (_, day) => `${new Date(FIRST + day * DAY + 22.5 * 60 * MINUTE).toISOString()},${day + 1}`,
    );
    const { dailyPeaks, from, to, filled } = await read(lines, { timeZone: 'Europe/Berlin' });
    expect([from, to]).toEqual(['2026-10-02', '2026-11-09']);
    // Of the two on 25 October, as two values of one day, the higher.
    expect(filled).toEqual([]);
    expect(dailyPeaks[23]).toBe(25);
    expect((await read(lines)).from).toBe('2026-10-01');
    expect(await complaint(lines, { timeZone: 'Mars/Olympus' })).toMatch(
      /^DEMAND_INVALID 2 "Mars\/Olympus" is no time zone/,
    );
  });

  it('takes the highest minute of each day, not a burst of seconds', async () => {
    const lines: string[] = [];
    for (let day = 0; day < 21; day++) {
      for (let minute = 0; minute < 1440; minute += 30) {
        // Four values a minute. At noon one of them is 1,000 and the mean 280; at 18:00 all are 300.
        for (let quarter = 0; quarter < 4; quarter++) {
          const value = minute === 720 && quarter === 1 ? 1000 : minute === 1080 ? 300 : 40;
          lines.push(`${(FIRST + day * DAY + minute * MINUTE) / 1000 + 15 * quarter},${value}`);
        }
      }
    }
    // One lonely value is no minute.
    lines.push(`${(FIRST + 3 * DAY + 61 * MINUTE) / 1000},900`);
    expect((await read(lines)).dailyPeaks).toEqual(Array.from({ length: 21 }, () => 300));
  });

  it('takes a day that was measured in part as not measured', async () => {
    const lines = Array.from({ length: 30 * 24 }, (_, hour) => ({ hour, time: FIRST + hour * 60 * MINUTE }))
      .filter(({ hour }) => hour < 29 * 24 + 9 && !(hour >= 240 && hour < 250))
      .map(({ hour, time }) => `${time / 1000},${peakOf(Math.floor(hour / 24)) - (hour % 24)}`);
    const history = await read(lines);
    expect(history.incomplete).toEqual(['2026-10-11', '2026-10-30']);
    expect(history.filled).toEqual(['2026-10-11']);
    expect(history.to).toBe('2026-10-29');
  });

  it('fills gaps of up to a week from the same weekday, the nearer one weighing more', async () => {
    const history = await read(daily(40, (day) => (day >= 10 && day < 17) || day === 37));
    expect(history.filled).toEqual([10, 11, 12, 13, 14, 15, 16, 37].map(dateOf));
    // Halfway between two weeks: their geometric mean. Day 37 has only a week before it.
    expect(history.dailyPeaks[10]).toBeCloseTo(Math.sqrt(peakOf(3) * peakOf(17)), 9);
    expect(history.dailyPeaks[37]).toBe(peakOf(30));
    const twice = await read(daily(40, (day) => day === 10 || day === 17));
    expect(twice.dailyPeaks[10]).toBeCloseTo(peakOf(3) ** (2 / 3) * peakOf(24) ** (1 / 3), 9);
    expect(twice.dailyPeaks[17]).toBeCloseTo(peakOf(3) ** (1 / 3) * peakOf(24) ** (2 / 3), 9);
  });

  it('uses only what comes after a longer gap', async () => {
    const history = await read(daily(45, (day) => day >= 10 && day < 18));
    expect(history).toMatchObject({
      from: dateOf(18),
      leftOut: { from: dateOf(0), to: dateOf(9), gapDays: 8 },
      filled: [],
    });
    expect(history.dailyPeaks).toEqual(Array.from({ length: 27 }, (_, i) => peakOf(18 + i)));
  });

  it('that is too short is inconclusive, and says why', async () => {
    expect(await complaint(daily(20))).toMatch(
      /^HISTORY_TOO_SHORT 4 .*has 20 days of history, and a forecast needs at least 21/,
    );
    expect(await complaint(daily(50, (day) => day >= 30 && day < 38))).toContain(
      'has 12 days of history after a gap of 8 days that ends before 2026-11-08',
    );
    expect(await complaint('')).toContain('has 0 days of history');
    expect(await complaint('time,value\n')).toContain('has 0 days of history');
  });

  it('that cannot be used is answered with the line and what is wrong with it', async () => {
    const cases: [string, string][] = [
      ['2026-10-09,-4', 'has a value below 0'],
      ['2026-10-09,NaN', 'has a value that is no number'],
      ['2026-10-09,+Inf', 'has a value that is no number'],
      ['2026-10-09,1e999', 'has a value that is no number'],
      ['2026-10-09,12 req', 'has a value that is no number'],
      ['2026-02-30,5', 'has no time that can be read, or a day that does not exist'],
      ['09/10/2026,5', 'has no time that can be read'],
      ['2026-10-09 25:00,5', 'has no time that can be read'],
      ['2026-10-09,5,6', 'has 3 columns instead of two'],
      ['2026-10-09', 'has 1 column instead of two'],
      ['2026-10-08,5', 'has the time of the line before it'],
      ['2027-01-09,5', 'is of a time that has not come'],
      ['1990-10-09,5', 'is more than 3660 days from another line'],
    ];
    for (const [line, sentence] of cases) {
      const said = await complaint(['# a comment', 'time,rate', ...daily(8), line, ...daily(30).slice(9)]);
      expect(said).toMatch(/^DEMAND_INVALID 2 .*: line 11 \(/);
      expect(said).toContain(sentence);
    }
    expect(await complaint(daily(30).with(4, '2026-10-05,0'))).toContain('2026-10-05 has no value above 0');
    expect(await complaint(daily(50, (day) => day % 7 === 2))).toContain('has no Saturday that was measured whole');
    expect(await complaint('x'.repeat(10_000))).toContain('has a line of more than 4096 characters');
    expect(await complaint(daily(30), { intervalSeconds: 0 })).toContain('must be above 0 s');
    const missing = await readHistoryFile(join(folder, 'none.csv'), { now: NOW }).catch((error: unknown) => error);
    expect(String(missing)).toContain('none.csv cannot be read (ENOENT)');
  });

  it('keeps memory that grows with days, not with values', () => {
    const collector = new PeakCollector();
    const used = (): number => {
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const fill = (from: number, to: number): void => {
      for (let second = from; second < to; second++) collector.add(FIRST + second * 1000, 1 + (second % 60));
    };
    fill(0, 30 * 86_400);
    const before = used();
    // The same days twice more.
    for (let round = 0; round < 2; round++) fill(0, 30 * 86_400);
    expect(used() - before).toBeLessThan(16e6);
    expect(collector.result().peaks).toHaveLength(30);
    // The mean of 1 to 60.
    expect(collector.result().peaks[7]?.peak).toBe(30.5);
  });
});
