import type { Failure, RunSeries } from '../../results/series.ts';
import { failureText } from '../failure-text.ts';
import { type Html, html, isolated, type Part } from '../html.ts';
import { clock, count } from '../numbers.ts';
import { endpointName, section, table } from './parts.ts';

/** Kinds that are shown; those left out were rarer. */
const SHOWN = 50;

/** What failed, how, and when it was first and last seen. */
export function failuresSection({ failures = [], endpoints }: RunSeries): Html {
  if (failures.length === 0) {
    return section('failures', 'Errors', html`<p class="note">No request and no check failed.</p>`);
  }
  const known = new Set(Object.keys(endpoints));
  const shown = failures.slice(0, SHOWN);
  const rest = failures.slice(SHOWN).reduce((sum, failure) => sum + failure.count, 0);
  const more = rest === 0 ? '' : ` ${failures.length - SHOWN} more kinds, ${count(rest)} in all, are left out.`;
  return section(
    'failures',
    'Errors',
    table({
      labelledBy: 'failures',
      caption: `Requests that failed and checks that did not hold, the most frequent first, warm-up included. Times are since the run began.${more}`,
      columns: [
        { title: 'Endpoint or check', text: true },
        { title: 'Status' },
        { title: 'What happened', text: true },
        { title: 'How often' },
        { title: 'First seen' },
        { title: 'Last seen' },
      ],
      rows: shown.map((failure) => row(failure, known)),
    }),
    'long',
  );
}

function row(failure: Failure, known: ReadonlySet<string>): Html {
  const { status, errorCode, firstSeconds, lastSeconds } = failure;
  const what = failure.check === null ? failureText(errorCode, status) : 'a check of the scenario did not hold';
  const code = failure.check !== null || errorCode === null ? null : html`<small>k6 error ${errorCode}</small>`;
  return html`<tr><th scope="row">${nameOf(failure, known)}</th><td>${status === null ? '–' : status === 0 ? 'none' : status}</td><td class="text">${what}${code}</td><td data-value="${failure.count}">${count(failure.count)}</td><td data-value="${firstSeconds}">${clock(firstSeconds)}</td><td data-value="${lastSeconds}">${clock(lastSeconds)}</td></tr>`;
}

function nameOf({ check, endpoint }: Failure, known: ReadonlySet<string>): Part {
  if (check !== null) return isolated(check);
  if (endpoint === null) return 'without a name';
  return endpointName(endpoint, known);
}
