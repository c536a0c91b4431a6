import type { DriftResult, Run, SoakResult } from '../../results/schema.ts';
import type { DriftLine, RunSeries } from '../../results/series.ts';
import { tenth } from '../axis.ts';
import { boundTexts, driftName, driftValue, gapText, inDriftOrder, limitText, perHourText } from '../drift-text.ts';
import { type Html, html, isolated } from '../html.ts';
import { lttb } from '../lttb.ts';
import { clock, percent } from '../numbers.ts';
import { endpointLink, section, state, table } from './parts.ts';

/** Units of the small charts. */
const WIDTH = 200;
const HEIGHT = 44;
const POINTS = 100;
/** Times the usual distance of two points from where on there is a gap between them. */
const GAP = 3;
/** Where the judged part begins. */
const JUDGED_FROM = 0.25;
/** A reason that so many figures share is told once for all of them. */
const SHARED_BY = 3;
/** Stretches left out that are told one by one. */
const MOST_GAPS = 20;

/** Whether the target drifted; null for a run that was no soak. */
export function driftSection({ drift, soak }: Run, series: RunSeries): Html | null {
  if (drift === undefined || soak === undefined) return null;
  const shared = sharedReasons(drift);
  return section(
    'drift',
    'Drift',
    html`${table({
      labelledBy: 'drift',
      caption: caption(drift, soak),
      columns: [
        { title: 'Figure', text: true, csv: ['Figure', 'Unit', 'Because'] },
        // Second, so that a narrow screen shows it without being moved.
        { title: 'Verdict', text: true },
        { title: 'Over time', text: true, className: 'spark-column' },
        { title: 'At first' },
        { title: 'Per hour', csv: ['Per hour', 'At least', 'At most'] },
        { title: 'Limit', csv: ['Limit', 'Hours until it'] },
      ],
      rows: inDriftOrder(drift).map((each) => row(each, series.soak?.drift, shared)),
    })}${[...shared].map(sharedReason)}${left(soak)}`,
    'long',
  );
}

function caption(drift: readonly DriftResult[], { binSeconds, budget, stopped }: SoakResult): Html {
  const failed = drift.filter(({ verdict }) => verdict === 'fail').length;
  const compressed = binSeconds < 900 ? ` Time is compressed: an hour has four bins of ${binSeconds} s.` : '';
  const ended = stopped === null ? '' : ` Ended early at ${clock(stopped.atSeconds)}: ${stopped.because}.`;
  return html`${failed} of ${drift.length} figures ${failed === 1 ? 'drifts' : 'drift'}. A figure may rise by ${percent(budget)} of its level in 24 hours. The first quarter, in which things warm up, is shaded and left out; the broken line is what was judged.${compressed}${ended}`;
}

const STATES = {
  pass: ['ok', 'steady'],
  fail: ['no', 'drifts'],
  inconclusive: ['unknown', 'not known'],
} as const;

/** The most frequent reason of each verdict, where many figures share it. */
function sharedReasons(drift: readonly DriftResult[]): Map<string, DriftResult['verdict']> {
  const shared = new Map<string, DriftResult['verdict']>();
  for (const wanted of ['inconclusive', 'pass'] as const) {
    const counts = new Map<string, number>();
    for (const { verdict, because } of drift) {
      if (verdict === wanted) counts.set(because, (counts.get(because) ?? 0) + 1);
    }
    const [most] = [...counts].sort((a, b) => b[1] - a[1]);
    if (most !== undefined && most[1] >= SHARED_BY) shared.set(most[0], wanted);
  }
  return shared;
}

function sharedReason([because, verdict]: [string, DriftResult['verdict']]): Html {
  const [kind, word] = STATES[verdict];
  return html`<p class="note">${state(kind, word)} where no reason is given: ${because}.</p>`;
}

function row(
  result: DriftResult,
  lines: readonly DriftLine[] | undefined,
  shared: ReadonlyMap<string, DriftResult['verdict']>,
): Html {
  const { unit, because, level, perHour, limit, hoursToLimit } = result;
  const [kind, word] = STATES[result.verdict];
  const name = driftName(result);
  const source =
    result.signal === 'latency' || result.signal === 'errorRate' ? null : html`<br><code>${result.source}</code>`;
  const reason = shared.get(because) === result.verdict ? null : html`<small>${because}</small>`;
  return html`<tr><th scope="row" class="wrap figure" data-values="${csv(name, unit, because)}">${
    result.signal === 'latency' ? endpointLink(result.source, name) : isolated(name)
  }${source}${reason}</th><td class="text">${state(kind, word)}</td><td class="text spark-column">${chart(
    result,
    lines?.find(({ id }) => id === result.id),
  )}</td><td data-value="${level ?? ''}">${driftValue(unit, level)}</td><td data-values="${csv(
    perHour?.slope,
    perHour?.lower,
    perHour?.upper,
  )}">${perHourText(result)}${boundTexts(result).map((bound) => html`<small class="one">${bound}</small>`)}</td><td data-values="${csv(limit, hoursToLimit)}">${limitText(result) ?? '–'}</td></tr>`;
}

/** Values of the columns that a cell stands for in a CSV file. */
function csv(...values: readonly (string | number | null | undefined)[]): string {
  return JSON.stringify(values.map((value) => String(value ?? '')));
}

/** The figure in its cells, the line that it was judged by, and between which values it lay. */
function chart({ level, last, unit }: DriftResult, line: DriftLine | undefined): Html | null {
  if (line === undefined || line.values.length < 2) return null;
  const kept = lttb(line.values, POINTS);
  const points = kept.map((i) => [line.seconds[i] ?? 0, line.values[i] ?? 0] as const);
  const from = line.seconds[0] ?? 0;
  const to = line.seconds.at(-1) ?? 1;
  const values = points.map(([, value]) => value);
  const low = Math.min(...values, level ?? Infinity);
  const high = Math.max(...values, last ?? -Infinity);
  const x = (second: number): number => tenth(((second - from) / (to - from || 1)) * WIDTH);
  const y = (value: number): number => tenth(HEIGHT - 3 - ((value - low) / (high - low || 1)) * (HEIGHT - 6));
  const usual = (to - from) / Math.max(1, points.length - 1);
  const path = points
    .map(([second, value], i) => {
      const before = points[i - 1];
      const broken = before === undefined || second - before[0] > GAP * usual;
      return `${broken ? 'M' : 'L'}${x(second)} ${y(value)}`;
    })
    .join('');
  const start = from + JUDGED_FROM * (to - from);
  const fitted =
    level === null || last === null
      ? null
      : html`<path class="level" d="M${x(start)} ${y(level)}L${WIDTH} ${y(last)}" />`;
  const [least, most] = [driftValue(unit, low), driftValue(unit, high)];
  return html`<svg class="spark" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><rect width="${x(start)}" height="${HEIGHT}" /><path d="${path}" />${fitted}</svg><small>${least === most ? least : `${least} to ${most}`}</small>`;
}

function left({ gaps }: SoakResult): Html {
  if (gaps.length === 0) return html`<p class="note">No other stretch was left out.</p>`;
  const shown = gaps.slice(0, MOST_GAPS).map(gapText);
  const more = gaps.length > MOST_GAPS ? ` and ${gaps.length - MOST_GAPS} more` : '';
  return html`<p class="note">Also left out: ${shown.join('; ')}${more}.</p>`;
}
