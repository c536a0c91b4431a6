import { changed, latency, percent } from '../report/numbers.ts';
import type { Ab, AbMetricResult } from './schema.ts';

const valueText = ({ unit }: AbMetricResult, value: number): string =>
  unit === 'ms' ? latency(value) : percent(value);

/** The comparison as Markdown: the verdict, a row for each metric, and what it rests on. */
export function abMarkdown(ab: Ab): string {
  const counting = ab.rounds.filter(({ reasons }) => reasons.length === 0).length;
  const rows = ab.metrics.map((metric) => {
    const { id, interval, detectable, pSlower, verdict } = metric;
    const range =
      interval === null ? '–' : `${changed(metric.scale, interval.low)} to ${changed(metric.scale, interval.high)}`;
    const found = detectable === null ? '–' : changed(metric.scale, detectable);
    const cells = [id, valueText(metric, metric.a), valueText(metric, metric.b), changed(metric.scale, metric.change)];
    return `| ${[...cells, range, pSlower.toFixed(4), found, verdict].join(' | ')} |`;
  });
  const table =
    rows.length === 0
      ? []
      : [
          '| metric | A | B | change | 95 % interval | p of "B is worse" | could find | verdict |',
          '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
          ...rows,
          '',
        ];
  const mode = ab.mode === 'duet' ? 'both at the same time' : 'one after the other in random order';
  const left = ab.rounds.length - counting;
  return [
    `**${ab.verdict.toUpperCase()}**: ${ab.because}.`,
    '',
    ...table,
    `${counting} rounds of ${ab.plannedRounds}, ${mode}${left > 0 ? `; ${left} left out` : ''}. Medians over the rounds; change and interval by Hodges and Lehmann;`,
    `p by the sign-flip max-T test, for all metrics together; "could find": the change that these rounds find with 80 % power.`,
    `A: \`${ab.a}\`  B: \`${ab.b}\``,
    '',
  ].join('\n');
}

/** One line for one round: what changed the most in it. */
export function roundLine(ab: Ab): string {
  const number = ab.rounds.length;
  const round = ab.rounds.at(-1);
  if (round === undefined) return '';
  if (round.reasons.length > 0) {
    const reasons = round.reasons.map(({ side, code }) => (side === null ? code : `${code} of ${side.toUpperCase()}`));
    return `round ${number}: left out, ${[...new Set(reasons)].join(', ')}`;
  }
  const changes = round.figures
    .filter(({ id }) => id.endsWith('.p50') || id.endsWith('.p95'))
    .map(({ id, a, b }) => `${id} ${changed('ratio', b / a - 1)}`);
  return `round ${number}: ${changes.join(', ') || 'no latency with enough requests'}`;
}

/** What can be found, before it begins; null when nothing is known. */
export function foresightLine(ab: Ab): string | null {
  const found = Object.entries(ab.foreseen).filter(([id]) => !id.endsWith('.errorRate'));
  if (found.length === 0) return null;
  const text = found.map(([id, change]) => `${id} ${changed('ratio', change)}`);
  return `At the noise of the last comparison like this, ${ab.plannedRounds} rounds find with 80 % power: ${text.join(', ')}.`;
}
