/** Demand ahead as a fan, and the days on which it passes the limit. */
import { linearScale, type Scale, scaleFromZero } from '../../report/axis.ts';
import { type Html, html } from '../../report/html.ts';
import { PERCENTILES, rates } from '../figures.ts';
import type { Plan } from '../schema.ts';
import { areaBetween, LEFT, lineThrough, picture, stretchBetween } from './frame.ts';

const HEIGHT = 320;
/** How far above the limit demand is followed. */
const ROOM = 1.7;
const DAY = 86_400_000;
const EVENT_LENGTH = 36;
const MONTHS = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });

/** Daily peaks of the past, the fan of those ahead, the limit across, events and crossings as marks. */
export function demandChart({ demand, now, peak }: Plan): Html | null {
  if (demand === null || demand.fan.length === 0) return null;
  const days = [...demand.history, ...demand.fan].map(({ date }) => dayOf(date));
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const highest = Math.max(...demand.fan.map(({ p90 }) => p90));
  const top = Math.max(
    peak,
    now.limit.high * 1.12,
    ...demand.history.map((day) => day.peak),
    Math.min(highest, now.limit.high * ROOM),
  );
  const crossings = PERCENTILES.flatMap(([key, name]) => {
    const date = now.exhausted?.[key] ?? null;
    return date === null ? [] : { name, date, at: dayOf(date) };
  });
  const scale = scaleFromZero(top, 6);
  return picture({
    label: `Daily peak of demand until ${demand.fan.at(-1)?.date ?? ''} against the limit of ${rates(now.limit)}${crossings.map(({ name, date }) => `, ${name} passes it on ${date}`).join('')}`,
    height: HEIGHT,
    x: {
      scale: dateScale(first, Math.max(last, first + 1)),
      title: 'date',
      text: (day) => dateTick(day, last - first),
    },
    y: { scale, title: 'requests per second, daily peak', text: String },
    marks: [
      ...crossings.map(({ name, date, at }) => ({ className: 'day', label: `${name} ${date}`, at })),
      ...demand.events.map(({ date, text }) => ({ className: 'event', label: clip(text), at: dayOf(date) })),
    ],
    inside: (places) => {
      const { x, bottom, top: edge } = places;
      const span = bottom - edge;
      const height = (value: number): number => Math.round((bottom - (span * value) / scale.high) * 10) / 10;
      const fan = demand.fan.map(({ date, p10, p90 }) => ({ x: x(dayOf(date)), low: height(p10), high: height(p90) }));
      const past = demand.history.map((day) => [x(dayOf(day.date)), height(day.peak)] as const);
      const middle = demand.fan.map(({ date, p50 }) => [x(dayOf(date)), height(p50)] as const);
      const band = { top: height(now.limit.high), bottom: height(now.limit.low) };
      const whole = { ...places, ...band };
      return html`<path class="confidence" d="${areaBetween(fan)}"/>${stretchBetween('limit', LEFT, x(last), whole)}<path class="limit" d="M${LEFT} ${band.bottom}H${x(last)}"/><path class="curve past" d="${lineThrough(past)}"/><path class="curve middle" d="${lineThrough(middle)}"/>`;
    },
    over: ({ x, y }) =>
      html`<text class="note-in limit" x="${LEFT + 8}" y="${y(now.limit.high) - 7}">limit ${rates(now.limit)}</text>${crossings.map(({ name, date, at }) => html`<circle class="crossing" cx="${x(at)}" cy="${y(now.limit.low)}" r="5"><title>${name}: ${date}</title></circle>`)}`,
  });
}

/** Whole days since 1970. */
const dayOf = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / DAY);

/** First days of months, or every so many days of a short time. */
function dateScale(low: number, high: number): Scale {
  const months = (high - low) / 30.44;
  const step = [1, 2, 3, 6, 12, 24, 60].find((each) => months / each <= 10);
  if (months < 3) return linearScale(low, high, 7);
  const start = new Date(low * DAY);
  const ticks: number[] = [];
  for (let month = 0; ticks.length < 100; month++) {
    const date = new Date(Date.UTC(start.getUTCFullYear(), month, 1));
    const day = date.getTime() / DAY;
    if (day > high) break;
    if (day >= low && month % (step ?? 120) === 0) ticks.push(day);
  }
  return { low, high, logarithmic: false, ticks };
}

function dateTick(day: number, span: number): string {
  const date = new Date(day * DAY);
  return span / 30.44 < 3 ? date.toISOString().slice(0, 10) : MONTHS.format(date);
}

function clip(text: string): string {
  const characters = [...text];
  return characters.length <= EVENT_LENGTH ? text : `${characters.slice(0, EVENT_LENGTH - 1).join('')}…`;
}
