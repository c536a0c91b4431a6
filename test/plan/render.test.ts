import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planMarkdown } from '../../src/plan/markdown.ts';
import { planPage } from '../../src/plan/page.ts';
import type { Plan } from '../../src/plan/schema.ts';
import { planText } from '../../src/plan/text.ts';
import { barePlan, fullPlan, hostilePlan } from './made-up-plan.ts';

/** Compares with a file in golden/; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, text: string): void {
  const path = new URL(`golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(existsSync(path), `golden/${name} is missing`).toBe(true);
  expect(text).toBe(readFileSync(path, 'utf8'));
}

/** Text of a page's element, entities and tags undone. */
const textOf = (markup: string): string =>
  markup
    .replaceAll(/<small>/g, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();

const sectionOf = (page: string, id: string): string =>
  new RegExp(`<section id="${id}-section"[\\s\\S]*?</section>`).exec(page)?.[0] ?? '';

const rowsOf = (section: string): string[][] =>
  [...(/<tbody>([\s\S]*?)<\/tbody>/.exec(section)?.[1] ?? '').matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
    [...(row ?? '').matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => textOf(cell ?? '')),
  );

/** Figures of a text in the document's units: milliseconds, shares, rates. */
const figuresIn = (text: string): number[] =>
  [...text.matchAll(/(−?\d[\d,]*(?:\.\d+)?)( %| s\b)?/g)].map(([, number, unit]) => {
    const value = Number((number ?? '').replaceAll(',', '').replace('−', '-'));
    return unit === ' %' ? value / 100 : unit === ' s' ? value * 1000 : value;
  });

/** Three digits, or tenths of a percent, are what people are shown. */
function expectShown(text: string | undefined, values: readonly (number | null)[]): void {
  const shown = figuresIn(text ?? '');
  const wanted = values.flatMap((value) => value ?? []);
  expect(shown, text).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs((shown[i] ?? Number.NaN) - value), `${text}: ${value}`).toBeLessThanOrEqual(
      Math.max(0.0051 * Math.abs(value), 0.00051),
    );
  }
}

interface Drawing {
  /** Values at a place. */
  x(place: number): number;
  y(place: number): number;
  points: { title: string; x: number; y: number; beyond: boolean }[];
  markup: string;
}

/** The drawing under a heading, read by its own ticks. */
function drawingUnder(page: string, heading: string): Drawing {
  const from = page.slice(page.indexOf(`<h3>${heading}</h3>`));
  const markup = /<svg class="drawing"[\s\S]*?<\/figure>/.exec(from)?.[0] ?? '';
  const axis = (name: 'x' | 'y'): ((place: number) => number) => {
    const ticks = [
      ...markup.matchAll(new RegExp(`class="${name}-tick"[^>]*? ${name}="([\\d.]+)"[^>]*>([−\\d.]+)<`, 'g')),
    ].map(([, place, text]) => ({
      place: Number(place) - (name === 'y' ? 4 : 0),
      value: Number(text?.replace('−', '-')),
    }));
    const [a, b] = [ticks[0], ticks.at(-1)];
    if (a === undefined || b === undefined) throw new Error(`no ticks under ${heading}`);
    return (place) => a.value + ((place - a.place) / (b.place - a.place)) * (b.value - a.value);
  };
  const points = [
    ...markup.matchAll(/<g class="trial [^>]*translate\(([\d.]+) ([\d.]+)\)"><title>([^<]*)<\/title>([\s\S]*?)<\/g>/g),
  ].map(([, x, y, title, glyph]) => ({
    title: title ?? '',
    x: Number(x),
    y: Number(y),
    beyond: glyph?.includes('"beyond"') ?? false,
  }));
  return { x: axis('x'), y: axis('y'), points, markup };
}

/** What begins a command to a terminal, and what turns a line round. */
const CONTROLS = ['\u001b', '\u202e'];

const PLANS: [string, () => Plan][] = [
  ['full', () => fullPlan()],
  ['bare', () => barePlan()],
];

describe.each(PLANS)('a %s plan', (name, plan) => {
  it('is as it was', () => {
    expectGolden(`${name}.txt`, `${planText(plan())}\n`);
    expectGolden(`${name}.md`, planMarkdown(plan()));
    expectGolden(`${name}.html`, planPage(plan()).replace(/<style>[\s\S]*?<\/style>/, '<style></style>'));
  });
});

