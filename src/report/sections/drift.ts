import type { DriftResult, Run, SoakResult } from '../../results/schema.ts';
import type { BurnLine, DriftLine, RunSeries } from '../../results/series.ts';
import { boundText, driftName, driftValue, gapText, inDriftOrder, limitText, perHourText } from '../drift-text.ts';
import { type Html, html, isolated } from '../html.ts';
import { lttb } from '../lttb.ts';
import { clock, percent } from '../numbers.ts';
import { section, state, table } from './parts.ts';

/** Units of the small charts. */
const WIDTH = 200;
const HEIGHT = 44;
const BURN = { width: 420, height: 90 };
const POINTS = 100;
/** Times the usual distance of two points from where on there is a gap between them. */
const GAP = 3;
/** Where the judged part begins. */
const JUDGED_FROM = 0.25;

/** Whether the target drifted, how error budgets were used up, and the worst minute; null for a run that was no soak. */
export function driftSection({ drift, soak, slo }: Run, series: RunSeries): Html | null {
  if (drift === undefined || soak === undefined) return null;
  return section(
    'drift',
    'Drift',
    html`${table({
      labelledBy: 'drift',
      caption: caption(drift, soak),
      columns: [
        { title: 'Figure', text: true },
        { title: 'Over time', text: true, className: 'spark-column' },
        { title: 'At first' },
        { title: 'Per hour' },
        { title: 'Limit' },
        { title: 'Verdict', text: true },
      ],
      rows: inDriftOrder(drift).map((each) => row(each, series.soak?.drift)),
    })}${left(soak)}${burnFigures(series.soak?.burn ?? [], slo)}${worstMinute(soak)}`,
    'long',
  );
}

function caption(drift: readonly DriftResult[], { binSeconds, budget, stopped }: SoakResult): Html {
  const failed = drift.filter(({ verdict }) => verdict === 'fail').length;
  const compressed = binSeconds < 900 ? ` Time is compressed: an hour has four bins of ${binSeconds} s.` : '';
  const ended = stopped === null ? '' : ` Ended early at ${clock(stopped.atSeconds)}: ${stopped.because}.`;
  return html`${failed} of ${drift.length} figures drift. A figure may rise by ${percent(budget)} of its level in 24 hours. The first quarter, in which things warm up, is left out.${compressed}${ended}`;
}

const STATES = {
  pass: ['ok', 'steady'],
  fail: ['no', 'drifts'],
  inconclusive: ['unknown', 'not known'],
} as const;

function row(result: DriftResult, lines: readonly DriftLine[] | undefined): Html {
  const [kind, word] = STATES[result.verdict];
  const bound = boundText(result);
  const source =
    result.signal === 'latency' || result.signal === 'errorRate' ? null : html`<br><code>${result.source}</code>`;
  return html`<tr><th scope="row" class="wrap">${isolated(driftName(result))}${source}<small>${result.because}</small></th><td class="text spark-column">${chart(
    result,
    lines?.find(({ id }) => id === result.id),
  )}</td><td>${driftValue(result.unit, result.level)}</td><td>${perHourText(result)}${bound === '' ? null : html`<small>${bound}</small>`}</td><td>${limitText(result) ?? '–'}</td><td class="text">${state(kind, word)}</td></tr>`;
}

/** The figure in its cells and the line that it was judged by. */
function chart({ level, last }: DriftResult, line: DriftLine | undefined): Html | null {
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
  return html`<svg class="spark" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true"><rect width="${x(start)}" height="${HEIGHT}" /><path d="${path}" />${fitted}</svg>`;
}

function left({ gaps }: SoakResult): Html {
  if (gaps.length === 0) return html`<p class="note">Nothing was left out.</p>`;
  const shown = gaps.slice(0, 20).map(gapText);
  const more = gaps.length > 20 ? ` and ${gaps.length - 20} more` : '';
  return html`<p class="note">Left out: ${shown.join('; ')}${more}.</p>`;
}

/** What was left of each error budget over time. */
function burnFigures(lines: readonly BurnLine[], slos: Run['slo']): Html | null {
  if (lines.length === 0) return null;
  const { width, height } = BURN;
  const figures = lines.map(({ id, seconds, remaining }) => {
    const slo = slos.find((each) => each.id === id);
    const at = slo?.budget?.spentAtSeconds;
    const end = remaining.at(-1) ?? 1;
    const low = Math.min(0, ...remaining);
    const shown = Math.max(low, -1);
    const last = seconds.at(-1) || 1;
    const x = (second: number): number => tenth((second / last) * width);
    const y = (value: number): number => tenth(4 + ((1 - Math.max(value, shown)) / (1 - shown)) * (height - 8));
    const path = seconds
      .map((second, i) => (i === 0 ? `M0 ${y(1)}` : `H${x(second)}V${y(remaining[i] ?? 1)}`))
      .join('');
    const words = at == null ? `${percent(Math.max(0, end))} left` : `spent at ${clock(at)}`;
    return html`<figure><figcaption class="note">${isolated(id)}: ${words}</figcaption><svg class="spark burn" viewBox="0 0 ${width} ${height}" role="img" aria-label="Error budget of ${id} over the run: ${words}"><path class="level" d="M0 ${y(0)}H${width}" /><path d="${path}" /></svg></figure>`;
  });
  return html`<h3>Error budgets</h3><p class="note">What was left of each budget of the whole run; the broken line is nothing.</p><div class="pair">${figures}</div>`;
}

function worstMinute({ worstMinute: worst }: SoakResult): Html {
  if (worst === null) return html`<h3>Worst minute</h3><p class="note">No minute stands out.</p>`;
  const minute = html`<h3 id="worst-minute">Worst minute</h3><p>At ${clock(worst.atSeconds)}: ${worst.why}.</p>`;
  if (worst.candidates.length === 0) return html`${minute}<p class="note">Nothing else was unusual then.</p>`;
  return html`${minute}${table({
    labelledBy: 'worst-minute',
    caption:
      'What else was unusual in that minute: candidates for the cause, not its proof. Distance is from the median of its own history, in robust standard deviations.',
    columns: [{ title: 'Figure', text: true }, { title: 'Then' }, { title: 'Usually' }, { title: 'Distance' }],
    rows: worst.candidates.map(
      ({ name, value, usual, z }) =>
        html`<tr><th scope="row" class="wrap">${isolated(name)}</th><td>${plain(value)}</td><td>${plain(usual)}</td><td>${z < 0 ? '−' : '+'}${Math.min(999, Math.abs(z)).toFixed(0)}</td></tr>`,
    ),
  })}`;
}

function plain(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-GB', { maximumFractionDigits: 6 });
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
