import type uPlot from 'uplot';
import type { View } from '../address.ts';
import type { Band } from '../chart-data.ts';
import { clock } from '../numbers.ts';
import { type ChartSpec, colourOf, type LineStyle, plot } from './plot.ts';

/** What a chart has in common with the others of its page. */
export interface Frame {
  bands: readonly Band[];
  /** In CSS pixels; null for that of its place. */
  width: number | null;
  view: View;
  /** All of the time axis, which is the same in all charts: not each has a value for the first and the last second. */
  whole: readonly [from: number, until: number];
}

export type ChartContent = Omit<ChartSpec, 'onCursor' | 'onSelect' | 'width' | 'bands' | 'view'>;

/** Shortest stretch that can be shown, in seconds. */
export const SHORTEST_VIEW = 2;

/** A chart of the page with its legend: the mouse, a finger or the arrow keys read values from it. */
export class Chart {
  readonly #host: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #reading: HTMLElement;
  #drawn: uPlot | null = null;
  #content: ChartContent | null = null;
  #values: HTMLElement[] = [];
  #time: HTMLElement | null = null;
  #view: View = null;
  #whole: Frame['whole'] = [0, 0];
  #bands: readonly Band[] = [];
  readonly #onView: (view: View) => void;

  /** @param onView called when the reader asks for another stretch */
  constructor(host: HTMLElement, legend: HTMLElement, reading: HTMLElement, onView: (view: View) => void) {
    this.#onView = onView;
    this.#host = host;
    this.#legend = legend;
    this.#reading = reading;
    host.addEventListener('keydown', (event) => this.#onKey(event));
    host.addEventListener('dblclick', () => this.#onView(null));
    host.addEventListener('blur', () => this.#drawn?.setCursor({ left: -10, top: -10 }));
  }

  /** Draws the chart anew, in the colours that the page has now. */
  draw(content: ChartContent, { bands, width, view, whole }: Frame): void {
    const read = width === null ? this.#secondRead() : null;
    this.#drawn?.destroy();
    this.#view = view;
    this.#whole = whole;
    this.#content = content;
    const [from, until] = view ?? whole;
    this.#bands = bands.filter((band) => band.from <= until && band.until >= from);
    this.#fillLegend(content);
    this.#drawn = plot(this.#host, {
      ...content,
      bands,
      width: width ?? this.#host.clientWidth,
      view: view ?? whole,
      onCursor: (index) => this.#show(index),
      // Later: the chart that calls is in the middle of its own work, and a new view draws it anew.
      onSelect: (from, until) => setTimeout(() => this.#onView([from, until])),
    });
    // Who reads a value goes on reading it: a running test is drawn anew every two seconds.
    if (read !== null && read >= from && read <= until) queueMicrotask(() => this.#read(read));
  }

  /** Sets the cursor; a chart has its size only when the work in which it was made is done. */
  #read(second: number): void {
    this.#drawn?.setCursor({ left: this.#drawn.valToPos(second, 'x'), top: 0 });
  }

  /** The second under the cursor; null when it is elsewhere. */
  #secondRead(): number | null {
    const index = this.#drawn?.cursor.idx ?? null;
    return index === null ? null : (this.#content?.data.seconds[index] ?? null);
  }

  #fillLegend({ styles, levels = [] }: ChartContent): void {
    this.#values = styles.map(() => document.createElement('b'));
    this.#time = document.createElement('li');
    const level = levels[0];
    this.#legend.replaceChildren(
      ...styles.map((style, i) => entry(style.label, style.colour, dashOf(style), this.#values[i])),
      ...(level === undefined ? [] : [entry(level.name, level.colour, 'dashed')]),
      ...[...new Map(this.#bands.map((band) => [band.kind, band])).values()]
        .filter(({ kind }) => kind !== 'warm-up')
        .map(({ kind, label }) => entry(label, ...BLOCKS[kind])),
      this.#time,
    );
  }

  #show(index: number | null): void {
    const content = this.#content;
    const seconds = index === null ? undefined : content?.data.seconds[index];
    for (const [line, element] of this.#values.entries()) {
      const value = index === null ? null : (content?.data.lines[line]?.[index] ?? null);
      element.textContent = value === null || content === null ? '' : content.value(value);
    }
    if (this.#time) this.#time.textContent = seconds === undefined ? '' : `at ${clock(seconds)}`;
  }

  #onKey(event: KeyboardEvent): void {
    const chart = this.#drawn;
    const seconds = this.#content?.data.seconds;
    if (!chart || !seconds || seconds.length === 0) return;
    if (this.#zoomed(event)) return;
    // Only what is seen can be read.
    const [from, until] = this.#view ?? this.#whole;
    const first = Math.max(
      0,
      seconds.findIndex((second) => second >= from),
    );
    const last = Math.max(
      first,
      seconds.findLastIndex((second) => second <= until),
    );
    const at = chart.cursor.idx ?? null;
    const step = event.shiftKey ? 10 : 1;
    const moves: Record<string, number> = {
      ArrowRight: at === null ? first : at + step,
      ArrowLeft: at === null ? last : at - step,
      Home: first,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(first, to));
    this.#read(seconds[index] ?? 0);
    this.#say(index);
  }

  /** What stands at a time, for those who cannot see it. */
  #say(index: number): void {
    const { styles = [], data } = this.#content ?? {};
    const second = data?.seconds[index] ?? 0;
    const values = styles.flatMap(({ label }, line) => {
      const value = this.#values[line]?.textContent ?? '';
      return value === '' ? [] : [`${label} ${value}`];
    });
    const marks = this.#bands.filter(({ from, until }) => second >= from && second <= until).map(({ label }) => label);
    this.#reading.textContent = `${[...values, ...new Set(marks)].join(', ')} at ${clock(second)}`;
  }

  /** Plus and minus zoom around the cursor, or the middle; Escape and 0 show the whole run. */
  #zoomed({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey) return false;
    if (key === 'Escape' || key === '0') {
      this.#onView(null);
      return true;
    }
    const factor = { '+': 0.5, '=': 0.5, '-': 2 }[key];
    if (factor === undefined) return false;
    this.#onView(zoomed(this.#view, this.#whole, { factor, around: this.#secondRead() }));
    return true;
  }
}

/**
 * A view whose length is multiplied; null for the whole run.
 *
 * @param around what stays in the middle as far as the run reaches; the middle of the view without this
 */
export function zoomed(
  view: View,
  whole: Frame['whole'],
  { factor, around = null }: { factor: number; around?: number | null },
): View {
  const [low, high] = whole;
  const [from, until] = view ?? whole;
  const length = Math.max(SHORTEST_VIEW, (until - from) * factor);
  if (length >= high - low) return null;
  const start = Math.min(high - length, Math.max(low, (around ?? (from + until) / 2) - length / 2));
  return [start, start + length];
}

/** Colour and shape of what marks a stretch, in the legend. */
const BLOCKS: Record<Band['kind'], [colour: string, shape: string]> = {
  'warm-up': ['shade', 'block'],
  gap: ['shade', 'block'],
  outage: ['bad', 'block soft'],
  worst: ['bad', 'block soft'],
  dropped: ['bad', 'block strip'],
  saturated: ['warn', 'block strip'],
};

/** How the swatch of a line is drawn: short dashes are those of a compared run. */
function dashOf({ dash }: LineStyle): string {
  if (dash === undefined) return '';
  return (dash[0] ?? 0) < 4 ? 'dotted' : 'dashed';
}

function entry(label: string, colour: string, dash: string, value?: HTMLElement): HTMLElement {
  const item = document.createElement('li');
  const swatch = document.createElement('i');
  swatch.className = dash;
  swatch.style.borderColor = colourOf(colour);
  if (dash.startsWith('block')) swatch.style.background = `${colourOf(colour)}${dash.endsWith('soft') ? '40' : ''}`;
  item.append(swatch, `${label} `, value ?? '');
  return item;
}
