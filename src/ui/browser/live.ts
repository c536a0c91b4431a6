import { Chart, type ChartContent } from '../../report/browser/chart.ts';
import { endpointCharts, loadCharts, needsLogarithm, wholeOf } from '../../report/browser/content.ts';
import { onPaper, paperWidth } from '../../report/browser/paper.ts';
import { Theme } from '../../report/browser/theme.ts';
import { count, duration } from '../../report/numbers.ts';
import type { LiveView } from '../live.ts';

const charts = new Map<string, Chart>();
const select = document.querySelector<HTMLSelectElement>('#endpoint');
let latest: LiveView | null = null;
let isPaper = false;

function say(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element && element.textContent !== text) element.textContent = text;
}

function draw(): void {
  if (latest === null) return;
  const data = latest.charts;
  const chosen = select?.value ?? '';
  const names = data.endpoints.map(({ name }) => name);
  if (select && [...select.options].map(({ value }) => value).join('\n') !== names.join('\n')) {
    select.replaceChildren(...names.map((name) => new Option(name, name)));
    const first = data.endpoints[data.selected]?.name;
    select.value = names.includes(chosen) ? chosen : (first ?? '');
  }
  const endpoint = data.endpoints.find(({ name }) => name === select?.value);
  const all: Record<string, ChartContent> = {
    ...(endpoint === undefined ? {} : endpointCharts(endpoint, needsLogarithm(endpoint))),
    ...loadCharts(data),
  };
  const whole = wholeOf(data);
  for (const [id, content] of Object.entries(all)) {
    chart(id)?.draw(content, { bands: data.bands, width: isPaper ? paperWidth(id) : null, view: null, whole });
  }
  for (const name of document.querySelectorAll('.chosen')) name.textContent = endpoint?.name ?? '';
  say('elapsed', duration(whole[1]));
  say('requests', count(latest.requests));
  say('failed', count(latest.failed));
  say('dropped', count(latest.droppedIterations));
}

function chart(id: string): Chart | null {
  const known = charts.get(id);
  if (known !== undefined) return known;
  const [host, legend, reading] = [id, `${id}-legend`, 'reading'].map((name) => document.getElementById(name));
  if (!host || !legend || !reading) return null;
  const made = new Chart(host, legend, reading, () => {});
  charts.set(id, made);
  return made;
}

document.documentElement.classList.add('scripted');
select?.addEventListener('change', draw);
window.addEventListener('resize', draw);
onPaper((to) => {
  isPaper = to;
  draw();
});
new Theme(document.querySelector<HTMLButtonElement>('#theme'), draw);

const source = new EventSource('events');
source.addEventListener('view', (event) => {
  latest = JSON.parse(event.data);
  say('connection', 'Live');
  draw();
});
// The run has ended: this address now has its report.
source.addEventListener('end', () => {
  source.close();
  location.reload();
});
source.addEventListener('error', () => say('connection', 'No connection: trying again'));
