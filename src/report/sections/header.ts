import type { Run, Verdict } from '../../results/schema.ts';
import { type Html, html, isolated, type Part } from '../html.ts';
import { count, duration, instant, percent } from '../numbers.ts';
import { runSeconds, verdictSentence } from '../sentences.ts';

const WORDS: Record<Verdict, string> = {
  pass: 'Pass',
  fail: 'Fail',
  invalid: 'Invalid measurement',
  inconclusive: 'Inconclusive',
  interrupted: 'Interrupted',
};

/** A shape for each verdict, so that it is told without colour too: disc with tick, octagon with cross, triangle, square. */
export const SHAPES: Record<Verdict, Html> = {
  pass: html`<circle cx="12" cy="12" r="11" /><path d="M7 12.5l3.3 3.3L17 9" />`,
  fail: html`<path d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z" /><path d="M8 8l8 8M16 8l-8 8" />`,
  invalid: html`<path d="M12 1.5L23 22H1z" /><path d="M12 9v6M12 18v.6" />`,
  inconclusive: html`<rect x="1.5" y="1.5" width="21" height="21" rx="4" /><path d="M7 12h10" />`,
  interrupted: html`<rect x="1.5" y="1.5" width="21" height="21" rx="4" /><path d="M9 8v8M15 8v8" />`,
};

/** What everybody reads: the verdict, why, and the figures that say how large the run was. */
export function headerSection(run: Run): Html {
  return html`<header class="${run.verdict}"><div>
<div class="top"><h1>${isolated(run.scenario)} <span>against</span> ${isolated(run.target)}</h1>
<button type="button" id="theme" class="only-scripted">Dark</button></div>
<p class="verdict"><svg viewBox="0 0 24 24" aria-hidden="true">${SHAPES[run.verdict]}</svg>${WORDS[run.verdict]}</p>
<p class="why">${verdictSentence(run)}</p>${
    run.image === undefined
      ? null
      : html`
<p class="why">Image <code>${run.image}</code></p>`
  }
<dl class="figures">${figures(run).map(([term, value, note]) => html`<div><dt>${term}</dt><dd>${value}${note === null ? null : html` <small>${note}</small>`}</dd></div>`)}</dl>
</div></header>`;
}

function figures(run: Run): [term: string, value: Part, note: string | null][] {
  const { requests, iterations } = run;
  const share = requests.count > 0 ? requests.failed / requests.count : null;
  const planned = iterations.planned === null ? null : `of ${count(Math.round(iterations.planned))}`;
  const started = instant(run.startedAt);
  return [
    ['Requests', count(requests.count), null],
    ['Requests per second', count(requests.rate), null],
    ['Failed requests', percent(share), requests.failed > 0 ? `${count(requests.failed)} in all` : null],
    ['Iterations', count(iterations.count), planned],
    ['Dropped iterations', count(requests.droppedIterations), null],
    ['Duration', duration(runSeconds(run)), null],
    ['Started', started.slice(0, 10), started.slice(11)],
  ];
}
