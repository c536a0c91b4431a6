import type uPlot from 'uplot';
import type { Band } from '../chart-data.ts';
import { clock } from '../numbers.ts';
import { type ChartSpec, colourOf, plot } from './plot.ts';

export type ChartContent = Omit<ChartSpec, 'onCursor' | 'width' | 'bands'>;

/** A chart of the page with its legend: the mouse, a finger or the arrow keys read values from it. */
export class Chart {
  readonly #host: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #reading: HTMLElement;
  #drawn: uPlot | null = null;
  #content: ChartContent | null = null;
  #values: HTMLElement[] = [];
  #time: HTMLElement | null = null;

  constructor(host: HTMLElement, legend: HTMLElement, reading: HTMLElement) {
    this.#host = host;
    this.#legend = legend;
    this.#reading = reading;
    host.addEventListener('keydown', (event) => this.#onKey(event));
    host.addEventListener('blur', () => this.#drawn?.setCursor({ left: -10, top: -10 }));
  }

  /** Draws the chart anew, in the colours that the page has now. */
  draw(content: ChartContent, { bands, width }: { bands: readonly Band[]; width: number | null }): void {
    this.#drawn?.destroy();
    this.#content = content;
    this.#fillLegend(content);
    this.#drawn = plot(this.#host, {
      ...content,
      bands,
      width: width ?? this.#host.clientWidth,
      onCursor: (index) => this.#show(index),
    });
  }

  #fillLegend({ styles, levels = [] }: ChartContent): void {
    this.#values = styles.map(() => document.createElement('b'));
    this.#time = document.createElement('li');
    const level = levels[0];
    this.#legend.replaceChildren(
      ...styles.map((style, i) => entry(style.label, style.colour, style.dash !== undefined, this.#values[i])),
      ...(level === undefined ? [] : [entry(level.name, level.colour, true)]),
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
    const last = seconds.length - 1;
    const at = chart.cursor.idx ?? null;
    const step = event.shiftKey ? 10 : 1;
    const moves: Record<string, number> = {
      ArrowRight: at === null ? 0 : at + step,
      ArrowLeft: at === null ? last : at - step,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    chart.setCursor({ left: chart.valToPos(seconds[index] ?? 0, 'x'), top: 0 });
    this.#reading.textContent = (this.#legend.textContent ?? '').trim();
  }
}

function entry(label: string, colour: string, dashed: boolean, value?: HTMLElement): HTMLElement {
  const item = document.createElement('li');
  const swatch = document.createElement('i');
  swatch.className = dashed ? 'dashed' : '';
  swatch.style.borderColor = colourOf(colour);
  item.append(swatch, `${label} `, value ?? '');
  return item;
}
