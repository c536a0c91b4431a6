/** A plan for a wiki or a pull request. */

import { cell as escaped } from '../report/markdown.ts';
import { count, instant, latency } from '../report/numbers.ts';
import { clean } from '../report/summary.ts';
import {
  answer,
  bindingText,
  dateText,
  demandsText,
  headline,
  oneLostNote,
  PERCENTILES,
  parameter,
  quantileName,
  rate,
  rates,
  share,
  times,
  whenText,
} from './figures.ts';
import type { Plan } from './schema.ts';

type Row = readonly string[];

/** What the percentiles of a date mean. */
const FUTURES = { p10: 'one future of ten', p50: 'five futures of ten', p90: 'nine futures of ten' } as const;

/** Tables with a sentence each. */
export function planMarkdown(plan: Plan): string {
  const blocks = [
    [`# Capacity plan: ${cell(headline(plan))}`, cell(plan.summary)],
    answers(plan),
    numbered('What to do next', plan.advice),
    demand(plan),
    changes(plan),
    scalability(plan),
    resources(plan),
    trials(plan),
    bullets('What it holds for', [...plan.assumptions, ...plan.extrapolations.map((each) => `Extrapolated: ${each}`)]),
    source(plan),
  ];
  return `${blocks.flat().join('\n\n')}\n`;
}

function answers(plan: Plan): string[] {
  const { now, oneLost, peak } = plan;
  const { asked, word, chance } = answer(plan);
  return [
    grid(
      ['question', 'answer'],
      [
        ['Headroom now', `${share(now.headroom)}: ${rate(peak)} of ${rates(now.limit)}`],
        [
          'With one instance lost',
          oneLost === null
            ? 'a single instance: its loss is an outage'
            : `${share(oneLost.headroom)}: ${oneLostNote(oneLost)}`,
        ],
        ['Largest multiple that holds', `${times(now.multiple)} today’s peak`],
        [asked, `${word}: ${chance}`],
        ['Demand passes the limit', whenText(now, plan.demand)],
        ['Gives in first', bindingText(plan)],
      ],
    ),
  ];
}

function demand({ demand, now }: Plan): string[] {
  if (demand === null) {
    return ['## Demand ahead', 'Neither growth nor a history of demand was given, so no date can be named.'];
  }
  const { exhausted } = now;
  return [
    '## Demand ahead',
    cell(`Demand passes the limit of ${rates(now.limit)}: ${whenText(now, demand)}.`),
    ...(exhausted === null
      ? []
      : [
          grid(
            ['happened', 'by'],
            PERCENTILES.map(([key, name]) => [
              `${name}: in ${FUTURES[key]}`,
              exhausted[key] ?? `not within ${count(demand.horizonDays)} days`,
            ]),
          ),
        ]),
    ...lines([...demand.assumptions, ...demand.events.map(({ date, text }) => `${date}: ${text}`)]),
  ];
}

function changes({ whatIfs, now, network, networkMissing }: Plan): string[] {
  const title = '## What changes would buy';
  if (whatIfs.length === 0) {
    const why =
      network === null
        ? `No change can be predicted: ${networkMissing ?? 'there is no model.'}`
        : 'None was asked about.';
    return [title, cell(why)];
  }
  const rows = whatIfs.map(({ spec, outlook, factor, naiveFactor, meanResponse, bindingResource, refused, advice }) => [
    spec,
    rates(now.limit),
    outlook === null ? 'not predicted' : rates(outlook.limit),
    factor === null ? '–' : times(factor),
    naiveFactor === null ? '–' : times(naiveFactor),
    outlook === null || outlook.exhausted === null ? '–' : dateText(outlook.exhausted.p50),
    meanResponse === null ? '–' : `${latency(meanResponse.before)} → ${latency(meanResponse.after)}`,
    bindingResource ?? '–',
    refused === null || refused === advice ? advice : `${refused} ${advice}`,
  ]);
  const heads = [
    'change',
    'limit now',
    'limit then',
    'factor',
    'in proportion',
    'demand passes it (P50)',
    'mean at 70 % of today’s limit',
    'gives in first',
    'advice',
  ];
  const taken = whatIfs.flatMap(({ spec, assumptions }) => assumptions.map((each) => `${spec}: ${each}`));
  return [
    title,
    'Predicted by the queueing model before anything was changed; factors are of today’s limit.',
    grid(heads, rows),
    ...lines(taken),
  ];
}

