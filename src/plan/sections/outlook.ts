/** Sections of what lies ahead: demand, and what changes would buy. */
import { type Html, html, isolated } from '../../report/html.ts';
import { latency } from '../../report/numbers.ts';
import { section, table } from '../../report/sections/parts.ts';
import { changesChart } from '../charts/changes.ts';
import { demandChart } from '../charts/demand.ts';
import { areaKey, legend, lineKey } from '../charts/frame.ts';
import { dateText, PERCENTILES, rates, times, whenText } from '../figures.ts';
import type { Plan, WhatIf } from '../schema.ts';

export function demandSection(plan: Plan): Html {
  const { demand, now } = plan;
  const title = 'Demand ahead';
  if (demand === null) {
    return section(
      'demand',
      title,
      html`<p class="note">Neither growth nor a history of demand was given, so no date can be named.</p>`,
    );
  }
  const when = whenText(now, demand);
  return section(
    'demand',
    title,
    html`<p class="note">Demand passes the limit: ${when}. P10 is the day by which it has happened in one future of ten, P50 in five, P90 in nine.</p>
${legend([
  ...(demand.history.length === 0 ? [] : [[lineKey('curve past'), 'daily peaks so far'] as const]),
  [lineKey('curve'), 'P50 of demand'],
  [areaKey('confidence'), 'P10 to P90'],
  [areaKey('limit'), 'limit, interval'],
])}
${demandChart(plan) ?? html`<p class="note">There is nothing to draw.</p>`}
${list(demand.assumptions)}`,
  );
}

export function changesSection(plan: Plan): Html {
  const { whatIfs, network, networkMissing } = plan;
  const title = 'What changes would buy';
  if (whatIfs.length === 0) {
    return section(
      'changes',
      title,
      html`<p class="note">${network === null ? `No change can be predicted: ${networkMissing ?? 'there is no model.'}` : 'None was asked about.'}</p>`,
    );
  }
  const chart = changesChart(plan);
  return section(
    'changes',
    title,
    html`${
      chart === null
        ? null
        : html`${legend([
            [areaKey('bar'), 'limit, lower bound'],
            [lineKey('whisker'), 'up to the upper bound'],
            [lineKey('naive'), 'what scaling in proportion would promise'],
          ])}${chart}`
    }
${table({
  labelledBy: 'changes',
  caption:
    'The most capacity first. Predicted by the queueing model before anything was changed; factors are of today’s limit, means are at 70 % of it. “Beyond”: not within the days that were looked at.',
  columns: [
    { title: 'Change', text: true },
    { title: 'Limit now → then' },
    { title: 'Factor' },
    { title: 'In proportion' },
    { title: 'Demand passes it (P50)' },
    { title: 'Mean response' },
    { title: 'Gives in first', text: true },
  ],
  rows: whatIfs.map((whatIf) => rowOf(whatIf, plan)),
})}
<div class="choices">${whatIfs.map(choiceOf)}</div>`,
    'long',
  );
}

/** In words on every screen. */
const NOT_PREDICTED = html`<span class="state unknown">not predicted</span>`;

function rowOf({ spec, outlook, factor, naiveFactor, meanResponse, bindingResource }: WhatIf, { now }: Plan): Html {
  const name = html`<th scope="row">${isolated(spec)}</th>`;
  if (outlook === null) {
    return html`<tr>${name}<td>${NOT_PREDICTED}</td><td>–</td><td>–</td><td>–</td><td>–</td><td class="text">–</td></tr>`;
  }
  const { exhausted } = outlook;
  const ends = PERCENTILES.filter(([key]) => key !== 'p50').map(
    ([key, word]) => `${word} ${dateText(exhausted?.[key] ?? null)}`,
  );
  const date = exhausted === null ? '–' : html`${dateText(exhausted.p50)}<small>${ends.join(', ')}</small>`;
  const mean =
    meanResponse === null
      ? '–'
      : html`${latency(meanResponse.after)}<small>now ${latency(meanResponse.before)}</small>`;
  return html`<tr>${name}<td>${rates(now.limit).slice(0, -2)} → ${rates(outlook.limit)}</td><td>${factor === null ? '–' : times(factor)}</td><td>${naiveFactor === null ? '–' : times(naiveFactor)}</td><td>${date}</td><td>${mean}</td><td class="text">${bindingResource === null ? '–' : isolated(bindingResource)}</td></tr>`;
}

function choiceOf({ spec, refused, advice, assumptions }: WhatIf): Html {
  return html`<div><h3>${isolated(spec)}</h3>${refused === null ? null : html`<p>${NOT_PREDICTED} ${refused}</p>`}${advice === refused ? null : html`<p>${advice}</p>`}${assumptions.length === 0 ? null : html`<ul>${assumptions.map((each) => html`<li>${each}</li>`)}</ul>`}</div>`;
}

/** Sentences below each other; null without one. */
export function list(sentences: readonly string[]): Html | null {
  return sentences.length === 0
    ? null
    : html`<ul class="plain">${sentences.map((each) => html`<li>${each}</li>`)}</ul>`;
}
