import { addressText, parseAddress, type View } from '../address.ts';
import type { ChartData } from '../chart-data.ts';
import { clock } from '../numbers.ts';
import { Chart, type ChartContent, SHORTEST_VIEW, zoomed } from './chart.ts';
import { besides, endpointCharts, loadCharts, needsLogarithm, wholeOf } from './content.ts';
import { rowsOfChart, rowsOfTable, saveButton } from './csv.ts';
import { onPaper, paperWidth } from './paper.ts';
import { Theme } from './theme.ts';

const LINK_TEXT = 'Copy link to this view';

class Page {
  readonly #data: ChartData;
  readonly #charts = new Map<string, Chart>();
  readonly #contents = new Map<string, ChartContent>();
  readonly #select = document.querySelector<HTMLSelectElement>('#endpoint');
  readonly #logarithmic = document.querySelector<HTMLInputElement>('#logarithmic');
  readonly #compared = document.querySelector<HTMLInputElement>('#compared');
  readonly #whole = document.querySelector<HTMLButtonElement>('#whole');
  readonly #link = document.querySelector('#link');
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
    const onClick = (id: string, view: () => View): void => {
      const button = document.getElementById(id);
      button?.addEventListener('click', () => {
        this.#show(view());
        // A button that has hidden itself leaves its focus to the one that is always there.
        if (button.hidden) document.getElementById('zoom-in')?.focus();
      });
    };
    onClick('zoom-in', () => zoomed(this.#view, wholeOf(this.#data), { factor: 0.5 }));
    onClick('zoom-out', () => zoomed(this.#view, wholeOf(this.#data), { factor: 2 }));
    onClick('earlier', () => this.#moved(-0.5));
    onClick('later', () => this.#moved(0.5));
    onClick('whole', () => null);
    this.#link?.addEventListener('click', () => void this.#copyLink());
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
    for (const button of document.querySelectorAll<HTMLElement>('.zoomed')) button.hidden = this.#view === null;
    if (this.#whole && this.#view !== null) {
      this.#whole.textContent = `Whole run (shown: ${clock(this.#view[0])} to ${clock(this.#view[1])})`;
    }
  }

  /** Draws for paper, where charts are as wide as the sheet, or for the screen again. */
  drawOnPaper(isPaper: boolean): void {
    this.#onPaper = isPaper;
    this.draw();
  }

  /**
   * Takes up the view that the page's address names, if it names one.
   *
   * @param moves whether the reader followed a link, and goes on from there by keyboard
   */
  follow(moves: boolean): void {
    const address = parseAddress(location.hash);
    if (address === null) return;
    const index = this.#data.endpoints.findIndex(({ name }) => name === address.endpoint);
    if (index >= 0 && this.#select) this.#select.value = String(index);
    if (address.logarithmic !== null) this.#scaleChosen = address.logarithmic;
    if (address.compared !== null && this.#compared) this.#compared.checked = address.compared;
    this.#view = this.#within(address.view);
    this.draw();
    if (index < 0) return;
    document.getElementById('latency-section')?.scrollIntoView();
    if (moves) this.#select?.focus({ preventScroll: true });
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

  /** The same length so much of it further on, no further than the run goes. */
  #moved(share: number): View {
    if (this.#view === null) return null;
    const [from, until] = this.#view;
    const [low, high] = wholeOf(this.#data);
    const length = until - from;
    const start = Math.min(high - length, Math.max(low, from + share * length));
    return [start, start + length];
  }

  #changed(): void {
    this.draw();
    // What was copied is another view now.
    if (this.#link) this.#link.textContent = LINK_TEXT;
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
    const copied = await navigator.clipboard?.writeText(location.href).then(
      () => true,
      () => false,
    );
    const text = copied === true ? 'Link copied' : 'The link is in the address bar';
    if (this.#link) this.#link.textContent = text;
    if (this.#reading) this.#reading.textContent = text;
  }

  #drawEach(charts: Record<string, ChartContent>): void {
    const { bands, compared } = this.#data;
    const shown = this.#compared?.checked ?? false;
    const whole = wholeOf(this.#data);
    for (const [id, content] of Object.entries(besides(charts, compared, shown))) {
      this.#contents.set(id, content);
      this.#chart(id)?.draw(content, { bands, width: this.#onPaper ? paperWidth(id) : null, view: this.#view, whole });
    }
  }

  /** Name of the file that a chart is saved as; that of one endpoint holds its name. */
  #fileOf(id: string): string {
    const endpoint = document.querySelector(`#${id}-title .chosen`)?.textContent ?? '';
    return [id, ...endpoint.split(/[^\w.-]+/)].filter((part) => part !== '').join('-');
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
    title?.after(saveButton(title, () => this.#fileOf(id), rows));
    return chart;
  }
}

const page = new Page(JSON.parse(document.getElementById('chart-data')?.textContent ?? ''));
document.documentElement.classList.add('scripted');
page.draw();
page.follow(false);
new Theme(document.querySelector<HTMLButtonElement>('#theme'), () => page.draw());

for (const figure of document.querySelectorAll<HTMLElement>('figure[data-line]')) {
  const name = figure.dataset.name ?? 'line';
  const rows = (): (string | number)[][] => [['seconds', 'share left'], ...JSON.parse(figure.dataset.line ?? '[]')];
  figure
    .querySelector('figcaption')
    ?.append(saveButton(figure.querySelector('figcaption')?.textContent ?? name, () => name, rows));
}

for (const table of document.querySelectorAll<HTMLTableElement>('section .scroll > table')) {
  const section = table.closest('section');
  const name = section?.querySelector('h2')?.textContent ?? 'table';
  table.parentElement?.after(
    saveButton(
      `table of ${name}`,
      () => name.toLowerCase(),
      () => rowsOfTable(table),
    ),
  );
}

window.addEventListener('hashchange', () => page.follow(true));
// A link to what the address names already would do nothing.
document.addEventListener('click', ({ target }) => {
  const link = target instanceof Element ? target.closest('a') : null;
  if (link && link.hash !== '' && link.hash === location.hash) page.follow(true);
});
onPaper((isPaper) => page.drawOnPaper(isPaper));

let width = window.innerWidth;
window.addEventListener('resize', () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  page.draw();
});
