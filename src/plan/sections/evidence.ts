/** Sections of what the plan rests on: resources, trials, assumptions, the search. */
import { LITTLE_LIMIT } from '../../capacity/index.ts';
import { type Html, html, isolated } from '../../report/html.ts';
import { count, instant, latency } from '../../report/numbers.ts';
import { details, section, state, table } from '../../report/sections/parts.ts';
import { bindingText, demandsText, mixText, parameter, quantileName, rate, share } from '../figures.ts';
import type { Plan, PlanTrial } from '../schema.ts';
import { list } from './outlook.ts';

export function resourcesSection({ network, networkMissing }: Plan): Html {
  const title = 'Resources';
  if (network === null) {
    return section(
      'resources',
      title,
      html`<p class="caution">No service demands: ${networkMissing ?? 'there is no model.'}</p>`,
    );
  }
  const lowest = Math.min(...network.resources.map(({ saturation }) => saturation));
  return section(
    'resources',
    title,
    html`${table({
      labelledBy: 'resources',
      caption:
        'What one request asks of each, and the rate at which it would be busy all the time; the lowest of these bounds the limit. Demands that are not told apart are the mean of all requests.',
      columns: [
        { title: 'Resource', text: true },
        { title: 'Servers' },
        { title: 'Service demand', text: true },
        { title: 'Busy when idle' },
        { title: 'Utilisation explained' },
        { title: 'Saturated at' },
      ],
      rows: network.resources.map(
        (resource) => html`<tr><th scope="row">${isolated(resource.name)}</th><td>${count(resource.servers)}</td>
<td class="text">${demandsText(resource.demands)}<small>${resource.classes === 'counted' ? 'told apart by counts of requests' : 'not told apart'}</small></td><td>${parameter(resource.background)}</td><td>${share(resource.explained)}</td><td>${rate(resource.saturation)}${resource.saturation === lowest ? html`<small>the first</small>` : null}</td></tr>`,
      ),
    })}<p class="note">Requests of one journey: ${mixText(network.mix)}.</p>`,
  );
}

export function trialsSection(plan: Plan): Html {
  const { trials } = plan;
  const name = quantileName(plan);
  return section(
    'trials',
    'Trials',
    html`<div class="trials">${table({
      labelledBy: 'trials',
      caption: `${trials.length} trials, each a run of the archive. What the model says of the same rate stands below the measured figure. Little: |N − XR| ÷ N of journeys, below ${share(LITTLE_LIMIT)}.`,
      columns: [
        { title: 'Run', text: true },
        { title: 'Verdict', text: true },
        { title: 'Journeys/s' },
        { title: 'Requests/s' },
        { title: 'Mean' },
        { title: name },
        { title: 'Utilisation' },
        { title: 'In the system' },
        { title: 'Little' },
        { title: 'Steady', text: true },
      ],
      rows: trials.map(trialRow),
    })}</div>`,
    'long',
  );
}

const KINDS = { pass: 'ok', fail: 'no', invalid: 'unknown' } as const;

function trialRow(trial: PlanTrial): Html {
  const { modelled, littleError, steady, quantile, utilisation } = trial;
  const below = (text: string | null): Html | null => (text === null ? null : html`<small>${text}</small>`);
  const broken = littleError !== null && littleError >= LITTLE_LIMIT;
  return html`<tr><th scope="row">${isolated(trial.runId)}</th><td class="text">${state(KINDS[trial.verdict], trial.verdict)}${below(trial.reasons.join(', ') || null)}</td><td>${parameter(trial.journeyRate)}</td><td>${count(trial.throughput)}</td>
<td>${latency(trial.meanResponse)}${below(modelled === null ? null : latency(modelled.meanResponse))}</td><td>${latency(quantile)}${below(modelled?.quantile == null ? null : latency(modelled.quantile))}</td><td>${utilisation === null ? '–' : share(utilisation)}${below(modelled === null ? null : share(modelled.utilisation))}</td>
<td>${parameter(trial.concurrency)}</td><td${broken ? html` class="broken"` : null}>${littleError === null ? '–' : share(littleError)}</td><td class="text">${steady === null ? 'too short' : steady ? 'yes' : 'no'}</td></tr>`;
}

export function adviceSection({ advice }: Plan): Html | null {
  if (advice.length === 0) return null;
  return section(
    'advice',
    'What to do next',
    html`<ol class="plain steps">${advice.map((each) => html`<li>${each}</li>`)}</ol>`,
  );
}

export function assumptionsSection({ assumptions, extrapolations }: Plan): Html {
  return section(
    'assumptions',
    'What it holds for',
    html`${list(assumptions) ?? html`<p class="note">No assumption is recorded.</p>`}
<h3>Extrapolated</h3>${list(extrapolations) ?? html`<p class="note">Nothing: all of it lies within what was measured.</p>`}`,
  );
}

export function sourceSection(plan: Plan): Html {
  const { source, requestsPerJourney, createdAt } = plan;
  return section(
    'source',
    'The search behind it',
    html`${details([
      ['Search', isolated(source.id)],
      ['Started', instant(source.startedAt)],
      ['Scenario', isolated(source.scenario)],
      ['Target', isolated(source.target)],
      ['Mode', source.mode],
      ['Outcome', source.outcome],
      ['Gives in first', bindingText(plan)],
      ['Requests of one journey', parameter(requestsPerJourney)],
      ['Machine of the generator', `${source.os}, ${source.cpus} ${source.cpus === 1 ? 'core' : 'cores'}`],
      ['Plan made', instant(createdAt)],
    ])}<h3>Objectives</h3>${list(source.objectives) ?? html`<p class="note">There were none.</p>`}`,
  );
}
