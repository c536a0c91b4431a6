import type { Run } from '../../results/schema.ts';
import type { RunSeries } from '../../results/series.ts';
import { addressText } from '../address.ts';
import { type Html, html, isolated } from '../html.ts';
import { clock, latency } from '../numbers.ts';
import { section, table } from './parts.ts';

/** What is shown around the minute when the reader follows the link to it, in seconds before and after. */
const AROUND = 300;
/** Distances beyond it are all the same. */
const FARTHEST = 999;

/** The minute in which most went wrong and what else was unusual then; null for a run that was no soak. */
export function worstMinuteSection({ soak }: Run, { seconds, endpoints }: RunSeries): Html | null {
  if (soak === undefined) return null;
  const worst = soak.worstMinute;
  if (worst === null) return section('worst-minute', 'Worst minute', html`<p class="note">No minute stands out.</p>`);
  const { atSeconds: at, why, candidates } = worst;
  const address = addressText({
    endpoint: endpointIn(why, Object.keys(endpoints)),
    view: [Math.max(0, at - AROUND), Math.min(seconds.at(-1) ?? at, at + 60 + AROUND)],
    logarithmic: null,
    compared: null,
  });
  const minute = html`<p>At ${clock(at)}: ${why}. <a class="only-scripted" href="${address}">Show it in the charts</a></p>`;
  if (candidates.length === 0) {
    return section('worst-minute', 'Worst minute', html`${minute}<p class="note">Nothing else was unusual then.</p>`);
  }
  return section(
    'worst-minute',
    'Worst minute',
    html`${minute}${table({
      labelledBy: 'worst-minute',
      caption:
        'What else was unusual in that minute: candidates for the cause, not its proof. Distance is from the median of its own history, in robust standard deviations.',
      columns: [{ title: 'Figure', text: true }, { title: 'Then' }, { title: 'Usually' }, { title: 'Distance' }],
      rows: candidates.map(
        ({ name, value, usual, z }) =>
          html`<tr><th scope="row" class="wrap">${isolated(name)}</th><td data-value="${value}">${inItsUnit(name, value)}</td><td data-value="${usual}">${inItsUnit(name, usual)}</td><td data-value="${z}">${distance(z)}</td></tr>`,
      ),
    })}`,
  );
}

/** Of the endpoints that a sentence names, the one with the longest name. */
function endpointIn(sentence: string, endpoints: readonly string[]): string | null {
  const named = endpoints.filter((name) => sentence.includes(` of ${name} `));
  return named.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

function distance(z: number): string {
  const far = Math.abs(z);
  if (far > FARTHEST) return z < 0 ? `< −${FARTHEST}` : `> ${FARTHEST}`;
  return `${z < 0 ? '−' : '+'}${far.toFixed(0)}`;
}

/** Latencies of an endpoint are in milliseconds; all else says its unit in its name, if it has one. */
function inItsUnit(name: string, value: number): string {
  return / p(?:50|95)$/.test(name) ? latency(value) : plain(value);
}

function plain(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-GB', { maximumFractionDigits: 6 });
}
