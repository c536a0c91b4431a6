import type { Run, Verdict } from '../../results/schema.ts';
import { type Html, html } from '../html.ts';
import { count, duration, percent } from '../numbers.ts';
import { verdictSentence } from '../sentences.ts';

const WORDS: Record<Verdict, string> = {
  pass: 'Pass',
  fail: 'Fail',
  invalid: 'Invalid measurement',
  inconclusive: 'Inconclusive',
  interrupted: 'Interrupted',
};

/** A shape for each verdict, so that it is told without colour too: disc with tick, octagon with cross, triangle, square. */
const SHAPES: Record<Verdict, Html> = {
  pass: html`<circle cx="12" cy="12" r="11" /><path d="M7 12.5l3.3 3.3L17 9" />`,
  fail: html`<path d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z" /><path d="M8 8l8 8M16 8l-8 8" />`,
  invalid: html`<path d="M12 1.5L23 22H1z" /><path d="M12 9v6M12 18v.6" />`,
  inconclusive: html`<rect x="1.5" y="1.5" width="21" height="21" rx="4" /><path d="M7 12h10" />`,
  interrupted: html`<rect x="1.5" y="1.5" width="21" height="21" rx="4" /><path d="M9 8v8M15 8v8" />`,
};

/** What everybody reads: the verdict, why, and the figures that say how large the run was. */
export function headerSection(run: Run): Html {
  const seconds = run.requests.rate > 0 ? run.requests.count / run.requests.rate : 0;
  const share = run.requests.count > 0 ? run.requests.failed / run.requests.count : 0;
  const figures: [string, string][] = [
    ['Requests', count(run.requests.count)],
    ['Requests per second', count(run.requests.rate)],
    ['Failed', percent(share)],
    [
      'Journeys',
      run.iterations.planned === null
        ? count(run.iterations.count)
        : `${count(run.iterations.count)} of ${count(Math.round(run.iterations.planned))}`,
    ],
    ['Dropped journeys', count(run.requests.droppedIterations)],
    ['Length', duration(seconds)],
  ];
  return html`<header class="${run.verdict}"><div>
<div class="top"><h1>${run.scenario} against ${run.target} · ${run.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</h1>
<button type="button" id="theme" class="only-scripted">Light / dark</button></div>
<p class="verdict"><svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${SHAPES[run.verdict]}</svg>${WORDS[run.verdict]}</p>
<p class="why">${verdictSentence(run)}</p>
<dl class="figures">${figures.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
</div></header>`;
}
