import type { InstanceResult, Outage, Run, RunPart, ValidityReason } from '../../results/schema.ts';
import { type Html, html, type Part } from '../html.ts';
import { clock, count, duration, percent } from '../numbers.ts';
import { runSeconds } from '../sentences.ts';
import { details, section, table } from './parts.ts';

/** Reasons whose values are shares; those of the others are counts, and milliseconds where it is about time. */
const SHARES = new Set([
  'dropped-iterations',
  'rate-not-reached',
  'vus-exhausted',
  'generator-saturated',
  'warmup-too-long',
  'interrupted-too-long',
  'instance-rate-share',
]);
const MILLISECONDS = new Set(['clock-stepped', 'instance-start-skew', 'instance-clock-offset']);

/** Outages that are told one by one. */
const MOST_NAMED = 5;

/** Whether the measurement can be trusted: every reason against it, or what speaks for it. */
export function validitySection(run: Run): Html {
  const { reasons } = run.validity;
  const evidence = details(evidenceOf(run));
  if (reasons.length === 0) {
    const sentence =
      run.verdict === 'interrupted'
        ? 'Nothing spoke against the measurement until it was stopped.'
        : 'The measurement holds: every check below was within its limit.';
    return section('validity', 'Validity', html`<p>${sentence}</p>${evidence}`);
  }
  return section(
    'validity',
    'Validity',
    html`${table({
      labelledBy: 'validity',
      caption: 'Why these figures must not be trusted.',
      columns: [{ title: 'Reason', text: true }, { title: 'Observed' }, { title: 'Limit' }],
      rows: reasons.map(
        (reason) =>
          html`<tr><th scope="row" class="wrap">${reason.message}<br><code>${reason.code}</code></th><td>${inItsUnit(reason, reason.observed)}</td><td>${inItsUnit(reason, reason.limit)}</td></tr>`,
      ),
    })}${evidence}`,
  );
}

/** What speaks for the measurement: how much there was, and how that lies to its limit. */
function evidenceOf(run: Run): [string, Part][] {
  const { requests, iterations, generator, environment, warmupSeconds, validity } = run;
  const attempted = iterations.count + requests.droppedIterations;
  const seconds = runSeconds(run);
  const allowed = (bound: 'most' | 'least', limit: number | undefined): string | null =>
    limit === undefined ? null : `at ${bound} ${percent(limit)}`;
  const share = (part: number, whole: number): string | null => (whole > 0 ? percent(Math.min(1, part / whole)) : null);
  const { droppedShare, achievedShare, vuShare, cpuShare, warmupShare } = validity.limits;
  return [
    [
      'Iterations dropped',
      noted(
        `${count(requests.droppedIterations)} of ${count(attempted)}`,
        share(requests.droppedIterations, attempted),
        allowed('most', droppedShare),
      ),
    ],
    [
      'Planned iterations reached',
      iterations.planned === null
        ? 'no number was planned'
        : noted(
            `${count(iterations.count)} of ${count(Math.round(iterations.planned))}`,
            share(iterations.count, iterations.planned),
            allowed('least', achievedShare),
          ),
    ],
    [
      'Virtual users at most',
      generator.maxVus === null
        ? count(generator.peakVus)
        : noted(
            `${count(generator.peakVus)} of ${count(generator.maxVus)}`,
            share(generator.peakVus, generator.maxVus),
            allowed('most', vuShare),
          ),
    ],
    [
      'Generator CPU',
      noted(
        percent(generator.cpuShare),
        `of ${environment.cpus} ${environment.cpus === 1 ? 'core' : 'cores'}`,
        allowed('most', cpuShare),
      ),
    ],
    [
      'Samples',
      noted(count(generator.samples), `${generator.samplesLost === 0 ? 'none' : count(generator.samplesLost)} lost`),
    ],
    ...(run.instances === undefined ? [] : [instancesEvidence(run.instances)]),
    ...(run.parts === undefined ? [] : [partsEvidence(run.parts, validity.limits.gapShare)]),
    ...(run.outages === undefined ? [] : [outagesEvidence(run.outages)]),
    ['Warm-up', noted(duration(warmupSeconds), `of ${duration(seconds)}`, allowed('most', warmupShare))],
  ];
}

/** A value with what belongs to it in smaller letters below. */
const noted = (value: string, ...notes: readonly (string | null)[]): Html =>
  html`${value} <small>${notes.filter((note) => note !== null).join('; ')}</small>`;

function instancesEvidence(instances: readonly InstanceResult[]): [string, string] {
  const shares = instances.map(({ iterationShare }) => iterationShare);
  const latest = Math.max(0, ...instances.map(({ startSkewMs }) => startSkewMs ?? 0));
  const [least, most] = [percent(Math.min(...shares)), percent(Math.max(...shares))];
  return [
    'Instances',
    `${count(instances.length)}, started within ${count(Math.round(latest))} ms; ${least === most ? least : `${least} to ${most}`} of the iterations each`,
  ];
}

function partsEvidence(parts: readonly RunPart[], limit: number | undefined): [string, string] {
  const end = parts.at(-1)?.untilSeconds ?? 0;
  const gaps = parts.slice(1).map(({ fromSeconds }, i) => [parts[i]?.untilSeconds ?? 0, fromSeconds] as const);
  const share = gaps.reduce((sum, [from, until]) => sum + until - from, 0) / Math.max(1, end);
  const named = gaps.map(([from, until]) => `${clock(from)} to ${clock(until)}`).join(', ');
  const allowed = limit === undefined ? '' : `; at most ${percent(limit)}`;
  return [
    'Cut and gone on',
    `${gaps.length === 1 ? 'once' : `${count(gaps.length)} times`}: not measured from ${named} (${percent(share)})${allowed}`,
  ];
}

function outagesEvidence(outages: readonly Outage[]): [string, string] {
  const named = outages
    .slice(0, MOST_NAMED)
    .map(
      ({ fromSeconds, untilSeconds, requests, failed }) =>
        `${clock(fromSeconds)} to ${clock(untilSeconds)} (${count(failed)} of ${count(requests)} requests failed)`,
    );
  const more = outages.length > MOST_NAMED ? ` and ${count(outages.length - MOST_NAMED)} more` : '';
  return ['The target did not answer', `${named.join(', ')}${more}`];
}

function inItsUnit({ code }: ValidityReason, value: number | null): string {
  if (value === null) return '–';
  if (SHARES.has(code)) return percent(value);
  return MILLISECONDS.has(code) ? `${count(Math.round(value))} ms` : count(value);
}