describe('the page', () => {
  const page = planPage(fullPlan());

  it('answers first: headroom, one lost, multiple, question and dates', () => {
    const plan = fullPlan();
    const header = /<header[\s\S]*?<\/header>/.exec(page)?.[0] ?? '';
    const [now, lost, multiple, question, date] = [...header.matchAll(/<dd>([\s\S]*?)<\/dd>/g)].map(([, cell]) =>
      textOf(cell ?? ''),
    );
    expectShown(now, [plan.now.headroom, plan.peak, plan.now.limit.low, plan.now.limit.high]);
    expectShown(lost, [plan.oneLost?.headroom ?? 0, 2, 3, plan.oneLost?.limit ?? 0]);
    expectShown(multiple, [plan.now.multiple]);
    expect(question).toBe('no holds with a probability of < 1 %');
    for (const day of Object.values(plan.now.exhausted ?? {})) expect(date).toContain(day);
    expect(date).toContain('94 %');
    expect(header).toContain('two shards would move the limit');
  });

  it('shows every trial with the figures of the document, modelled beside measured', () => {
    const plan = fullPlan();
    const rows = rowsOf(sectionOf(page, 'trials'));
    expect(rows).toHaveLength(plan.trials.length);
    for (const [i, trial] of plan.trials.entries()) {
      const [run, verdict, journeys, requests, mean, quantile, utilisation, inSystem, little, steady] = rows[i] ?? [];
      expect(run).toBe(trial.runId);
      expect(verdict).toContain(trial.verdict);
      for (const reason of trial.reasons) expect(verdict).toContain(reason);
      expectShown(journeys, [trial.journeyRate]);
      expectShown(requests, [trial.throughput]);
      expectShown(mean, [trial.meanResponse, trial.modelled?.meanResponse ?? null]);
      expectShown(quantile, [trial.quantile, trial.modelled?.quantile ?? null]);
      expectShown(utilisation, [trial.utilisation, trial.modelled?.utilisation ?? null]);
      expectShown(inSystem, [trial.concurrency]);
      expectShown(little, [trial.littleError]);
      expect(steady).toBe({ true: 'yes', false: 'no', null: 'too short' }[String(trial.steady)]);
    }
    expect(sectionOf(page, 'trials').match(/<td class="broken">/g)).toHaveLength(
      plan.trials.filter(({ littleError }) => (littleError ?? 0) >= 0.05).length,
    );
  });

  it('ranks the changes with the figures of the document, and says why one is refused', () => {
    const plan = fullPlan();
    const section = sectionOf(page, 'changes');
    const rows = rowsOf(section);
    expect(rows.map(([spec]) => spec)).toEqual(plan.whatIfs.map(({ spec }) => spec));
    for (const [i, { outlook, factor, naiveFactor, meanResponse }] of plan.whatIfs.entries()) {
      const [, limits, times, naive, date, mean] = rows[i] ?? [];
      if (outlook === null) {
        expect(limits).toBe('not predicted');
        continue;
      }
      expectShown(limits, [plan.now.limit.low, plan.now.limit.high, outlook.limit.low, outlook.limit.high]);
      expectShown(times, [factor]);
      expectShown(naive, [naiveFactor]);
      for (const day of Object.values(outlook.exhausted ?? {})) expect(date).toContain(day ?? 'beyond');
      expectShown(mean, [meanResponse?.after ?? null, meanResponse?.before ?? null]);
    }
    for (const { advice, assumptions, refused } of plan.whatIfs) {
      for (const sentence of [advice, ...assumptions, ...(refused === null ? [] : [refused])]) {
        expect(textOf(section)).toContain(sentence);
      }
    }
  });

  it('shows resources, objectives, assumptions and what was extrapolated', () => {
    const plan = fullPlan();
    const rows = rowsOf(sectionOf(page, 'resources'));
    for (const [i, { name, servers, demands, background, explained, saturation }] of (
      plan.network?.resources ?? []
    ).entries()) {
      const [shown, ...cells] = rows[i] ?? [];
      expect(shown).toBe(name);
      expectShown(cells[0], [servers]);
      expectShown(cells[1], Object.values(demands));
      expectShown(cells[2], [background]);
      expectShown(cells[3], [explained]);
      expectShown(cells[4], [saturation]);
    }
    const sentences = [
      ...plan.source.objectives,
      ...plan.assumptions,
      ...plan.extrapolations,
      ...plan.advice,
      ...(plan.demand?.assumptions ?? []),
    ];
    for (const sentence of sentences) expect(textOf(page)).toContain(sentence);
  });

  it('draws each trial where its figures belong, told apart by shape', () => {
    const plan = fullPlan();
    const { x, y, points, markup } = drawingUnder(page, 'book p95');
    expect(points).toHaveLength(plan.trials.length);
    for (const [i, { runId, throughput, quantile, verdict }] of plan.trials.entries()) {
      const point = points[i];
      expect(point?.title).toContain(runId);
      expect(point?.title).toContain(verdict);
      expect(Math.abs(x(point?.x ?? 0) - throughput)).toBeLessThan(0.5);
      if (point?.beyond) expect(quantile).toBeGreaterThan(y(point.y) - 1);
      else expect(Math.abs(y(point?.y ?? 0) - (quantile ?? 0))).toBeLessThan(2);
    }
    expect(points.filter(({ beyond }) => beyond)).toHaveLength(1);
    expect(markup.match(/<circle r/g)).toHaveLength(7);
    const peak = /<path class="mark peak" d="M([\d.]+)/.exec(markup)?.[1];
    expect(Math.abs(x(Number(peak)) - plan.peak)).toBeLessThan(0.5);
    const [, from, width] = /<rect class="limit" x="([\d.]+)"[^>]* width="([\d.]+)"/.exec(markup) ?? [];
    expect(Math.abs(x(Number(from)) - plan.now.limit.low)).toBeLessThan(0.5);
    expect(Math.abs(x(Number(from) + Number(width)) - plan.now.limit.high)).toBeLessThan(0.5);
    const objective = /<path class="objective" d="M[\d.]+ ([\d.]+)/.exec(markup)?.[1];
    expect(Math.abs(y(Number(objective)) - 300)).toBeLessThan(1);
  });

  it('draws residuals on either side of zero, within their error', () => {
    const plan = fullPlan();
    const { y, points, markup } = drawingUnder(page, 'Residuals: measured less fitted');
    expect(points).toHaveLength(plan.usl?.residuals.length ?? 0);
    for (const [i, { residual }] of (plan.usl?.residuals ?? []).entries()) {
      expect(Math.abs(y(points[i]?.y ?? 0) - residual)).toBeLessThan(0.2);
    }
    const [, top, height] = /<rect class="scatter"[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"/.exec(markup) ?? [];
    expect(y(Number(top))).toBeCloseTo(plan.usl?.residualError ?? 0, 0);
    expect(y(Number(top) + Number(height))).toBeCloseTo(-(plan.usl?.residualError ?? 0), 0);
  });

  it('dashes a curve where it was not measured, and draws a peak only when there is one', () => {
    const usl = fullPlan().usl;
    if (usl === null) throw new Error('the full plan has a curve');
    expect(
      drawingUnder(page, 'Throughput over concurrency').markup.match(/class="curve usl extrapolated"/g),
    ).toHaveLength(2);
    expect(page).toContain('class="mark top"');
    const unsure = planPage(fullPlan({ usl: { ...usl, peakIdentified: false } }));
    expect(unsure).not.toContain('class="mark top"');
    expect(textOf(unsure)).toContain('No peak identified');
    const measured = { ...usl, curve: usl.curve.map((point) => ({ ...point, extrapolated: false })) };
    expect(planPage(fullPlan({ usl: measured }))).not.toContain('curve usl extrapolated');
  });

  it('starts a curve from nothing on a linear axis, and leaves nothing out on a logarithmic one', () => {
    const usl = fullPlan().usl;
    if (usl === null) throw new Error('the full plan has a curve');
    const [first] = usl.curve;
    if (first === undefined) throw new Error('the curve has points');
    const from = { ...first, concurrency: 0, throughput: 0, low: 0, high: 0 };
    const startOf = (plan: Plan): number => {
      const { markup } = drawingUnder(planPage(plan), 'Throughput over concurrency');
      return Number(/<path class="curve usl[^"]*" d="M([\d.]+) /.exec(markup)?.[1]);
    };
    const curve = [from, ...usl.curve];
    // The left edge, and further to the right: no logarithm of 0 is drawn at the edge.
    expect(
      startOf(fullPlan({ usl: { ...usl, curve, tested: { low: 13, high: 85 } }, trials: fullPlan().trials.slice(3) })),
    ).toBe(78);
    expect(startOf(fullPlan({ usl: { ...usl, curve } }))).toBeGreaterThan(78);
  });

  it('marks where the fan crosses the limit, and only what lies within the horizon', () => {
    const plan = fullPlan();
    expect(page.match(/<circle class="crossing"/g)).toHaveLength(3);
    const exhausted = { p10: plan.now.exhausted?.p10 ?? null, p50: null, p90: null };
    const later = planPage(fullPlan({ now: { ...plan.now, exhausted } }));
    expect(later.match(/<circle class="crossing"/g)).toHaveLength(1);
    expect(later).toContain('not within 730 days');
  });

  it('says that there is no headroom when the peak is past the limit', () => {
    const { now, verdict: _, ...rest } = fullPlan();
    const plan = fullPlan({
      ...rest,
      verdict: 'fail',
      peak: 492.24,
      now: { ...now, headroom: -0.2, multiple: 0.8333 },
    });
    expect(textOf(planPage(plan))).toContain('No headroom: today’s peak is 20.0 % above the limit');
    expect(planPage(plan)).not.toContain('NaN');
    const open = fullPlan({ ...rest, verdict: 'inconclusive', peak: 415, now: { ...now, headroom: -0.0117 } });
    expect(textOf(planPage(open))).toContain('Open: today’s peak lies between what holds and what does not');
    expect(planText(open)).toContain('−1.2 %');
  });

  it('says why a part is missing', () => {
    const bare = textOf(planPage(barePlan()));
    for (const why of [
      barePlan().uslMissing,
      barePlan().networkMissing,
      'Neither growth nor a history of demand was given',
      'its loss is an outage',
      'The binding objective is not about a quantile',
    ]) {
      expect(bare).toContain(why ?? '');
    }
  });

  it('stands a plan without trials, with one, and with points that do not vary', () => {
    const [one] = fullPlan().trials;
    for (const trials of [[], one === undefined ? [] : [one], one === undefined ? [] : [one, one, one]]) {
      const text = planPage(barePlan({ trials }));
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('loads and runs nothing, and escapes what others wrote', () => {
    const text = planPage(hostilePlan());
    // Names of attributes, their values left out; links within the page lead nowhere else.
    const tags = text.replaceAll(/ href="#[a-z]+"/g, '').replaceAll(/"[^"]*"/g, '""');
    expect(tags).not.toMatch(/<script|<link|<img|<[^>]*\s(?:src|href|style|on[a-z]+)=|@import|url\(/i);
    expect(text).toContain('&lt;script&gt;');
    expect(text.match(/<\/title>/g)?.length).toBe(planPage(fullPlan()).match(/<\/title>/g)?.length);
  });

  it('knows its style by a hash', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.replaceAll('&#39;', "'")).toContain(`content="default-src 'none'; style-src 'sha256-${hash}';`);
    expect(page.match(/<style/g)).toHaveLength(1);
    expect(page).not.toMatch(/\sstyle="/);
  });
});

describe('the text', () => {
  it('has at most 25 lines of 100 columns, whatever the plan', () => {
    const { whatIfs, advice, now } = fullPlan();
    const long = fullPlan({
      summary: 'A summary that goes on. '.repeat(30),
      advice: [...advice, ...advice].map((each) => each.repeat(4)),
      whatIfs: [...whatIfs, ...whatIfs].map((each) => ({
        ...each,
        spec: each.spec.repeat(9),
        bindingResource: 'pool '.repeat(20),
      })),
      now,
    });
    for (const plan of [fullPlan(), barePlan(), hostilePlan(), long]) {
      const lines = planText(plan).split('\n');
      expect(lines.length).toBeLessThanOrEqual(25);
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(100);
    }
    expect(planText(long)).toContain('and 5 more');
  });

  it('does not let a name command the terminal', () => {
    for (const character of CONTROLS) expect(planText(hostilePlan())).not.toContain(character);
  });
});

describe('the Markdown', () => {
  const tablesOf = (text: string): string[][] =>
    text.split('\n\n').flatMap((block) => (block.startsWith('| ') ? [block.split('\n')] : []));
  const cellsOf = (line: string): string[] => line.split(/(?<!\\)\|/).slice(1, -1);

  it('has tables whose rows have as many cells as their heads, also when others chose the words', () => {
    for (const plan of [fullPlan(), barePlan(), hostilePlan()]) {
      const tables = tablesOf(planMarkdown(plan));
      expect(tables.length).toBeGreaterThanOrEqual(2);
      for (const [head = '', ...rows] of tables) {
        for (const row of rows) expect(cellsOf(row), row).toHaveLength(cellsOf(head).length);
      }
    }
  });

  it('holds every trial and change of the document', () => {
    const plan = fullPlan();
    const tables = tablesOf(planMarkdown(plan));
    const trials = tables.find(([head]) => head?.startsWith('| run |'))?.slice(2) ?? [];
    expect(trials).toHaveLength(plan.trials.length);
    for (const [i, trial] of plan.trials.entries()) {
      const cells = cellsOf(trials[i] ?? '');
      expectShown(cells[3], [trial.throughput]);
      expectShown(cells[4], [trial.meanResponse]);
      expectShown(cells[7], [trial.modelled?.quantile ?? null]);
    }
    const changes = tables.find(([head]) => head?.startsWith('| change |'))?.slice(2) ?? [];
    expect(changes).toHaveLength(plan.whatIfs.length);
    for (const [i, { outlook, factor }] of plan.whatIfs.entries()) {
      const cells = cellsOf(changes[i] ?? '');
      expectShown(cells[2], outlook === null ? [] : [outlook.limit.low, outlook.limit.high]);
      expectShown(cells[3], [factor]);
    }
  });

  it('lets nobody write markup or commands into it', () => {
    const text = planMarkdown(hostilePlan());
    expect(text).not.toMatch(/(?<!\\)</);
    for (const character of CONTROLS) expect(text).not.toContain(character);
  });
});
