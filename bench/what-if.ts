/**
 * `npm run bench:what-if`: what a plan predicts of a change, written down before the changed app is searched, beside what
 * the search then finds, and beside scaling in proportion; writes bench/WHAT-IF.md. What was predicted and measured is kept
 * in bench/what-ifs.json with the times of both. CASES and TRIAL_SECONDS narrow it down.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, getPriority, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { launchApp } from '../src/app/launch.ts';
import { conductTrial } from '../src/capacity-run/conduct.ts';
import { type Capacity, startSearch } from '../src/capacity-run/index.ts';
import type { Slo } from '../src/gate/slo.ts';
import { findK6 } from '../src/k6/find.ts';
import { planOf } from '../src/plan/plan.ts';
import { COMPARED_AT } from '../src/plan/what-if.ts';

/** Apps before the change, and what is asked of each. */
const BASES: Record<string, { args: string; changes: Record<string, string>; mode?: 'quick' }> = {
  pool2: {
    args: '--pool 2 --db-service-time 20',
    changes: {
      'shards=2': '--shards 2',
      'shards=4': '--shards 4',
      'cache=memory': '--cache memory',
      'workers=2': '--workers 2',
    },
  },
  pool5: { args: '--pool 5 --db-service-time 40', changes: { 'pool=10': '--pool 10' } },
  bare: { args: '--pool 10', changes: { 'workers=2': '--workers 2' } },
  // The same after the model was corrected by what the first showed.
  corrected: { args: '--pool 10', changes: { 'workers=2': '--workers 2' }, mode: 'quick' },
  // And once more, with nothing else going on.
  quiet: { args: '--pool 10', changes: { 'workers=2': '--workers 2' }, mode: 'quick' },
};

const SLOS: readonly Slo[] = [
  { endpoint: 'search', metric: 'p95', max: 200 },
  { endpoint: 'view', metric: 'p95', max: 200 },
  { endpoint: 'search', metric: 'errorRate', max: 0.01 },
  { endpoint: 'view', metric: 'errorRate', max: 0.01 },
];

const figures = z.strictObject({ limit: z.number(), meanResponse: z.number().nullable(), at: z.string() });
const caseSchema = z.strictObject({
  base: z.string(),
  change: z.string(),
  trialSeconds: z.number(),
  /** Requests per second, and mean response in milliseconds at 70 % of the limit before the change. */
  before: figures,
  predicted: figures.extend({ resource: z.string().nullable() }),
  naive: z.number(),
  measured: figures.extend({ resource: z.string().nullable() }).nullable(),
});
type Case = z.infer<typeof caseSchema>;

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const FILE = new URL('what-ifs.json', import.meta.url);
const cases: Case[] = existsSync(FILE) ? z.array(caseSchema).parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];
const trialSeconds = Number(process.env.TRIAL_SECONDS ?? 30);
const wanted = (process.env.CASES ?? Object.keys(BASES).join()).split(',');
const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('interrupted')));
const { signal } = controller;
const k6 = await findK6({ env: process.env, log: say });
const middle = (result: Capacity['result']): number =>
  Math.sqrt((result?.lower ?? Number.NaN) * (result?.upper ?? Number.NaN));
const stamp = (): string => new Date().toISOString();

/** Searches one app, and measures it at a rate; journeys per second. */
async function measure(
  args: string,
  mode: 'quick' | 'standard',
  seed: number,
  rateOf: (capacity: Capacity) => number,
): Promise<{ capacity: Capacity; response: number | null }> {
  const runsFolder = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
  const app = await launchApp({ args: args.split(' '), env: process.env, signal });
  try {
    const edges = { target: app.url, k6, env: process.env, runsFolder, cwd: process.cwd(), signal, now: Date.now };
    const { capacity } = await startSearch({
      ...edges,
      scenario: 'load',
      settings: { THINK: '0' },
      mode,
      seed,
      trialSeconds,
      tags: {},
      audit: true,
      slo: { file: 'bench/what-if.ts', objectives: SLOS },
      range: { low: 1, high: 2_000 },
      onTrial: ({ rate, verdict, severity }) => say(`    ${rate.toFixed(1)}/s ${verdict} (${severity.toFixed(2)})`),
    });
    say(`  ${capacity.result?.summary}`);
    const rate = rateOf(capacity);
    const { trial } = await conductTrial(
      { ...edges, scenario: 'load', settings: { THINK: '0' }, tags: {}, audit: false },
      {
        why: 'confirm',
        rate,
        seconds: 40,
        seed: seed + 500,
        name: `at-${seed}`,
        virtualUsers: null,
        slos: SLOS,
        guarded: SLOS,
      },
    );
    return { capacity, response: trial.meanResponse };
  } finally {
    await app.stop();
    rmSync(runsFolder, { recursive: true, force: true });
  }
}

const perJourney = ({ result }: Capacity): number => (result?.throughputAtLower ?? 1) / (result?.achievedAtLower ?? 1);

