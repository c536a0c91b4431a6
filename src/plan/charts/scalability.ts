/** The Universal Scalability Law over concurrency, and what it leaves unexplained. */
import { linearScale, logarithmicScale, type Scale, scaleFromZero, tenth } from '../../report/axis.ts';
import { type Html, html } from '../../report/html.ts';
import { count } from '../../report/numbers.ts';
import { parameter, rate } from '../figures.ts';
import type { Plan, PlanTrial } from '../schema.ts';
import { type Axis, areaBetween, curveThrough, LEFT, picture, pointOf, RIGHT, stretchBetween, WIDTH } from './frame.ts';

type Usl = NonNullable<Plan['usl']>;

const CURVE_HEIGHT = 300;
const RESIDUAL_HEIGHT = 170;
/** Loads further apart than this are told apart on a logarithmic axis only. */
const FAR = 30;
const EDGE = 1.08;

/** Throughput over concurrency: trials, the fitted curve with its interval, and its peak. */
export function scalabilityChart({ trials, usl }: Plan): Html | null {
  if (usl === null) return null;
  const points = trials.filter(({ concurrency }) => concurrency > 0);
  const axis = concurrencyAxis(usl, points);
  const most = Math.max(
    ...usl.curve.map(({ throughput }) => throughput),
    ...points.map(({ throughput }) => throughput),
  );
  const top = Math.min(most * 1.35, Math.max(most * EDGE, ...usl.curve.map(({ high }) => high)));
  const peak = usl.peakIdentified ? usl.peak : null;
  const beyond = usl.curve.find(({ extrapolated, concurrency }) => extrapolated && concurrency > usl.tested.low);
  const last = usl.curve.at(-1)?.concurrency ?? usl.tested.high;
  return picture({
    label: `Throughput over concurrency: ${points.length} trials and the curve of the Universal Scalability Law${peak === null ? ', no peak identified' : `, peak ${rate(peak.throughput)} at ${count(tenth(peak.concurrency))}`}`,
    height: CURVE_HEIGHT,
    x: axis,
    y: { scale: scaleFromZero(top, 6), title: 'requests per second', text: String },
    marks: [
      ...(peak === null ? [] : [{ className: 'top', label: peakLabel(peak), at: peak.concurrency }]),
      ...(beyond === undefined
        ? []
        : [{ className: 'from', label: `extrapolated past ${count(tenth(usl.tested.high))}`, at: usl.tested.high }]),
    ],
    inside: (places) => {
      const { x, y } = places;
      const drawn = usl.curve.filter(({ concurrency }) => concurrency >= axis.scale.low);
      const edges = drawn.map(({ concurrency, low, high }) => ({ x: x(concurrency), low: y(low), high: y(high) }));
      const curve = drawn.map((point) => ({
        x: x(point.concurrency),
        y: y(point.throughput),
        extrapolated: point.extrapolated,
      }));
      return html`${peak === null ? null : stretchBetween('top', x(peak.low), x(peak.high ?? last), places)}<path class="confidence" d="${areaBetween(edges)}"/>${curveThrough(curve, 'usl')}`;
    },
    over: ({ x, y }) =>
      html`${points.map((trial) => pointOf(trial, x(trial.concurrency), y(trial.throughput), `${rate(trial.throughput)} with ${parameter(trial.concurrency)} requests in the system`))}`,
  });
}

function peakLabel({ concurrency, throughput, low, high }: NonNullable<Usl['peak']>): string {
  const interval = `${count(Math.round(low))} to ${high === null ? 'no upper end' : count(Math.round(high))}`;
  return `peak ${rate(throughput)} at ${count(Math.round(concurrency))} (${interval})`;
}

/** Measured less fitted throughput: a pattern here is something that the law does not explain. */
export function residualChart({ trials, usl }: Plan): Html | null {
  if (usl === null) return null;
  const byId = new Map(trials.map((trial) => [trial.runId, trial]));
  const points = usl.residuals.flatMap(({ runId, concurrency, residual }) => {
    const trial = byId.get(runId);
    return trial === undefined ? [] : { trial, concurrency, residual };
  });
  const reach = Math.max(usl.residualError, ...points.map(({ residual }) => Math.abs(residual))) * 1.2 || 1;
  const error = usl.residualError;
  return picture({
    label: `Measured less fitted throughput over concurrency: ${points.length} trials, residual error ${parameter(error)} requests per second`,
    height: RESIDUAL_HEIGHT,
    x: concurrencyAxis(
      usl,
      trials.filter(({ concurrency }) => concurrency > 0),
    ),
    y: {
      scale: linearScale(-reach, reach, 6),
      title: 'residual, requests/s',
      text: (tick) => String(tick).replace('-', '−'),
    },
    marks: [],
    inside: ({ x: _, y }) =>
      html`<rect class="scatter" x="${LEFT}" y="${y(error)}" width="${WIDTH - LEFT - RIGHT}" height="${tenth(y(-error) - y(error))}"/><path class="zero" d="M${LEFT} ${y(0)}H${WIDTH - RIGHT}"/>`,
    over: ({ x, y }) =>
      html`${points.map(({ trial, concurrency, residual }) => pointOf(trial, x(concurrency), y(residual), `${signed(residual)} requests/s with ${parameter(concurrency)} in the system`))}`,
  });
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${parameter(value)}`;

/** The same for both pictures, so that they can be read one above the other. */
function concurrencyAxis({ curve, tested }: Usl, points: readonly PlanTrial[]): Axis {
  const measured = [tested.low, ...points.map(({ concurrency }) => concurrency)].filter((load) => load > 0);
  const lowest = Math.min(...measured);
  const highest = Math.max(tested.high, ...[...points, ...curve].map(({ concurrency }) => concurrency));
  const far = Math.max(...measured) / lowest > FAR;
  const scale: Scale = far ? logarithmicScale(lowest / 2, highest * EDGE) : linearScale(0, highest * 1.02, 9);
  return { scale, title: `requests in the system, mean${far ? ' (logarithmic)' : ''}`, text: String };
}