function scalability({ usl, uslMissing }: Plan): string[] {
  const title = '## Scalability';
  if (usl === null) return [title, cell(`No curve: ${uslMissing ?? 'there is none.'}`)];
  const { peak, intervals } = usl;
  const sentence =
    usl.peakIdentified && peak !== null
      ? `Throughput is highest, ${rate(peak.throughput)}, with ${parameter(peak.concurrency)} requests in the system.`
      : 'No peak identified: the interval of β holds 0.';
  const row = (name: string, key: 'alpha' | 'beta' | 'gamma'): Row => [
    name,
    parameter(usl[key]),
    `${parameter(intervals[key].low)} to ${parameter(intervals[key].high)}`,
  ];
  return [
    title,
    `${sentence} Residual error ${parameter(usl.residualError)} requests/s.`,
    grid(
      ['parameter', 'value', '95 % interval'],
      [row('contention α', 'alpha'), row('coherency β', 'beta'), row('throughput of one γ', 'gamma')],
    ),
  ];
}

function resources({ network, networkMissing }: Plan): string[] {
  const title = '## Resources';
  if (network === null) return [title, cell(`No service demands: ${networkMissing ?? 'there is no model.'}`)];
  const rows = network.resources.map(({ name, servers, demands, explained, saturation }) => [
    name,
    count(servers),
    demandsText(demands),
    share(explained),
    rate(saturation),
  ]);
  return [
    title,
    `Model and trials differ by ${share(network.errors.meanResponse)} in mean response and ${share(network.errors.utilisation)} in utilisation.`,
    grid(['resource', 'servers', 'service demand', 'utilisation explained', 'saturated at'], rows),
  ];
}

function trials(plan: Plan): string[] {
  const heads = [
    'run',
    'verdict',
    'journeys/s',
    'requests/s',
    'mean',
    'modelled',
    quantileName(plan),
    'modelled',
    'utilisation',
    'Little',
    'steady',
    'reasons',
  ];
  const rows = plan.trials.map(({ modelled, ...trial }) => [
    trial.runId,
    trial.verdict,
    parameter(trial.journeyRate),
    count(trial.throughput),
    latency(trial.meanResponse),
    latency(modelled?.meanResponse ?? null),
    latency(trial.quantile),
    latency(modelled?.quantile ?? null),
    trial.utilisation === null ? '–' : share(trial.utilisation),
    trial.littleError === null ? '–' : share(trial.littleError),
    trial.steady === null ? 'too short' : trial.steady ? 'yes' : 'no',
    trial.reasons.join(', ') || '–',
  ]);
  return ['## Trials', grid(heads, rows)];
}

function source({ source, createdAt }: Plan): string[] {
  return [
    cell(
      `Search ${source.id} (${source.mode}, ${source.outcome}) of ${source.scenario} against ${source.target}, ${instant(source.startedAt)}; ${source.os}, ${source.cpus} cores; plan made ${instant(createdAt)}. Objectives: ${source.objectives.join(', ') || 'none'}.`,
    ),
  ];
}

/** Columns that are set to the left; all others hold figures. */
const WORDS = new Set([
  ...['question', 'answer', 'happened', 'by', 'change', 'gives in first', 'advice', 'parameter', '95 % interval'],
  ...['resource', 'service demand', 'run', 'verdict', 'steady', 'reasons'],
]);

function grid(heads: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.map(cell).join(' | ')} |`;
  const rule = heads.map((head) => (WORDS.has(head) ? '---' : '---:'));
  return [line(heads), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** Text from elsewhere: neither Markdown nor anything that turns a line round. */
function cell(text: string): string {
  return escaped(clean(text));
}

function bullets(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [`## ${title}`, ...lines(sentences)];
}

function numbered(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0
    ? []
    : [`## ${title}`, sentences.map((each, i) => `${i + 1}. ${cell(each)}`).join('\n')];
}

/** A list as one block; empty without a sentence. */
function lines(sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [sentences.map((each) => `- ${cell(each)}`).join('\n')];
}
