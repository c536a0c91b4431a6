import type { Run, SloResult, Verdict } from '../../results/schema.ts';
import type { RunSeries } from '../../results/series.ts';
import { type Html, html } from '../html.ts';
import { inReadingOrder, observedText, sloNote, sloText, sloUse } from '../sentences.ts';
import { endpointName, section, state, table } from './parts.ts';

/** Said above the figures of a run that must not be judged by them. */
const CAUTIONS: Partial<Record<Verdict, string>> = {
  invalid: 'The measurement is invalid: these figures say nothing about the target.',
  interrupted: 'The run was stopped early: these figures cover only what ran.',
};

/** Width of a bar, and where on it the objective stands. */
const BAR = 120;
const LIMIT = 80;

/** Each objective with what was observed and how much of it is used up; broken ones first. */
export function objectivesSection({ slo, warmupSeconds, verdict }: Run, { endpoints }: RunSeries): Html {
  if (slo.length === 0) return section('objectives', 'Objectives', html`<p class="note">The run had none.</p>`);
  const charted = new Set(Object.keys(endpoints));
  const held = slo.filter(({ ok }) => ok).length;
  const warmup = warmupSeconds > 0 ? ` The warm-up of ${warmupSeconds} s is left out.` : '';
  return section(
    'objectives',
    'Objectives',
    html`${CAUTIONS[verdict] === undefined ? null : html`<p class="caution">${CAUTIONS[verdict]}</p>`}${table({
      labelledBy: 'objectives',
      caption: html`${held} of ${slo.length} held.${warmup}<span class="use-column"> The bar shows how much of the objective is used up; the line on it is the objective.</span>`,
      columns: [
        { title: 'Endpoint', text: true },
        { title: 'Objective', text: true },
        { title: 'Observed' },
        { title: 'Used', className: 'use-column' },
        { title: 'Verdict', text: true },
      ],
      rows: inReadingOrder(slo).map((each) => row(each, charted)),
    })}`,
    'long',
  );
}

function row(slo: SloResult, charted: ReadonlySet<string>): Html {
  const use = sloUse(slo);
  const shown = use === null ? '–' : Number.isFinite(use) && use < 10 ? `${Math.round(use * 100)} %` : '> 999 %';
  return html`<tr><th scope="row">${endpointName(slo.endpoint, charted)}</th><td class="text">${sloText(slo)}</td><td>${observedText(slo)}${noteOf(slo)}</td><td class="use-column"><span>${shown}</span>${bar(use, slo.ok)}</td><td class="text">${verdictOn(slo)}</td></tr>`;
}

/** A narrow screen leaves out what is left of a budget: how much of it is used says that too. */
function noteOf(slo: SloResult): Html | null {
  const note = sloNote(slo);
  if (note === null) return null;
  const at = note.endsWith(' of the budget left') ? note.indexOf(', ') : note.length;
  const left = at < note.length ? html`<span class="narrow-not">${note.slice(at)}</span>` : null;
  return html`<small>${note.slice(0, at)}${left}</small>`;
}

function verdictOn({ ok, observed }: SloResult): Html {
  if (observed === null) return state('unknown', 'no data');
  return ok ? state('ok', 'held') : state('no', 'broken');
}

function bar(use: number | null, ok: boolean): Html {
  const width = Math.round(Math.min(BAR, (use ?? 0) * LIMIT));
  const kind = ok ? ((use ?? 0) > 0.8 ? 'close' : 'held') : 'broken';
  return html`<svg class="use ${kind}" width="${BAR}" height="14" viewBox="0 0 ${BAR} 14" aria-hidden="true"><rect class="track" y="3" width="${BAR}" height="8" rx="4" /><rect class="used" y="3" width="${width}" height="8" rx="${Math.min(4, width / 2)}" /><path d="M${LIMIT} 0v14" /></svg>`;
}
