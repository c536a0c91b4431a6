import { addressText, parseAddress, type View } from '../address.ts';
import type { ChartData } from '../chart-data.ts';
import { clock } from '../numbers.ts';
import { Chart, type ChartContent, SHORTEST_VIEW } from './chart.ts';
import { besides, endpointCharts, loadCharts, needsLogarithm, wholeOf } from './content.ts';
import { rowsOfChart, rowsOfTable, saveButton } from './csv.ts';
import { Theme } from './theme.ts';

/** CSS pixels between the margins of a sheet of A4, and of one of two charts beside each other. */
const PAPER = { whole: 690, half: 330 };

class Page {
  readonly #data: ChartData;
  readonly #charts = new Map<string, Chart>();
  readonly #contents = new Map<string, ChartContent>();
  readonly #select = document.querySelector<HTMLSelectElement>('#endpoint');
  readonly #logarithmic = document.querySelector<HTMLInputElement>('#logarithmic');
  readonly #compared = document.querySelector<HTMLInputElement>('#compared');
  readonly #whole = document.querySelector<HTMLButtonElement>('#whole');
  readonly #reading = document.querySelector('#reading');
  /** Null until the reader chose. */
  #scaleChosen: boolean | null = null;
  #view: View = null;
  #onPaper = false;

  constructor(data: ChartData) {
    this.#data = data;
    this.#select?.addEventListener('change', () => this.#changed());
    this.#compared?.addEventListener('change', () => this.#changed());
    this.#logarithmic?.addEventListener('change', () => {
      this.#scaleChosen = this.#logarithmic?.checked ?? false;
      this.#changed();
    });
    this.#whole?.addEventListener('click', () => {
      this.#show(null);
      // The button has hidden itself.
      document.getElementById('latency-chart')?.focus();
    });
    document.querySelector('#link')?.addEventListener('click', () => void this.#copyLink());
  }

  /** Draws every chart and shows what belongs to the chosen endpoint. */
  draw(): void {
    const index = this.#index();
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
    if (this.#whole) {
      this.#whole.hidden = this.#view === null;
      if (this.#view !== null) {
        this.#whole.textContent = `Whole run (shown: ${clock(this.#view[0])} to ${clock(this.#view[1])})`;
      }
    }
  }

  /** Draws for paper, where charts are as wide as the sheet, or for the screen again. */
  drawOnPaper(onPaper: boolean): void {
    if (onPaper === this.#onPaper) return;
    this.#onPaper = onPaper;
    document.documentElement.classList.toggle('on-paper', onPaper);
    this.draw();
  }

  /** Takes up the view that the page's address names, if it names one. */
  follow(): void {
    const address = parseAddress(location.hash);
    if (address === null) return;
    const index = this.#data.endpoints.findIndex(({ name }) => name === address.endpoint);
    if (index >= 0 && this.#select) this.#select.value = String(index);
    if (address.logarithmic !== null) this.#scaleChosen = address.logarithmic;
    if (address.compared !== null && this.#compared) this.#compared.checked = address.compared;
    this.#view = this.#within(address.view);
    this.draw();
    if (index >= 0) document.getElementById('latency-section')?.scrollIntoView();
  }

  #index(): number {
    return this.#select === null ? this.#data.selected : Number(this.#select.value);
  }

  #show(view: View): void {
    this.#view = this.#within(view);
    this.#changed();
    if (this.#reading) {
      this.#reading.textContent =
        this.#view === null ? 'Whole run' : `${clock(this.#view[0])} to ${clock(this.#view[1])}`;
    }
  }

  /** No further than the run goes, and not too short to be seen. */
  #within(view: View): View {
    if (view === null) return null;
    const [first, last] = wholeOf(this.#data);
    const from = Math.max(first, Math.min(view[0], last - SHORTEST_VIEW));
    const until = Math.min(last, Math.max(view[1], from + SHORTEST_VIEW));
    return until > from && until - from < last - first ? [from, until] : null;
  }

  #changed(): void {
    this.draw();
    // A file that is shown inside another page may not change its address.
    try {
      history.replaceState(null, '', this.#address());
    } catch {}
  }

  #address(): string {
    return addressText({
      endpoint: this.#data.endpoints[this.#index()]?.name ?? null,
      view: this.#view,
      logarithmic: this.#scaleChosen,
      compared: this.#compared?.checked ?? null,
    });
  }

  async #copyLink(): Promise<void> {
    this.#changed();
    const button = document.querySelector('#link');
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    const text = copied === true ? 'Link copied' : 'The link is in the address bar';
    if (button) button.textContent = text;
    if (this.#reading) this.#reading.textContent = text;
  }

  #drawEach(charts: Record<string, ChartContent>): void {
    const { bands, compared } = this.#data;
    const shown = this.#compared?.checked ?? false;
    const whole = wholeOf(this.#data);
    for (const [id, content] of Object.entries(besides(charts, compared, shown))) {
      const width = id === 'latency-chart' ? PAPER.whole : PAPER.half;
      this.#contents.set(id, content);
      this.#chart(id)?.draw(content, { bands, width: this.#onPaper ? width : null, view: this.#view, whole });
    }
  }

  #chart(id: string): Chart | null {
    const known = this.#charts.get(id);
    if (known !== undefined) return known;
    const [host, legend, reading] = [id, `${id}-legend`, 'reading'].map((name) => document.getElementById(name));
    if (!host || !legend || !reading) return null;
    const chart = new Chart(host, legend, reading, (view) => this.#show(view));
    this.#charts.set(id, chart);
    const title = document.getElementById(`${id}-title`);
    const rows = (): (string | number | null)[][] => {
      const content = this.#contents.get(id);
      return content === undefined ? [] : rowsOfChart(content, this.#view);
    };
    // Behind the heading and not in it, which names the chart.
    title?.after(saveButton(title.textContent ?? id, id, rows));
    return chart;
  }
}

const page = new Page(JSON.parse(document.getElementById('chart-data')?.textContent ?? ''));
document.documentElement.classList.add('scripted');
page.draw();
page.follow();
new Theme(document.querySelector<HTMLButtonElement>('#theme'), () => page.draw());

for (const figure of document.querySelectorAll<HTMLElement>('figure[data-line]')) {
  const name = figure.dataset.name ?? 'line';
  const rows = (): (string | number)[][] => [['seconds', 'share left'], ...JSON.parse(figure.dataset.line ?? '[]')];
  figure
    .querySelector('figcaption')
    ?.append(saveButton(figure.querySelector('figcaption')?.textContent ?? name, name, rows));
}

for (const table of document.querySelectorAll<HTMLTableElement>('section .scroll > table')) {
  const section = table.closest('section');
  const name = section?.querySelector('h2')?.textContent ?? 'table';
  table.parentElement?.after(saveButton(`table of ${name}`, name.toLowerCase(), () => rowsOfTable(table)));
}

window.addEventListener('hashchange', () => page.follow());
window.addEventListener('beforeprint', () => page.drawOnPaper(true));
window.addEventListener('afterprint', () => page.drawOnPaper(false));
window.matchMedia('print').addEventListener('change', ({ matches }) => page.drawOnPaper(matches));

let width = window.innerWidth;
window.addEventListener('resize', () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  page.draw();
});
