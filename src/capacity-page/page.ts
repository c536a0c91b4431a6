/** A search for capacity as one HTML file that holds all it needs, loads nothing and runs no script. */
import { createHash } from 'node:crypto';
import type { Capacity, CapacityTrial } from '../capacity-run/index.ts';
import { DRAWING_STYLE } from '../plan/charts/style.ts';
import { Html, html, isolated, type Part } from '../report/html.ts';
import { count, duration, instant, latency, percent } from '../report/numbers.ts';
import { SHAPES } from '../report/sections/header.ts';
import { contents, details, SKIP_LINK, section, state, table } from '../report/sections/parts.ts';
import { STYLE } from '../report/style.ts';
import { severityChart } from './chart.ts';
import { headlineOf, toneOf } from './words.ts';

const PAGE_STYLE = `${STYLE}${DRAWING_STYLE}`;

/** W3C Content Security Policy Level 3, section 6.7.3: nothing but this style, known by its hash. */
export const CAPACITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** Where the report of a trial's run lies; the search and its runs are folders beside each other. */
export type RunAddress = (runId: string) => string;

const BESIDE: RunAddress = (runId) => `../${encodeURIComponent(runId)}/report.html`;

/**
 * The same search gives the same file.
 *
 * @param home address of a list of runs, for a page that is served with one
 */
