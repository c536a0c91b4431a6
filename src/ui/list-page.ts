import { basename } from 'node:path';
import { Html, html, isolated } from '../report/html.ts';
import { bytes, duration, instant } from '../report/numbers.ts';
import { SKIP_LINK, section, state, table } from '../report/sections/parts.ts';
import { STYLE } from '../report/style.ts';
import type { ShelvedRun } from '../run/shelf.ts';
import { hashOf, type UiPage } from './page.ts';

const PAGE_STYLE = `${STYLE}
input[type=search]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:6px;padding:4px 10px;max-width:100%}
.find{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin:0 0 14px}
.choose{margin:14px 0 0}
header.list{--tone:var(--line-1)}header.list .why{margin-bottom:0}
tbody th{white-space:nowrap;max-width:none}
@media print{.find,.choose,th.choice,td.choice{display:none}tbody th{white-space:normal;overflow-wrap:anywhere;min-width:9em}}`;

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

/** Whether a run has every word of a query in its id, scenario, target, verdict or date. */
function matches({ id, scenario, target, verdict, startedAt }: ShelvedRun, query: string): boolean {
  const text = [id, scenario, target, verdict, startedAt].join(' ').toLowerCase();
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
    runs.filter((run) => matches(run, query)),
    query,
  )}${searchesSection(searches)}${unreadableSection(unreadable)}</main></body></html>
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
  const cut = found.length > SHOWN ? ` The newest ${SHOWN} of ${found.length} are shown.` : '';
  return section(
    'runs',
    'Runs',
    html`${search}<form method="get" action="/compare">${table({
      labelledBy: 'runs',
      caption: `Choose A and B to compare two runs.${cut}`,
      columns: [
        { title: 'A', text: true, className: 'choice' },
        { title: 'B', text: true, className: 'choice' },
        { title: 'Run', text: true },
        { title: 'Scenario', text: true },
        { title: 'Target', text: true },
        { title: 'Started', text: true },
        { title: 'Length' },
        { title: 'Size' },
        { title: 'Verdict', text: true },
      ],
      rows: found.slice(0, SHOWN).map(row),
    })}<p class="choose"><button type="submit">Compare A and B</button></p></form>`,
    'long',
  );
}

function row(run: ShelvedRun, index: number): Html {
  const name = basename(run.folder);
  // The newest two are what is mostly compared: the newer as B.
  const radio = (side: 'a' | 'b', checked: boolean): Html =>
    html`<td class="text choice"><input type="radio" name="${side}" value="${name}" aria-label="${side.toUpperCase()}: ${name}"${checked ? html` checked` : null}></td>`;
  return html`<tr>${radio('a', index === 1)}${radio('b', index === 0)}<th scope="row"><a href="/runs/${encodeURIComponent(name)}/">${isolated(run.id)}</a></th><td class="text">${isolated(run.scenario)}</td><td class="text">${isolated(run.target)}</td><td class="text">${instant(run.startedAt)}</td><td>${run.seconds === null ? '–' : duration(run.seconds)}</td><td>${bytes(run.bytes)}</td><td class="text">${verdictOf(run)}</td></tr>`;
}

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
