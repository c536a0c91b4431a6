/** The first screen: how much is left, until when, whether the multiple holds, in a sentence, in figures and in one bar. */
import { type Html, html, isolated, type Part } from '../../report/html.ts';
import { count } from '../../report/numbers.ts';
import { SHAPES } from '../../report/sections/header.ts';
import { headroomChart } from '../charts/headroom.ts';
import { answer, headline, PERCENTILES, probability, rate, rates, share, times } from '../figures.ts';
import type { Plan } from '../schema.ts';

export function headerOf(plan: Plan): Html {
  const { source } = plan;
  return html`<header class="${plan.verdict}"><div>
<h1>Capacity plan <span>for</span> ${isolated(source.target)}</h1>
<p class="verdict"><svg viewBox="0 0 24 24" aria-hidden="true">${SHAPES[plan.verdict]}</svg>${headline(plan)}</p>
<p class="why">${plan.summary}</p>
<dl class="figures answers">${entries(plan).map(([term, value, note], i) => html`<div${i === 4 ? html` class="wide"` : null}><dt>${term}</dt><dd>${value}${note === null ? null : html`<small>${note}</small>`}</dd></div>`)}</dl>
${headroomChart(plan)}</div></header>`;
}

function entries(plan: Plan): [term: string, value: Part, note: Part][] {
  const { now, oneLost, peak } = plan;
  const { asked, word, chance } = answer(plan);
  return [
    ['Headroom now', share(now.headroom), `${rate(peak)} of ${rates(now.limit)}`],
    [
      'With one instance lost',
      oneLost === null ? 'none' : share(oneLost.headroom),
      oneLost === null
        ? 'there is one instance only: its loss is an outage'
        : `${oneLost.instances - 1} of ${oneLost.instances} hold ${rate(oneLost.limit)}, ${oneLost.how}`,
    ],
    ['Largest multiple that holds', times(now.multiple), 'of today’s peak'],
    [asked, word, chance],
    exhaustion(plan),
  ];
}

function exhaustion({ now, demand }: Plan): [term: string, value: Part, note: Part] {
  const term = 'Demand passes the limit (P50)';
  if (now.exhausted === null || demand === null) return [term, 'no date', 'no growth and no history was given'];
  const { exhausted } = now;
  const within = `within ${count(demand.horizonDays)} days`;
  const ends = PERCENTILES.filter(([key]) => key !== 'p50').map(
    ([key, name]) => html`${name} ${exhausted[key] ?? `not ${within}`}<br>`,
  );
  const chance = now.probability === null ? null : html`${probability(now.probability)} that it does ${within}`;
  return [term, exhausted.p50 ?? `not ${within}`, html`${ends}${chance}`];
}
