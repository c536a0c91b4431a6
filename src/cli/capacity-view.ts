import type { Capacity, CapacityTrial, SearchView } from '../capacity-run/index.ts';
import type { LiveStatus } from '../run/live.ts';
import { ProgressView } from './progress.ts';

/** Shows a search while it goes: the rates tried on a line above the trial under way, and a line for each trial made. */
export class CapacityView extends ProgressView {
  status(status: LiveStatus, view: SearchView): void {
    this.update(status, bracketLines(view.capacity, view));
  }

  trial(trial: CapacityTrial, capacity: Capacity): void {
    this.end();
    this.note(trialLine(trial, capacity.trials.length));
  }
}

/** One trial in one line. */
export function trialLine(trial: CapacityTrial, number: number): string {
  const { why, rate, verdict, severity, bindingSlo, reasons, stopped } = trial;
  const objective = bindingSlo === null ? '' : `, ${bindingSlo} at ${percent(severity)} of its objective`;
  const known = trial.resources.flatMap(({ name, kind, utilisation }) =>
    utilisation === null ? [] : [{ name, own: kind !== 'host-cpu', utilisation }],
  );
  // The machine may be busy with something else: what is the target's comes first.
  const busiest = known.toSorted((a, b) => Number(b.own) - Number(a.own) || b.utilisation - a.utilisation)[0];
  const resource = busiest === undefined ? '' : `, ${busiest.name} ${percent(busiest.utilisation)} busy`;
  const early = stopped === null ? '' : `, stopped early: ${stopped}`;
  const because = verdict === 'invalid' && reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  return `trial ${number} (${why}) ${shortRate(rate)} journeys/s: ${verdict}${because}${objective}${resource}${early}`;
}

const AXIS_WIDTH = 56;

/**
 * The rates tried on a logarithmic line: ● held, ○ did not, ? said nothing, ▲ the trial under way; below it the bracket.
 */
export function bracketLines({ trials, target, mode }: Capacity, now: Pick<SearchView, 'rate' | 'why'>): string[] {
  const rates = [...trials.map(({ rate }) => rate), now.rate];
  const [low, high] = [Math.min(...rates) / 1.1, Math.max(...rates) * 1.1];
  const column = (rate: number): number => Math.round((Math.log(rate / low) / Math.log(high / low)) * (AXIS_WIDTH - 1));
  const axis = Array.from({ length: AXIS_WIDTH }, () => '─');
  for (const { rate, verdict } of trials) axis[column(rate)] = { pass: '●', fail: '○', invalid: '?' }[verdict];
  axis[column(now.rate)] = '▲';
  const fails = trials.filter(({ verdict }) => verdict === 'fail').map(({ rate }) => rate);
  const upper = fails.length === 0 ? null : Math.min(...fails);
  const passes = trials.filter(({ rate, verdict }) => verdict === 'pass' && (upper === null || rate < upper));
  const lower = passes.length === 0 ? null : Math.max(...passes.map(({ rate }) => rate));
  return [
    `  the limit of ${target} (${mode})`,
    `  ${shortRate(low)} ${axis.join('')} ${shortRate(high)}`,
    `  limit ${lower === null ? 'unknown' : `≥ ${shortRate(lower)}`}${upper === null ? '' : ` < ${shortRate(upper)}`} journeys/s · trial ${trials.length + 1} (${now.why}) at ${shortRate(now.rate)}`,
  ];
}

const shortRate = (rate: number): string => rate.toFixed(rate < 10 ? 2 : rate < 1_000 ? 1 : 0);
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
