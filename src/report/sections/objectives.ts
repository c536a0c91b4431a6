import type { Run, SloResult } from '../../results/schema.ts';
import { type Html, html } from '../html.ts';
import { sloText, sloUse, sloValue } from '../sentences.ts';

/** Each objective with what was observed and how much of it is used up. */
export function objectivesSection(run: Run): Html {
  if (run.slo.length === 0) {
    return html`<section aria-labelledby="slo"><h2 id="slo">Objectives</h2><p class="note">The run had none.</p></section>`;
  }
  return html`<section aria-labelledby="slo"><h2 id="slo">Objectives</h2><div class="scroll" tabindex="0" role="group" aria-labelledby="slo"><table>
<caption>Warm-up left out${run.warmupSeconds > 0 ? ` (${run.warmupSeconds} s)` : ''}. The bar shows how much of the objective is used up.</caption>
<thead><tr><th scope="col">Endpoint</th><th scope="col" class="text">Objective</th><th scope="col">Observed</th><th scope="col">Used</th><th scope="col" class="text">Held</th></tr></thead>
<tbody>${run.slo.map(row)}</tbody></table></div></section>`;
}

function row(slo: SloResult): Html {
  const use = sloUse(slo);
  const kind = use === null || use > 1 ? 'over' : use > 0.8 ? 'close' : '';
  const shown = use === null ? '–' : Number.isFinite(use) ? `${Math.round(use * 100)} %` : 'over';
  const width = Math.min(100, Math.round((use ?? 0) * 100));
  return html`<tr><th scope="row">${slo.endpoint}</th><td class="text">${sloText(slo)}</td><td>${slo.observed === null ? 'no samples' : sloValue(slo.observed, slo.unit)}</td>
<td>${shown} <span class="use ${kind}" aria-hidden="true"><i style="width:${width}%"></i></span></td>
<td class="text"><span class="state ${slo.ok ? 'ok' : 'no'}">${slo.ok ? '✓ held' : '✗ broken'}</span></td></tr>`;
}
