import type { SoakResult } from '../results/schema.ts';
import { LEAD_SHARE } from '../stats/drift.ts';
import { MAD_TO_SD, mad, median } from '../stats/order.ts';
import type { SoakHistory } from './history.ts';
import { risesOf } from './judge.ts';
import { isCounter, START_TIMES } from './signals.ts';

type WorstMinute = NonNullable<SoakResult['worstMinute']>;
type Candidate = WorstMinute['candidates'][number];

/** Robust standard deviations from where on a minute is worth a word, and another figure a candidate for its cause. */
const WORTH_A_WORD = 6;
const CANDIDATE = 4;
const MOST_CANDIDATES = 8;
/** Cells that a figure's own history must have. */
const FEWEST_CELLS = 12;
/** Noise that is taken as given even where the history shows less: of a latency's logarithm, and as a share of a level. */
const LEAST_LOG_SD = 0.05;
const LEAST_SHARE = 0.02;

/** One figure in each cell, with what its distance is measured on. */
interface Column {
  name: string;
  values: readonly number[];
  logarithmic: boolean;
  /** Least standard deviation, in the unit of the figure. */
  leastSd: number;
  /** What it is to a user: only these make a minute a bad one. */
  symptom: ((value: number, usual: number) => string) | null;
}

/**
 * The minute in which most went wrong for users, by failures and latency of every endpoint, each against its own history;
 * and what else was unusual in it: those are candidates for the cause, not its proof. The first quarter of the soak, in which
 * things warm up, is not looked at.
 *
 * Distances are in robust standard deviations: from the median, over 1.4826 × the median absolute deviation (P. J. Huber and
 * E. M. Ronchetti, "Robust Statistics", 2nd ed., 2009).
 *
 * @returns null when no minute stands out
 */
export function worstMinuteOf(history: SoakHistory): WorstMinute | null {
  const { times, firstSecond } = history;
  const from = firstJudged(history);
  const columns = scaledColumnsOf(history);
  let worst = { z: WORTH_A_WORD, at: -1, column: columns[0] };
  for (const column of columns) {
    if (column.symptom === null) continue;
    for (let at = from; at < times.length; at++) {
      const z = distance(column, column.values[at] ?? Number.NaN);
      if (z > worst.z) worst = { z, at, column };
    }
  }
  const { at, column: symptom } = worst;
  if (at < 0 || symptom?.symptom == null) return null;
  return {
    atSeconds: Math.max(0, (times[at] ?? 0) - (firstSecond ?? 0)),
    why: symptom.symptom(symptom.values[at] ?? Number.NaN, symptom.usual),
    candidates: candidatesIn(
      columns.filter((column) => column !== symptom),
      at,
    ),
  };
}

/**
 * What was unusual in a stretch of a run, each figure at its most unusual cell, the most unusual first: distances as those of
 * `worstMinuteOf`.
 *
 * @param stretch seconds since the run began
 * @param endpoint whose latency and failures are known to be bad, and are left out
 */
export function unusualIn(
  history: SoakHistory,
  stretch: { fromSeconds: number; untilSeconds: number },
  endpoint: string,
): Candidate[] {
  const { times, firstSecond } = history;
  const columns = scaledColumnsOf(history).filter(
    ({ name, symptom }) => symptom === null || !name.startsWith(`${endpoint} `),
  );
  const strongest = new Map<string, Candidate>();
  // The last cell may have been cut short.
  for (const [at, time] of times.slice(0, -1).entries()) {
    const seconds = time - (firstSecond ?? 0);
    if (seconds < stretch.fromSeconds || seconds >= stretch.untilSeconds) continue;
    for (const each of candidatesIn(columns, at)) {
      if (Math.abs(each.z) > Math.abs(strongest.get(each.name)?.z ?? 0)) strongest.set(each.name, each);
    }
  }
  return mostUnusual([...strongest.values()]);
}

const firstJudged = ({ times }: SoakHistory): number => Math.ceil(LEAD_SHARE * times.length);

type ScaledColumn = Column & Scale;

function scaledColumnsOf(history: SoakHistory): ScaledColumn[] {
  const from = firstJudged(history);
  return columnsOf(history).flatMap((column) => {
    const scale = scaleOf(column, from);
    return scale === null ? [] : [{ ...column, ...scale }];
  });
}

/** The figures that are unusual in a cell, the most unusual first. */
function candidatesIn(columns: readonly ScaledColumn[], at: number): Candidate[] {
  return mostUnusual(
    columns
      .filter((column) => Number.isFinite(column.values[at]))
      .map((column): Candidate => {
        const value = column.values[at] ?? Number.NaN;
        return { name: column.name, value, usual: column.usual, z: distance(column, value) };
      })
      .filter(({ z }) => Math.abs(z) >= CANDIDATE),
  );
}

const mostUnusual = (candidates: readonly Candidate[]): Candidate[] =>
  candidates.toSorted((a, b) => Math.abs(b.z) - Math.abs(a.z)).slice(0, MOST_CANDIDATES);

function columnsOf(history: SoakHistory): Column[] {
  const { cellSeconds } = history;
  const endpoints = [...history.endpoints].flatMap(([name, { p50, p95, failed, requests }]): Column[] => {
    const rates = requests.map((count) => count / cellSeconds);
    const latency = (metric: string, values: readonly number[]): Column => ({
      name: `${name} ${metric}`,
      values,
      logarithmic: true,
      leastSd: LEAST_LOG_SD,
      symptom: (value, usual) => `${metric} of ${name} was ${short(value)} ms, usually ${short(usual)} ms`,
    });
    return [
      latency('p50', p50),
      latency('p95', p95),
      {
        name: `${name} failed requests`,
        values: failed,
        logarithmic: false,
        leastSd: 1,
        symptom: (value) => `${value} requests of ${name} failed`,
      },
      { name: `${name} requests/s`, values: rates, logarithmic: false, leastSd: 0, symptom: null },
    ];
  });
  const target = [...history.target.values()].flatMap(({ metric, labels, values }): Column[] => {
    // Clocks are no cause.
    if (START_TIMES.includes(metric) || /_timestamp_|_time_seconds$/.test(metric)) return [];
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const name = pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`;
    const counter = isCounter(metric);
    const shown = counter ? risesOf(values).map((rise) => rise / cellSeconds) : values;
    return [{ name: counter ? `${name} per s` : name, values: shown, logarithmic: false, leastSd: 0, symptom: null }];
  });
  return [...endpoints, ...target];
}

interface Scale {
  usual: number;
  sd: number;
}

/** Median and robust spread of a column's own history; null where it has too little of one, or never moves. */
function scaleOf({ values, logarithmic, leastSd }: Column, from: number): Scale | null {
  const known = values.slice(from).filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  if (known.length < FEWEST_CELLS) return null;
  const usual = median(known);
  const spread = MAD_TO_SD * mad(logarithmic ? known.map(Math.log) : known);
  const sd = Math.max(spread, leastSd, logarithmic ? 0 : LEAST_SHARE * Math.abs(usual));
  return sd > 0 ? { usual, sd } : null;
}

function distance({ logarithmic, usual, sd }: Column & Scale, value: number): number {
  return (logarithmic ? Math.log(value / usual) : value - usual) / sd;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
