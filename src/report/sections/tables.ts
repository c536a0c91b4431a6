import type { Run } from '../../results/schema.ts';
import { type Html, html } from '../html.ts';
import { bytes, count, latency, percent } from '../numbers.ts';

/** Exact figures by endpoint. */
export function endpointsSection(run: Run): Html {
  const columns = ['Requests', 'Per second', 'Failed', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'Largest'];
  return html`<section aria-labelledby="endpoints"><h2 id="endpoints">Endpoints</h2><div class="scroll" tabindex="0" role="group" aria-labelledby="endpoints"><table>
<caption>Warm-up left out. Percentiles come from merged histograms, exact to 0.1 %.</caption>
<thead><tr><th scope="col">Endpoint</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${run.endpoints.map(
    (row) =>
      html`<tr><th scope="row">${row.name}</th><td>${count(row.count)}</td><td>${count(row.rate)}</td><td>${percent(row.errorRate)}</td>${[row.p50, row.p90, row.p95, row.p99, row.p999, row.max].map((ms) => html`<td>${latency(ms)}</td>`)}</tr>`,
  )}</tbody></table></div></section>`;
}

/** Whether the measurement can be trusted, and why not. */
export function validitySection(run: Run): Html {
  const { reasons } = run.validity;
  const { generator } = run;
  const vus =
    generator.maxVus === null ? count(generator.peakVus) : `${count(generator.peakVus)} of ${count(generator.maxVus)}`;
  const evidence = html`<dl class="details">
<div><dt>Generator CPU</dt><dd>${percent(generator.cpuShare)} of ${run.environment.cpus} cores</dd></div>
<div><dt>Virtual users, at most</dt><dd>${vus}</dd></div>
<div><dt>Journeys dropped</dt><dd>${count(run.requests.droppedIterations)}</dd></div>
<div><dt>Samples, lost</dt><dd>${count(generator.samples)}, ${count(generator.samplesLost)}</dd></div></dl>`;
  if (reasons.length === 0) {
    const sentence =
      run.verdict === 'interrupted'
        ? 'Nothing spoke against the measurement until it was stopped.'
        : 'The measurement holds: the generator kept up, and no sample was lost.';
    return html`<section aria-labelledby="validity"><h2 id="validity">Validity</h2><p>${sentence}</p>${evidence}</section>`;
  }
  return html`<section aria-labelledby="validity"><h2 id="validity">Validity</h2><div class="scroll" tabindex="0" role="group" aria-labelledby="validity"><table>
<caption>Why these figures must not be trusted.</caption>
<thead><tr><th scope="col">Code</th><th scope="col" class="text">Reason</th><th scope="col">Observed</th><th scope="col">Limit</th></tr></thead>
<tbody>${reasons.map(
    ({ code, message, observed, limit }) =>
      html`<tr><th scope="row">${code}</th><td class="wrap">${message}</td><td>${plain(observed)}</td><td>${plain(limit)}</td></tr>`,
  )}</tbody></table></div>${evidence}</section>`;
}

/** The target's own books after the run. */
export function auditSection(run: Run): Html {
  if (run.audit === null) {
    return html`<section aria-labelledby="audit"><h2 id="audit">Audit</h2><p class="note">The target was not audited.</p></section>`;
  }
  return html`<section class="long" aria-labelledby="audit"><h2 id="audit">Audit</h2><div class="scroll" tabindex="0" role="group" aria-labelledby="audit"><table>
<caption>What the target’s database holds after the run: correct under load, or not.</caption>
<thead><tr><th scope="col">Check</th><th scope="col">Expected</th><th scope="col">Observed</th><th scope="col" class="text">Held</th></tr></thead>
<tbody>${run.audit.checks.map(
    ({ name, ok, expected, observed }) =>
      html`<tr><th scope="row">${name}</th><td>${String(expected)}</td><td>${String(observed)}</td><td class="text"><span class="state ${ok ? 'ok' : 'no'}">${ok ? '✓ held' : '✗ broken'}</span></td></tr>`,
  )}</tbody></table></div></section>`;
}

/** Where and how it ran, and how to run it again. */
export function environmentSection(run: Run): Html {
  const { environment, generator } = run;
  const details: [string, string][] = [
    ['Run', run.id],
    ['Ended', run.endedAt ?? 'not recorded: the run was stopped'],
    ['Headroom', environment.headroomVersion],
    ['k6', generator.k6Version],
    ['Node', environment.node],
    ['System', environment.os],
    ['Cores', String(environment.cpus)],
    ['Commit', environment.gitSha ?? 'none'],
    ['CPU time of generator', `${count(generator.cpuSeconds)} s`],
    ['Memory of k6, at most', bytes(generator.peakRssBytes)],
    ['Memory of collector, at most', bytes(generator.collectorPeakRssBytes)],
    [
      'Tags',
      Object.entries(run.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || 'none',
    ],
  ];
  return html`<section aria-labelledby="environment"><h2 id="environment">Environment</h2>
<dl class="details">${details.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
<h3>The same requests again</h3><pre><code>headroom run ${run.scenario} --target ${run.target} --seed ${run.seed}</code></pre></section>`;
}

function plain(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)));
}
