import { DEFAULT_UNCERTAINTY_SHARE } from './growth.ts';
import type { DemandAssumptions } from './model.ts';

const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
const rate = (perSecond: number): string => `${Number(perSecond.toPrecision(3))}/s`;
const MOST_NAMED = 10;

/** What a forecast of demand rests on, in words: one sentence each. */
export function sentencesOf({ peak, growth, history, events }: DemandAssumptions): string[] {
  const sentences: string[] = [];
  if (growth !== null) {
    const uncertainty = `${percent(growth.uncertaintyPerMonth * (1 + growth.perMonth))} a month`;
    sentences.push(
      `Today's peak is ${rate(peak)}, and demand grows by ${percent(growth.perMonth)} a month, compound, as stated.`,
      growth.uncertaintyStated
        ? `The growth has a standard deviation of ${uncertainty}, as stated.`
        : `No uncertainty was stated: the growth has a standard deviation of ${uncertainty} (${percent(DEFAULT_UNCERTAINTY_SHARE, 0)} of it, at least 1 %).`,
    );
  }
  if (history !== null) sentences.push(...historySentences(peak, history));
  for (const { from, until, factor } of events) {
    const when =
      until === null ? `from ${from} on, for good` : until === from ? `on ${from}` : `from ${from} to ${until}`;
    sentences.push(`Demand is multiplied by ${factor} ${when}.`);
  }
  return sentences;
}

function historySentences(peak: number, history: NonNullable<DemandAssumptions['history']>): string[] {
  const { filled, incomplete, leftOut, staleDays } = history;
  const highest = history.season.reduce((a, b) => (b.factor > a.factor ? b : a));
  const lowest = history.season.reduce((a, b) => (b.factor < a.factor ? b : a));
  const sentences = [
    `Demand is foretold from ${history.days} daily peaks, ${history.from} to ${history.to} (days of ${history.timeZone}), of ${history.source}.`,
    `The highest of the last seven days, ${rate(peak)}, is today's peak.`,
    `At its end it grows by ${percent(history.growthPerMonth)} a month (standard deviation ${percent(history.growthUncertaintyPerMonth)}); with a probability of ${percent(history.slowsDown, 0)} that growth slows down.`,
    `${highest.weekday} is the highest day of the week (×${highest.factor.toFixed(2)}), ${lowest.weekday} the lowest (×${lowest.factor.toFixed(2)}); days differ by ${percent(history.noise)} from what the day before foretells.`,
  ];
  if (filled.length > 0) {
    sentences.push(`${count(filled.length)} filled in from the same weekday before and after: ${listed(filled)}.`);
  }
  if (incomplete.length > 0) {
    sentences.push(
      `${count(incomplete.length)} measured in part only, and taken as not measured: ${listed(incomplete)}.`,
    );
  }
  if (leftOut !== null) {
    sentences.push(`What lies before a gap of ${leftOut.gapDays} days is not used: ${leftOut.from} to ${leftOut.to}.`);
  }
  if (staleDays > 1) sentences.push(`The history ended ${staleDays} days ago: the days since are foretold too.`);
  return sentences;
}

const count = (days: number): string => (days === 1 ? '1 day was' : `${days} days were`);

const listed = (days: readonly string[]): string =>
  days.length <= MOST_NAMED
    ? days.join(', ')
    : `${days.slice(0, MOST_NAMED).join(', ')} and ${days.length - MOST_NAMED} more`;
