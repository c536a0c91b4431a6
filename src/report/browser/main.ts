import type { ChartData } from '../chart-data.ts';
import { Chart, type ChartContent } from './chart.ts';
import { endpointCharts, loadCharts, needsLogarithm } from './content.ts';
import { Theme } from './theme.ts';

/** CSS pixels between the margins of a sheet of A4, and of one of two charts beside each other. */
const PAPER = { whole: 690, half: 330 };

class Page {
  readonly #data: ChartData;
  readonly #charts = new Map<string, Chart>();
  readonly #select = document.querySelector<HTMLSelectElement>('#endpoint');
  readonly #logarithmic = document.querySelector<HTMLInputElement>('#logarithmic');
  /** Null until the reader chose. */
  #scaleChosen: boolean | null = null;
  #onPaper = false;

  constructor(data: ChartData) {
    this.#data = data;
    this.#select?.addEventListener('change', () => this.draw());
    this.#logarithmic?.addEventListener('change', () => {
      this.#scaleChosen = this.#logarithmic?.checked ?? false;
      this.draw();
    });
  }

  /** Draws every chart and shows what belongs to the chosen endpoint. */
  draw(): void {
    const index = this.#select === null ? this.#data.selected : Number(this.#select.value);
    const endpoint = this.#data.endpoints[index];
    if (endpoint !== undefined) {
      const logarithmic = this.#scaleChosen ?? needsLogarithm(endpoint);
      if (this.#logarithmic) this.#logarithmic.checked = logarithmic;
      this.#drawEach(endpointCharts(endpoint, logarithmic));
    }
    this.#drawEach(loadCharts(this.#data));
    for (const figure of document.querySelectorAll<HTMLElement>('[data-distribution]')) {
      figure.hidden = figure.dataset.distribution !== String(index);
    }
    for (const name of document.querySelectorAll('.chosen')) name.textContent = endpoint?.name ?? '';
  }

  /** Draws for paper, where charts are as wide as the sheet, or for the screen again. */
  drawOnPaper(onPaper: boolean): void {
    if (onPaper === this.#onPaper) return;
    this.#onPaper = onPaper;
    document.documentElement.classList.toggle('on-paper', onPaper);
    this.draw();
  }

  #drawEach(charts: Record<string, ChartContent>): void {
    for (const [id, content] of Object.entries(charts)) {
      const width = id === 'latency-chart' ? PAPER.whole : PAPER.half;
      this.#chart(id)?.draw(content, {
        bands: this.#data.bands,
        width: this.#onPaper ? width : null,
      });
    }
  }

  #chart(id: string): Chart | null {
    const known = this.#charts.get(id);
    if (known !== undefined) return known;
    const [host, legend, reading] = [id, `${id}-legend`, 'reading'].map((name) => document.getElementById(name));
    if (!host || !legend || !reading) return null;
    const chart = new Chart(host, legend, reading);
    this.#charts.set(id, chart);
    return chart;
  }
}

const page = new Page(JSON.parse(document.getElementById('chart-data')?.textContent ?? ''));
document.documentElement.classList.add('scripted');
page.draw();
new Theme(document.querySelector<HTMLButtonElement>('#theme'), () => page.draw());

window.addEventListener('beforeprint', () => page.drawOnPaper(true));
window.addEventListener('afterprint', () => page.drawOnPaper(false));
window.matchMedia('print').addEventListener('change', ({ matches }) => page.drawOnPaper(matches));

let width = window.innerWidth;
window.addEventListener('resize', () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  page.draw();
});
