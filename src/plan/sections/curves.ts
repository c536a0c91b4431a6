/** Sections of what was measured and of the models drawn through it. */
import { type Html, html } from '../../report/html.ts';
import { details, section } from '../../report/sections/parts.ts';
import { areaKey, legend, lineKey, verdictKeys } from '../charts/frame.ts';
import { responseChart } from '../charts/response.ts';
import { residualChart, scalabilityChart } from '../charts/scalability.ts';
import { parameter, quantileName, rate, share } from '../figures.ts';
import type { Plan } from '../schema.ts';

export function responseSection(plan: Plan): Html {
  const { trials, network, networkMissing, source } = plan;
  const quantile = responseChart(plan, 'quantile');
  const mean = responseChart(plan, 'mean');
  if (trials.length === 0)
    return section('response', 'Response over load', html`<p class="note">There are no trials.</p>`);
  const keys = [
    ...verdictKeys(trials),
    ...(network === null
      ? []
      : ([
          [lineKey('curve'), 'modelled'],
          [lineKey('curve extrapolated'), 'modelled, extrapolated'],
        ] as const)),
    ...(quantile === null || source.bindingLimit === null ? [] : ([[lineKey('objective'), 'objective']] as const)),
    [areaKey('limit'), 'limit, interval'] as const,
  ];
  return section(
    'response',
    'Response over load',
    html`<p class="note">Each point is a trial, a run of its own; point at it for its name. A point with an arrow lies above the picture.</p>
${network === null ? html`<p class="caution">No model is drawn: ${networkMissing ?? 'there is none.'}</p>` : null}
${legend(keys)}
${quantile === null ? html`<p class="note">The binding objective is not about a quantile of latency: only means are drawn.</p>` : html`<figure><h3>${quantileName(plan)}</h3>${quantile}</figure>`}
<figure><h3>Mean response of all endpoints</h3>${mean ?? html`<p class="note">No trial completed a request.</p>`}</figure>
${network === null ? null : html`<p class="note">${networkSentence(network)}</p>`}`,
    'long',
  );
}

function networkSentence({ errors, delay, variability }: NonNullable<Plan['network']>): string {
  return `Model and trials differ by ${share(errors.meanResponse)} in mean response and by ${share(errors.utilisation)} in utilisation (root mean square below saturation). ${parameter(delay)} ms of a response are explained by no resource; waiting is ${parameter(variability)} times that of exponential arrivals and services.`;
}

export function scalabilitySection(plan: Plan): Html {
  const { usl, uslMissing } = plan;
  const title = 'Scalability';
  if (usl === null)
    return section('scalability', title, html`<p class="caution">No curve: ${uslMissing ?? 'there is none.'}</p>`);
  const keys = [
    ...verdictKeys(plan.trials.filter(({ concurrency }) => concurrency > 0)),
    [lineKey('curve'), 'Universal Scalability Law, fitted'],
    [lineKey('curve extrapolated'), 'extrapolated'],
    [areaKey('confidence'), '95 % interval of its mean'],
    ...(usl.peakIdentified && usl.peak !== null ? [[areaKey('top'), 'interval of the peak'] as const] : []),
  ] as const;
  return section(
    'scalability',
    title,
    html`${legend(keys)}
<figure><h3>Throughput over concurrency</h3>${scalabilityChart(plan)}</figure>
<p class="note">${peakSentence(usl)}</p>
<figure><h3>Residuals: measured less fitted</h3>${residualChart(plan)}</figure>
<p class="note">Shaded: the residual error, ±${parameter(usl.residualError)} requests/s. A pattern in the points is something that the law does not explain.</p>
${details([
  ['Contention α', `${parameter(usl.alpha)} (${interval(usl.intervals.alpha)})`],
  ['Coherency β', `${parameter(usl.beta)} (${interval(usl.intervals.beta)})`],
  ['Throughput of one request in the system γ', `${parameter(usl.gamma)} (${interval(usl.intervals.gamma)})`],
  ['Concurrency that was tested', interval(usl.tested)],
])}`,
    'long',
  );
}

const interval = ({ low, high }: { low: number; high: number }): string => `${parameter(low)} to ${parameter(high)}`;

function peakSentence({ peakIdentified, peak }: NonNullable<Plan['usl']>): string {
  if (!peakIdentified || peak === null) {
    return 'No peak identified: the interval of β holds 0, so these trials do not tell a curve that turns down from one that only flattens.';
  }
  const upper = peak.high === null ? 'with no upper end' : `to ${parameter(peak.high)}`;
  return `Throughput is highest, ${rate(peak.throughput)}, with ${parameter(peak.concurrency)} requests in the system (interval ${parameter(peak.low)} ${upper}); more of them make it less.`;
}
