/** How much of the nearest objective each rate uses up: where the curve passes all of it, there is the limit. */
import type { Capacity } from '../capacity-run/index.ts';
import {
  LEFT,
  legend,
  lineKey,
  lineThrough,
  picture,
  pointOf,
  RIGHT,
  stretchBetween,
  verdictKeys,
  WIDTH,
} from '../plan/charts/frame.ts';
import { linearScale, scaleFromZero } from '../report/axis.ts';
import { type Html, html } from '../report/html.ts';
import { count, percent } from '../report/numbers.ts';
import { headlineOf } from './words.ts';

const HEIGHT = 320;
/** A trial far past its objective must not press all others flat: it stands at the upper edge. */
const MOST_SEVERE = 3;

/** Null before the first trial. */
export function severityChart({ trials, result }: Capacity): Html | null {
  if (trials.length === 0) return null;
  const most = Math.max(...trials.map(({ rate }) => rate)) * 1.06;
  const worst = Math.max(1, ...trials.map(({ severity }) => severity));
  const scale = scaleFromZero(Math.min(worst * 1.06, MOST_SEVERE), 7);
  const curve = result?.curve ?? [];
  const [lower, upper] = [result?.lower ?? null, result?.upper ?? null];
  const chart = picture({
    label: `Share of the nearest objective that is used up, over journeys per second: ${trials.length} trials, ${headlineOf(result)}`,
    height: HEIGHT,
    x: { scale: linearScale(0, most, 9), title: 'journeys per second asked for', text: String },
    y: { scale, title: 'used of the nearest objective', text: (value) => `${Math.round(value * 100)} %` },
    marks: [
      ...(lower === null ? [] : [{ className: 'peak', label: `held ${count(lower)}/s`, at: lower }]),
      ...(upper === null ? [] : [{ className: 'limit', label: `did not hold ${count(upper)}/s`, at: upper }]),
    ],
    inside: (places) =>
      html`${lower === null || upper === null ? null : stretchBetween('limit', places.x(lower), places.x(upper), places)}<path class="objective" d="M${LEFT} ${places.y(1)}H${WIDTH - RIGHT}"/><path class="curve" d="${lineThrough(curve.map(({ rate, fitted }) => [places.x(rate), places.y(fitted)]))}"/>`,
    over: ({ x, y }) =>
      html`<text class="note-in objective" x="${LEFT + 8}" y="${y(1) - 7}">the objective</text>${trials.map((trial) => pointOf(trial, x(trial.rate), y(trial.severity), `${percent(trial.severity)} at ${count(trial.rate)}/s`, trial.severity > scale.high))}`,
  });
  const keys = [
    ...verdictKeys(trials),
    ...(curve.length < 2 ? [] : [[lineKey('curve'), 'rising curve nearest to them'] as const]),
  ];
  return html`${legend(keys)}${chart}`;
}