export function capacityPage(capacity: Capacity, addressOf: RunAddress = BESIDE, home: string | null = null): string {
  const { id, target, trials, result } = capacity;
  const tone = toneOf(result);
  const entries = [
    ['limit', 'The limit'],
    ...(resourceRows(trials).length === 0 ? [] : [['resources', 'Resources'] as const]),
    ['trials', 'Trials'],
    ['search', 'The search'],
  ] as const;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${CAPACITY_POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Capacity: ${headlineOf(result)} · ${id}</title><style>${new Html(PAGE_STYLE)}</style></head>
<body>${SKIP_LINK}<header class="${tone}"><div><h1>Capacity <span>of</span> ${isolated(target)}</h1>
<p class="verdict"><svg viewBox="0 0 24 24" aria-hidden="true">${SHAPES[tone]}</svg>${headlineOf(result)}</p>
<p class="why">${result?.summary ?? 'The search has not ended.'}</p>
<dl class="figures">${figures(capacity).map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl></div></header>
${contents(entries, home)}
<main id="content" tabindex="-1">${limitSection(capacity)}
${resourcesSection(capacity)}
${trialsSection(capacity, addressOf)}
${searchSection(capacity)}</main>
<footer><p>Made by Headroom from search ${id}.</p></footer></body></html>
`.text;
}

function figures({ result, trials, timeSpentSeconds }: Capacity): [term: string, value: Part][] {
  const orDash = (value: number | null | undefined, unit: string): string =>
    value === null || value === undefined ? '–' : `${count(value)}${unit}`;
  return [
    ['Held', orDash(result?.lower, ' journeys/s')],
    ['Did not hold', orDash(result?.upper, ' journeys/s')],
    ['Requests where it held', orDash(result?.throughputAtLower, '/s')],
    ['Objective that gives in first', result?.bindingSlo ? isolated(result.bindingSlo) : '–'],
    ['Busiest resource', result?.bindingResource ? isolated(result.bindingResource) : '–'],
    ['Trials', count(trials.length)],
    ['Time spent', duration(timeSpentSeconds)],
  ];
}

function limitSection(capacity: Capacity): Html {
  const picture = severityChart(capacity);
  return section('limit', 'The limit', picture ?? html`<p class="note">No trial has been made.</p>`, 'long');
}

/** Highest utilisation of each resource over the trials, the busiest first. */
function resourceRows(trials: readonly CapacityTrial[]): { name: string; utilisation: number; rate: number }[] {
  const highest = new Map<string, { name: string; utilisation: number; rate: number }>();
  for (const { rate, resources } of trials) {
    for (const { name, utilisation } of resources) {
      if (utilisation === null || utilisation <= (highest.get(name)?.utilisation ?? -1)) continue;
      highest.set(name, { name, utilisation, rate });
    }
  }
  return [...highest.values()].sort((a, b) => b.utilisation - a.utilisation);
}

function resourcesSection({ trials, result }: Capacity): Html | null {
  const rows = resourceRows(trials);
  if (rows.length === 0) return null;
  const columns = [{ title: 'Resource', text: true }, { title: 'Busy at most' }, { title: 'In the trial at' }];
  return section(
    'resources',
    'Resources',
    table({
      labelledBy: 'resources',
      caption: 'How busy what the target’s own metrics tell of was, the busiest first.',
      columns,
      rows: rows.map(
        ({ name, utilisation, rate }) =>
          html`<tr><th scope="row">${isolated(name)}${name === result?.bindingResource ? html` <small>busiest at the limit</small>` : null}</th><td>${percent(utilisation)}</td><td>${count(rate)}/s</td></tr>`,
      ),
    }),
  );
}

const STATES = { pass: ['ok', 'held'], fail: ['no', 'did not'], invalid: ['unknown', 'invalid'] } as const;

function trialsSection({ trials }: Capacity, addressOf: RunAddress): Html {
  if (trials.length === 0) return section('trials', 'Trials', html`<p class="note">None has been made.</p>`);
  return section(
    'trials',
    'Trials',
    table({
      labelledBy: 'trials',
      caption: 'In the order in which they were made. Each is a run of the archive, and leads to its report.',
      columns: [
        { title: 'Run', text: true },
        { title: 'Why', text: true },
        { title: 'Asked' },
        { title: 'Completed' },
        { title: 'Requests' },
        { title: 'Mean response' },
        { title: 'Nearest objective', text: true },
        { title: 'Used' },
        { title: 'Verdict', text: true },
      ],
      rows: trials.map((trial) => trialRow(trial, addressOf)),
    }),
    'long',
  );
}

function trialRow(trial: CapacityTrial, addressOf: RunAddress): Html {
  const { runId, why, rate, achieved, throughput, meanResponse, bindingSlo, severity, verdict, reasons, stopped } =
    trial;
  const [kind, word] = STATES[verdict];
  const notes = [...reasons, ...(stopped === null ? [] : [`stopped early: ${stopped}`])].join(', ');
  return html`<tr><th scope="row"><a href="${addressOf(runId)}">${isolated(runId)}</a>${notes === '' ? null : html`<small>${notes}</small>`}</th><td class="text">${why}</td><td>${count(rate)}/s</td><td>${count(achieved)}/s</td><td>${count(throughput)}/s</td><td>${latency(meanResponse)}</td><td class="text">${bindingSlo === null ? '–' : isolated(bindingSlo)}</td><td>${percent(severity)}</td><td class="text">${state(kind, word)}</td></tr>`;
}

function searchSection(capacity: Capacity): Html {
  const { id, scenario, seed, mode, slo, search, startedAt, environment, result } = capacity;
  const listed = (rates: readonly number[]): string => rates.map((rate) => `${count(rate)}/s`).join(', ');
  return section(
    'search',
    'The search',
    details([
      ['Search', isolated(id)],
      ['Started', instant(startedAt)],
      ['Scenario', isolated(scenario)],
      ['Seed', String(seed)],
      ['Effort', `${mode}, trials of ${count(search.trialSeconds)} s`],
      ['Objectives', slo.file === null ? 'those of the scenario' : isolated(slo.file)],
      ['Too few samples for', slo.leftOut.length === 0 ? 'none' : isolated(slo.leftOut.join(', '))],
      ['Not settled at', result === null || result.unsteady.length === 0 ? 'no rate' : listed(result.unsteady)],
      ['Throughput falls away from', result?.cliff ? `${count(result.cliff)} requests in the system` : 'not seen'],
      ['Headroom', environment.headroomVersion],
      ['k6', environment.k6],
      ['System', `${environment.os}, ${environment.cpus} ${environment.cpus === 1 ? 'core' : 'cores'}`],
    ]),
  );
}
