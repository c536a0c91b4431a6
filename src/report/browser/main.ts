import uPlot from 'uplot';
import type { ChartData, ChartLines } from '../chart-data.ts';

/** A line of a chart and how it looks; the colour is a custom property of the page's style. */
interface LineStyle {
  label: string;
  colour: string;
  width?: number;
  dash?: number[];
  fill?: boolean;
}

interface ChartSpec {
  host: HTMLElement;
  data: ChartLines;
  styles: LineStyle[];
  unit: (value: number) => string;
  logarithmic?: boolean;
  /** The axis reaches at least this far, so that nothing does not look like something. */
  least?: number;
  /** Level lines with their label. */
  levels?: { label: string; value: number }[];
  warmupSeconds: number;
}

const HEIGHT = 260;
const narrow = (): boolean => window.innerWidth < 600;

const milliseconds = (value: number): string =>
  value >= 1000 ? `${+(value / 1000).toPrecision(3)} s` : `${+value.toPrecision(3)} ms`;
const plain = (value: number): string => value.toLocaleString('en-GB', { maximumFractionDigits: value < 10 ? 1 : 0 });
const percent = (value: number): string => `${+(value * 100).toPrecision(2)} %`;

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return whole >= 3600
    ? `${Math.floor(whole / 3600)}:${String(minutes).padStart(2, '0')}:${rest}`
    : `${minutes}:${rest}`;
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function draw(spec: ChartSpec): uPlot {
  const { data, styles, unit, levels = [], least = 1, warmupSeconds, host } = spec;
  const ratio = window.devicePixelRatio;
  const top = Math.max(0, ...levels.map(({ value }) => value));
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { stroke: colour('grid'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const options: uPlot.Options = {
    width: host.clientWidth,
    height: narrow() ? 210 : HEIGHT,
    scales: {
      x: { time: false },
      y: spec.logarithmic
        ? { distr: 3, range: (_, low, high) => [Math.max(0.05, (low ?? 1) * 0.8), Math.max(high ?? 1, top) * 1.3] }
        : { range: (_, __, high) => [0, Math.max(high ?? 0, top, least) * 1.1] },
    },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(clock), space: 70 },
      { ...axis, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : unit(tick))), size: 66 },
    ],
    series: [
      { label: 'time', value: (_, value) => (value === null ? '–' : clock(value)) },
      ...styles.map((style) => ({
        label: style.label,
        stroke: colour(style.colour),
        width: style.width ?? 1.5,
        ...(style.dash ? { dash: style.dash } : {}),
        ...(style.fill ? { fill: `${colour(style.colour)}22` } : {}),
        points: { show: data.seconds.length < 40, size: 5 },
        value: (_: uPlot, value: number | null) => (value === null ? '–' : unit(value)),
      })),
    ],
    cursor: { y: false, sync: { key: 'run' } },
    hooks: {
      drawClear: [
        (plot) => {
          if (warmupSeconds <= 0 || data.seconds.length === 0) return;
          const { ctx, bbox } = plot;
          const end = Math.min(plot.valToPos(warmupSeconds, 'x', true), bbox.left + bbox.width);
          ctx.save();
          ctx.fillStyle = colour('shade');
          ctx.fillRect(bbox.left, bbox.top, Math.max(0, end - bbox.left), bbox.height);
          ctx.fillStyle = colour('muted');
          ctx.font = `${11 * ratio}px system-ui, sans-serif`;
          if (end - bbox.left > 55 * ratio)
            ctx.fillText('warm-up', bbox.left + 6 * ratio, bbox.top + bbox.height - 6 * ratio);
          ctx.restore();
        },
      ],
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.save();
          for (const { label, value } of levels) {
            const y = plot.valToPos(value, 'y', true);
            ctx.strokeStyle = colour('slo');
            ctx.fillStyle = colour('slo');
            ctx.lineWidth = 1.5 * ratio;
            ctx.setLineDash([6 * ratio, 4 * ratio]);
            ctx.beginPath();
            ctx.moveTo(bbox.left, y);
            ctx.lineTo(bbox.left + bbox.width, y);
            ctx.stroke();
            ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
            ctx.textAlign = 'right';
            ctx.fillText(label, bbox.left + bbox.width - 4 * ratio, y - 4 * ratio);
          }
          ctx.restore();
        },
      ],
    },
  };
  host.replaceChildren();
  return new uPlot(options, [data.seconds, ...data.lines] as uPlot.AlignedData, host);
}

function start(): void {
  const data: ChartData = JSON.parse(document.getElementById('chart-data')?.textContent ?? '{}');
  const select = document.querySelector<HTMLSelectElement>('#endpoint');
  const logarithmic = document.querySelector<HTMLInputElement>('#logarithmic');
  const warmupSeconds = data.warmupSeconds;
  const host = (id: string): HTMLElement | null => document.getElementById(id);

  const drawAll = (): void => {
    const endpoint = data.endpoints.find(({ name }) => name === select?.value) ?? data.endpoints[0];
    const charts: [string, Omit<ChartSpec, 'host' | 'warmupSeconds'>][] = [
      [
        'throughput',
        {
          data: data.throughput,
          unit: plain,
          styles: [
            { label: 'requests/s', colour: 'line-1', fill: true },
            { label: 'failed/s', colour: 'bad', width: 2 },
          ],
        },
      ],
      [
        'journeys',
        {
          data: data.journeys,
          unit: plain,
          styles: [
            { label: 'completed/s', colour: 'line-2' },
            { label: 'planned/s', colour: 'muted', dash: [5, 4] },
            { label: 'dropped/s', colour: 'bad', width: 2 },
          ],
        },
      ],
      [
        'errors',
        {
          data: data.errors,
          unit: percent,
          least: 0.01,
          styles: [{ label: 'failed requests', colour: 'bad', fill: true }],
        },
      ],
      [
        'vus',
        { data: data.vus, unit: plain, styles: [{ label: 'active virtual users', colour: 'line-3', fill: true }] },
      ],
    ];
    if (endpoint) {
      charts.unshift([
        'latency',
        {
          data: endpoint.latency,
          unit: milliseconds,
          logarithmic: logarithmic?.checked ?? false,
          levels: endpoint.slos.map(({ metric, ms }) => ({
            label: `objective ${metric} ${milliseconds(ms)}`,
            value: ms,
          })),
          styles: [
            { label: 'p50', colour: 'line-3' },
            { label: 'p95', colour: 'line-1', width: 2 },
            { label: 'p99', colour: 'line-2' },
          ],
        },
      ]);
    }
    for (const [id, spec] of charts) {
      const element = host(id);
      if (element !== null && spec.data.seconds.length > 0) draw({ ...spec, host: element, warmupSeconds });
    }
    for (const figure of document.querySelectorAll<HTMLElement>('[data-distribution]')) {
      figure.hidden = endpoint !== undefined && figure.dataset.distribution !== endpoint.name;
    }
  };

  select?.addEventListener('change', drawAll);
  logarithmic?.addEventListener('change', drawAll);
  const theme = document.querySelector<HTMLButtonElement>('#theme');
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  theme?.addEventListener('click', () => {
    const root = document.documentElement;
    const now = root.dataset.theme ?? (dark.matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
    drawAll();
  });
  dark.addEventListener('change', drawAll);
  // Paper is white: charts are drawn in light colours while they are printed.
  let before: string | undefined;
  window.addEventListener('beforeprint', () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = 'light';
    drawAll();
  });
  window.addEventListener('afterprint', () => {
    if (before === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = before;
    drawAll();
  });
  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    drawAll();
  });
  document.documentElement.classList.add('scripted');
  drawAll();
}

start();
