import { createReadStream } from 'node:fs';
import { HeadroomError } from '../errors.ts';
import { CsvReader } from './csv.ts';
import { MOST_DAYS, PeakCollector } from './daily-peaks.ts';
import { type History, historyOf } from './history.ts';
import { localTimeOf } from './zone.ts';

/** How a file of demand is to be read. */
export interface HistoryFileOptions {
  /** Where days begin and what times without an offset mean, by IANA name. */
  timeZone?: string;
  /** The values are requests in so many seconds instead of rates per second. */
  intervalSeconds?: number;
  /** Times after it are refused. */
  now: Date;
}

const LONGEST_LINE = 4096;
const DAY_AHEAD_MS = 86_400_000;

/**
 * Reads a history of demand from a CSV file, as docs/reference/demand.md describes. The file is streamed: memory grows
 * with the number of days, not of lines.
 *
 * @throws HeadroomError DEMAND_INVALID, HISTORY_TOO_SHORT
 */
export async function readHistoryFile(path: string, options: HistoryFileOptions): Promise<History> {
  const { timeZone = 'UTC', intervalSeconds = 1, now } = options;
  if (!(intervalSeconds > 0)) {
    throw new HeadroomError('DEMAND_INVALID', 'The interval of a history must be above 0 s.', 'Give its seconds.');
  }
  const localTime = localTimeOf(timeZone);
  const collector = new PeakCollector();
  const reader = new CsvReader(path);
  const take = (line: string): void => {
    const read = reader.read(line);
    if (read === null) return;
    const { timeMs, local, value } = read;
    if (timeMs > now.getTime() + (local ? DAY_AHEAD_MS : 0)) {
      throw reader.invalid('is of a time that has not come', line);
    }
    if (!collector.add(local ? timeMs : localTime(timeMs), value / intervalSeconds)) {
      throw reader.invalid(
        `is more than ${MOST_DAYS} days from another line: seconds and milliseconds may be mixed`,
        line,
      );
    }
  };
  await eachLine(path, take);
  return historyOf(collector.result(), path, timeZone);
}

/** Hands on each line of a file, without its end. */
async function eachLine(path: string, take: (line: string) => void): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
      const text = rest + String(chunk);
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        take(text.slice(start, end));
        start = end + 1;
      }
      rest = text.slice(start);
      if (rest.length > LONGEST_LINE) {
        throw new HeadroomError(
          'DEMAND_INVALID',
          `${path} has a line of more than ${LONGEST_LINE} characters: it is no history.`,
          'Give a text file with a time and a value on each line.',
        );
      }
    }
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) throw error;
    throw new HeadroomError(
      'DEMAND_INVALID',
      `The history ${path} cannot be read (${String(error.code)}).`,
      'Correct the path, or the rights of the file.',
      { cause: error },
    );
  }
  if (rest !== '') take(rest);
}
