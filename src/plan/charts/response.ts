/** Response times over the rate: what was measured, what the model says, what is allowed, and where the limit is. */
import { linearScale, scaleFromZero } from '../../report/axis.ts';
import { type Html, html } from '../../report/html.ts';
import { latency } from '../../report/numbers.ts';
import { quantileName, rate, rates } from '../figures.ts';
import type { Plan, PlanTrial } from '../schema.ts';
import { curveThrough, LEFT, picture, pointOf, RIGHT, stretchBetween, WIDTH } from './frame.ts';

const HEIGHT = { quantile: 300, mean: 190 };
/** Room above what held: the rise past the limit must be seen, and must not press all else flat. */
const ROOM = 1.9;
const EDGE = 1.06;

/**
 * One figure of the response, milliseconds, over requests per second.
 *
 * @returns null when no trial has that figure
 */
export function responseChart(plan: Plan, which: 'quantile' | 'mean'): Html | null {
  const { trials, network, now, peak, source, question } = plan;
  const of = (trial: PlanTrial): number | null => (which === 'mean' ? trial.meanResponse : trial.quantile);
  const measured = trials.flatMap((trial) => {
    const value = of(trial);
    return value === null ? [] : { trial, value };
  });
  if (measured.length === 0) return null;
  const allowed = which === 'quantile' ? source.bindingLimit : null;
  const highestOf = (some: typeof measured): number => Math.max(...some.map(({ value }) => value));
  const held = measured.filter(({ trial }) => trial.verdict === 'pass');
  const wished = Math.max(ROOM * (allowed ?? 0), ROOM * (held.length === 0 ? 0 : highestOf(held)));
  const highest = Math.max(allowed ?? 0, highestOf(measured)) * EDGE;
  const top = wished > 0 ? Math.min(highest, wished) : highest;
  const name = which === 'mean' ? 'mean response' : quantileName(plan);
  const most = Math.max(now.limit.high, peak, ...trials.map(({ throughput }) => throughput)) * EDGE;
  const curve = (network?.curve ?? []).flatMap((point) => {
    const value = which === 'mean' ? point.meanResponse : point.quantile;
    return value === null ? [] : { at: point.throughput, value, extrapolated: point.extrapolated };
  });
  const measuredTo = curve.findLastIndex(({ extrapolated }) => !extrapolated);
  const beyond = curve[measuredTo + 1] === undefined ? undefined : curve[measuredTo];
  const marks = [
    { className: 'peak', label: `today’s peak ${rate(peak)}`, at: peak },
    { className: 'limit', label: `limit ${rates(now.limit)}`, at: now.limit.low },
    { className: 'asked', label: `${question.multiple} × the peak`, at: question.multiple * peak },
    ...(beyond === undefined
      ? []
      : [{ className: 'from', label: `extrapolated from ${rate(beyond.at)}`, at: beyond.at }]),
  ];
  const scale = scaleFromZero(top, 6);
  return picture({
    label: `${name} in milliseconds over requests per second: ${measured.length} trials, limit ${rates(now.limit)}${allowed === null ? '' : `, objective ${latency(allowed)}`}`,
    height: HEIGHT[which],
    x: { scale: linearScale(0, most, 9), title: 'requests per second', text: String },
    y: { scale, title: `${name}, ms`, text: String },
    marks,
    inside: (places) => {
      const { x, y, top: edge, bottom } = places;
      // What lies above the picture is cut off by its frame, not bent along its edge.
      const span = bottom - edge;
      const height = (value: number): number => Math.round((bottom - (span * value) / scale.high) * 10) / 10;
      return html`${stretchBetween('limit', x(now.limit.low), x(now.limit.high), places)}${
        allowed === null ? null : html`<path class="objective" d="M${LEFT} ${y(allowed)}H${WIDTH - RIGHT}"/>`
      }${curveThrough(
        curve
          .filter(({ at }) => at <= most)
          .map(({ at, value, extrapolated }) => ({ x: x(at), y: height(value), extrapolated })),
        which,
      )}`;
    },
    over: ({ x, y }) =>
      html`${
        allowed === null
          ? null
          : html`<text class="note-in objective" x="${LEFT + 8}" y="${y(allowed) - 7}">objective ${latency(allowed)}</text>`
      }${measured.map(({ trial, value }) => pointOf(trial, x(trial.throughput), y(value), `${name} ${latency(value)} at ${rate(trial.throughput)}`, value > scale.high))}`,
  });
}