for (const [name, { args, changes, mode = 'standard' }] of Object.entries(BASES)) {
  if (
    !wanted.includes(name) ||
    Object.keys(changes).every((change) =>
      cases.some((each) => each.base === name && each.change === change && each.measured !== null),
    )
  )
    continue;
  say(`${name}: ${args}`);
  const before = await measure(args, mode, 1, (capacity) => COMPARED_AT * middle(capacity.result));
  const requests = perJourney(before.capacity);
  const limit = requests * middle(before.capacity.result);
  const plan = planOf({
    capacity: before.capacity,
    peak: 0.5 * limit,
    demand: null,
    whatIfs: Object.keys(changes),
    instances: null,
    multiple: 5,
    now: new Date(),
  });
  for (const whatIf of plan.whatIfs) {
    if (whatIf.factor === null)
      throw new Error(`${name}, ${whatIf.spec}: ${whatIf.refused} ${plan.networkMissing ?? ''}`);
    cases.push({
      base: name,
      change: whatIf.spec,
      trialSeconds,
      before: { limit, meanResponse: before.response, at: stamp() },
      predicted: {
        limit: whatIf.factor * limit,
        meanResponse: whatIf.meanResponse?.after ?? null,
        at: stamp(),
        resource: whatIf.bindingResource,
      },
      naive: (whatIf.naiveFactor ?? 1) * limit,
      measured: null,
    });
  }
  save();
  for (const [change, switches] of Object.entries(changes)) {
    const entry = cases.find((each) => each.base === name && each.change === change && each.measured === null);
    if (entry === undefined) continue;
    say(`${name}, ${change}: predicted ${entry.predicted.limit.toFixed(0)} requests/s`);
    const after = await measure(`${args} ${switches}`, mode, 2, () => (COMPARED_AT * limit) / requests);
    entry.measured = {
      limit: perJourney(after.capacity) * middle(after.capacity.result),
      meanResponse: after.response,
      at: stamp(),
      resource: after.capacity.result?.bindingResource ?? null,
    };
    say(`  measured ${entry.measured.limit.toFixed(0)} requests/s`);
    save();
  }
}
save();
say('written to bench/WHAT-IF.md');

function save(): void {
  writeFileSync(FILE, `${JSON.stringify(cases, null, 2)}\n`);
  const percent = (share: number | null): string =>
    share === null ? '–' : `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} %`;
  const off = (predicted: number | null, measured: number | null | undefined): number | null =>
    predicted === null || measured === null || measured === undefined ? null : predicted / measured - 1;
  const rows = cases.map(({ base, change, before, predicted, naive, measured }) => [
    `\`${BASES[base]?.args}\`${BASES[base]?.mode === 'quick' ? ', quick' : ''}`,
    change,
    before.limit.toFixed(0),
    predicted.limit.toFixed(0),
    measured?.limit.toFixed(0) ?? '–',
    percent(off(predicted.limit, measured?.limit)),
    percent(off(naive, measured?.limit)),
    predicted.meanResponse?.toFixed(1) ?? '–',
    measured?.meanResponse?.toFixed(1) ?? '–',
    percent(off(predicted.meanResponse, measured?.meanResponse)),
    `${predicted.at.slice(0, 16)}, ${measured?.at.slice(11, 16) ?? 'not yet'}`,
  ]);
  const lines = [
    '# What a change buys: predicted and measured',
    '',
    `Written by \`npm run bench:what-if\` on ${stamp().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}.`,
    '',
    `Limits are the middle of the bounds of a standard search (trials of ${[...new Set(cases.map((each) => each.trialSeconds))].join(' or ')} s), in requests per second of the booking mix; each`,
    'app is fresh, and app, databases and generator share the machine. Each prediction was written down, with its time (UTC), before',
    'the changed app was started; mean response in milliseconds at 70 % of the limit before the change. In proportion: as many times',
    'the limit as there is more of what was changed; a cache is in proportion to nothing. Goal: 5 % for the limit, 15 % for the response.',
    'Searches marked as quick are the quick ones.',
    '',
    'With `--pool 10` alone, event loop and CPUs are the limit. The first prediction for it had the response far too long: the model took',
    'what statements wait for the event loop, which holds their connection, for time of the database, and then added the wait again, also',
    'where a second worker takes it away. Since then the time of a statement is taken from trials that leave both half idle, and the quick',
    'searches after it were predicted so. The response of the first of them was measured while packages were installed and types checked',
    'beside it; the second had the machine to itself.',
    '',
    ...(getPriority() < 0 ? [`Measured at a higher priority (nice ${getPriority()}) beside other work.`, ''] : []),
    '| app | change | limit before | predicted | measured | error | in proportion | response predicted | measured | error | predicted, measured at |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ];
  writeFileSync(new URL('WHAT-IF.md', import.meta.url), lines.join('\n'));
}
