import { basename } from 'node:path';
import { Html, html, isolated } from '../report/html.ts';
import { bytes, count, duration, instant } from '../report/numbers.ts';
import { type Column, SKIP_LINK, section, state, table } from '../report/sections/parts.ts';
import { STYLE } from '../report/style.ts';
import type { ShelvedRun } from '../run/shelf.ts';
import { hashOf, type UiPage } from './page.ts';

const PAGE_STYLE = `${STYLE}
input[type=search]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:4px 10px;max-width:100%}
.find{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:0 0 14px}
.choose{position:sticky;bottom:0;display:flex;flex-wrap:wrap;gap:8px;margin:0;padding:12px 0 6px;background:var(--card)}
td.choice{padding:0}.choice input{margin:8px 6px;width:16px;height:16px}
header.list{--tone:var(--line-1)}header.list .why{margin-bottom:0}
tbody th{min-width:11em;max-width:none}
@media print{.find,.choose,th.choice,td.choice,caption{display:none}}`;

/** Runs that one page lists. */
const SHOWN = 200;

/** A search for capacity in the folder. */
export interface ListedSearch {
  id: string;
  target: string;
  headline: string;
}

export interface Listing {
  runs: readonly ShelvedRun[];
  searches: readonly ListedSearch[];
  unreadable: readonly { why: string }[];
  /** Words that were searched for. */
  query: string;
}

/** Whether every word of a query is in some of the texts. */
function matches(texts: readonly string[], query: string): boolean {
  const text = texts.join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The runs of a folder, newest first; works without a script. */
export function listPage({ runs, searches, unreadable, query }: Listing): UiPage {
  const policy = `default-src 'none'; style-src ${hashOf(PAGE_STYLE)}; base-uri 'none'; form-action 'self'`;
  const { text } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Runs · Headroom</title><style>${new Html(PAGE_STYLE)}</style></head>
<body>${SKIP_LINK}<header class="list"><div><h1>Headroom</h1><p class="why">Runs of this folder, newest first.</p></div></header>
<main id="content" tabindex="-1">${runsSection(
    runs.filter(({ id, scenario, target, verdict, startedAt }) =>
      matches([id, scenario, target, verdict, startedAt], query),
    ),
    query,
  )}${searchesSection(searches.filter(({ id, target, headline }) => matches([id, target, headline], query)))}${unreadableSection(unreadable)}</main></body></html>
`;
  return { text, policy };
}

/** Why there is no page, what to do, and the way to the runs. */
export function failurePage(sentence: string, remedy: string): UiPage {
  const policy = `default-src 'none'; style-src ${hashOf(PAGE_STYLE)}; base-uri 'none'; form-action 'none'`;
  const { text } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Not shown · Headroom</title><style>${new Html(PAGE_STYLE)}</style></head>
<body><header><div><h1>Headroom</h1><p class="verdict">Not shown</p><p class="why">${sentence} ${remedy}</p></div></header>
<main id="content"><p><a href="/">All runs</a></p></main></body></html>
`;
  return { text, policy };
}

function runsSection(found: readonly ShelvedRun[], query: string): Html {
  const search = html`<form class="find" method="get" action="/" role="search"><label>Search <input type="search" name="q" value="${query}"></label> <button type="submit">Search</button>${query === '' ? null : html` <a href="/">all runs</a>`}</form>`;
  if (found.length === 0) {
    return section(
      'runs',
      'Runs',
      html`${search}<p class="note">${query === '' ? 'There is no run yet.' : html`No run has “${isolated(query)}” in its id, scenario, target, verdict or date.`}</p>`,
    );
  }
  const cut = found.length > SHOWN ? `The newest ${SHOWN} of ${count(found.length)} are shown.` : null;
  const comparable = found.length > 1;
  const choice = (title: string): Column => ({ title, text: true, className: 'choice' });
  const runs = table({
    labelledBy: 'runs',
    caption: [comparable ? 'Choose A and B to compare two runs.' : null, cut].filter((part) => part !== null).join(' '),
    columns: [
      ...(comparable ? [choice('A'), choice('B')] : []),
      { title: 'Run', text: true },
      // Before what is less important, so that a narrow screen shows it without being moved.
      { title: 'Verdict', text: true },
      { title: 'Started', text: true },
      { title: 'Length' },
      { title: 'Size' },
    ],
    rows: found.slice(0, SHOWN).map((run, index) => row(run, index, comparable)),
  });
  const choose = html`<p class="choose"><button type="submit">Compare A and B</button> <button type="submit" formaction="/overlay">Report of B with the lines of A</button></p>`;
  const content = comparable ? html`<form method="get" action="/compare">${runs}${choose}</form>` : runs;
  return section('runs', 'Runs', html`${search}${content}`, 'long');
}

function row(run: ShelvedRun, index: number, comparable: boolean): Html {
  const name = basename(run.folder);
  const { scenario, target, startedAt, seconds, bytes: size } = run;
  // The newest two are what is mostly compared: the newer as B.
  const radio = (side: 'a' | 'b', checked: boolean): Html =>
    html`<td class="text choice"><input type="radio" name="${side}" value="${name}" aria-label="${side.toUpperCase()}: ${name}"${checked ? html` checked` : null}></td>`;
  const choices = comparable ? html`${radio('a', index === 1)}${radio('b', index === 0)}` : null;
  return html`<tr>${choices}<th scope="row"><a href="${addressOf(name)}">${isolated(run.id)}</a><small>${isolated(scenario)} against ${isolated(target)}</small></th><td class="text">${verdictOf(run)}</td><td class="text">${instant(startedAt)}</td><td>${seconds === null ? '–' : duration(seconds)}</td><td>${bytes(size)}</td></tr>`;
}

/** Where the page of a run is. */
export const addressOf = (name: string): string => `/runs/${encodeURIComponent(name)}/`;

function verdictOf({ verdict }: ShelvedRun): Html {
  return state(verdict === 'pass' ? 'ok' : verdict === 'fail' ? 'no' : 'unknown', verdict);
}

function searchesSection(searches: readonly ListedSearch[]): Html | null {
  if (searches.length === 0) return null;
  return section(
    'searches',
    'Searches for capacity',
    table({
      labelledBy: 'searches',
      caption: 'Each leads to its limit and its trials.',
      columns: [
        { title: 'Search', text: true },
        { title: 'Target', text: true },
        { title: 'Limit', text: true },
      ],
      rows: searches.map(
        ({ id, target, headline }) =>
          html`<tr><th scope="row"><a href="/searches/${encodeURIComponent(id)}/">${isolated(id)}</a></th><td class="text">${isolated(target)}</td><td class="text">${headline}</td></tr>`,
      ),
    }),
  );
}

function unreadableSection(unreadable: readonly { why: string }[]): Html | null {
  if (unreadable.length === 0) return null;
  return section(
    'unreadable',
    'Runs that could not be read',
    html`<ul>${unreadable.map(({ why }) => html`<li>${why}</li>`)}</ul>`,
  );
}
