import type { Run, SloResult } from '../../results/schema.ts';
import type { BurnLine, RunSeries } from '../../results/series.ts';
import { tenth, timeTicks } from '../axis.ts';
import { type Html, html, isolated } from '../html.ts';
import { clock, count, percent } from '../numbers.ts';
import { sloText } from '../sentences.ts';
import { endpointName, section } from './parts.ts';

/** Units of a chart, and where its plot lies in it. */
const WIDTH = 460;
const HEIGHT = 130;
const [LEFT, RIGHT, TOP, BOTTOM] = [48, 452, 8, 106];
/** An overspent budget is drawn down to here: how far it fell beyond is in the words. */
const LOWEST = -1;
const MOST_TIMES = 6;

/** How the error budgets of objectives over the whole run were used up; null for a run that has none to tell of. */
export function budgetsSection({ slo }: Run, { soak, endpoints }: RunSeries): Html | null {
  const lines = (soak?.burn ?? []).map((line) => ({ line, slo: slo.find(({ id }) => id === line.id) }));
  if (lines.length === 0) return null;
  const left = ({ line }: (typeof lines)[number]): number => line.remaining.at(-1) ?? 1;
  const charted = new Set(Object.keys(endpoints));
  const spent = lines.filter(({ slo }) => slo?.budget?.spentAtSeconds != null).length;
  return section(
    'budgets',
    'Error budgets',
    html`<p class="note">${spent} of ${count(lines.length)} spent. What was left of each budget of the whole run, the least first; the broken line is nothing.</p><div class="pair budgets">${lines
      .toSorted((a, b) => left(a) - left(b))
      .map(({ line, slo }) => figure(line, slo, charted))}</div>`,
    'long',
  );
}

function figure({ id, seconds, remaining }: BurnLine, slo: SloResult | undefined, charted: ReadonlySet<string>): Html {
  const at = slo?.budget?.spentAtSeconds ?? null;
  const end = remaining.at(-1) ?? 1;
  const words = at === null ? `${percent(Math.max(0, end))} left` : `spent at ${clock(at)}`;
  const floor = Math.max(LOWEST, Math.min(0, ...remaining));
  const last = seconds.at(-1) || 1;
  const x = (second: number): number => tenth(LEFT + (second / last) * (RIGHT - LEFT));
  const y = (value: number): number => tenth(TOP + ((1 - Math.max(value, floor)) / (1 - floor)) * (BOTTOM - TOP));
  const path = seconds
    .map((second, i) => (i === 0 ? `M${LEFT} ${y(1)}` : `H${x(second)}V${y(remaining[i] ?? 1)}`))
    .join('');
  const levels = [1, 0.5, 0, ...(floor < -0.25 ? [floor] : [])].map(
    (value) =>
      html`<path class="${value === 0 ? 'level' : 'grid'}" d="M${LEFT} ${y(value)}H${RIGHT}" /><text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${Math.round(value * 100)} %</text>`,
  );
  const times = timeTicks(last, MOST_TIMES).map(
    (second) =>
      html`<path class="grid" d="M${x(second)} ${BOTTOM}v4" /><text x="${x(second)}" y="${HEIGHT - 6}" text-anchor="${second === 0 ? 'start' : x(second) > RIGHT - 20 ? 'end' : 'middle'}">${clock(second)}</text>`,
  );
  const spent = at === null ? null : html`<path class="spent" d="M${x(at)} ${TOP}V${BOTTOM}" />`;
  const title = slo === undefined ? isolated(id) : html`${endpointName(slo.endpoint, charted)} ${sloText(slo)}`;
  const points = seconds.map((second, i) => [second, Number((remaining[i] ?? 1).toPrecision(4))]);
  return html`<figure data-line="${JSON.stringify(points)}" data-name="budget-${id}"><figcaption>${title}: <b${at === null ? null : html` class="broken"`}>${words}</b></figcaption><svg class="burn" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Error budget of ${id} over the run: ${words}">${levels}${times}${spent}<path class="line" d="${path}" /></svg></figure>`;
}
