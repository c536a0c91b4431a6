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
    this.#drawn?.destroy();
    this.#view = view;
    this.#whole = whole;
    this.#content = content;
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
  }

  #fillLegend({ styles, levels = [] }: ChartContent): void {
    this.#values = styles.map(() => document.createElement('b'));
    this.#time = document.createElement('li');
    const level = levels[0];
    this.#legend.replaceChildren(
      ...styles.map((style, i) => entry(style.label, style.colour, dashOf(style), this.#values[i])),
      ...(level === undefined ? [] : [entry(level.name, level.colour, 'dashed')]),
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
    if (this.#zoomed(event, seconds)) return;
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
    chart.setCursor({ left: chart.valToPos(seconds[index] ?? 0, 'x'), top: 0 });
    this.#reading.textContent = (this.#legend.textContent ?? '').trim();
  }

  /** Plus and minus zoom around the cursor, or the middle; Escape and 0 show the whole run. */
  #zoomed({ key, ctrlKey, metaKey }: KeyboardEvent, seconds: readonly number[]): boolean {
    if (ctrlKey || metaKey) return false;
    if (key === 'Escape' || key === '0') {
      this.#onView(null);
      return true;
    }
    const factor = { '+': 0.5, '=': 0.5, '-': 2 }[key];
    if (factor === undefined) return false;
    const [low, high] = this.#whole;
    const [from, until] = this.#view ?? [low, high];
    const index = this.#drawn?.cursor.idx ?? null;
    const middle = index === null ? (from + until) / 2 : (seconds[index] ?? from);
    const length = Math.max(SHORTEST_VIEW, (until - from) * factor);
    if (length >= high - low) this.#onView(null);
    else {
      const start = Math.min(high - length, Math.max(low, middle - length / 2));
      this.#onView([start, start + length]);
    }
    return true;
  }
}

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
  item.append(swatch, `${label} `, value ?? '');
  return item;
}
