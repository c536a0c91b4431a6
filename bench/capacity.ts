/**
 * `npm run bench:capacity`: how near the search comes to a limit that is known by construction, at 1, 2 and 4 shards, with
 * doubling-and-bisection beside it; writes bench/CAPACITY.md. What was measured is kept in bench/capacity-searches.json, so
 * that it can be stopped and gone on with. SEARCHES, SHARDS, METHODS and TRIAL_SECONDS narrow it down.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, getPriority, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { EFFORTS } from '../src/capacity/index.ts';
import {
  errorOf,
  KNOWN_APP,
  type KnownApp,
  knownLimit,
  knownObjectives,
  type SearchError,
  searchKnown,
  withKnownApp,
} from '../src/capacity-run/known-limit.ts';
import { CALIBRATION_SCENARIO } from '../src/k6/bundle.ts';
import { findK6 } from '../src/k6/find.ts';
import { doubleAndBisect } from './doubling.ts';

const METHODS = ['doubling', 'quick', 'standard', 'thorough'] as const;
const searchSchema = z.strictObject({
  method: z.enum(METHODS),
  shards: z.number(),
  index: z.number(),
  trialSeconds: z.number(),
  known: z.number(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  outcome: z.string(),
  trials: z.number(),
  seconds: z.number(),
});
type Search = z.infer<typeof searchSchema>;

const say = (line: string): boolean => process.stderr.write(`${line}\n`);
const FILE = new URL('capacity-searches.json', import.meta.url);
const searches: Search[] = existsSync(FILE) ? z.array(searchSchema).parse(JSON.parse(readFileSync(FILE, 'utf8'))) : [];

const count = Number(process.env.SEARCHES ?? 10);
const shardCounts = (process.env.SHARDS ?? '1,2,4').split(',').map(Number);
const methods = z.array(z.enum(METHODS)).parse((process.env.METHODS ?? 'doubling,quick,standard').split(','));
const asked = process.env.TRIAL_SECONDS === undefined ? null : Number(process.env.TRIAL_SECONDS);
const secondsOf = (method: Search['method']): number =>
  asked ?? EFFORTS[method === 'doubling' ? 'standard' : method].trialSeconds;

const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('interrupted')));
const k6 = await findK6({ env: process.env, log: say });

async function searchOnce(method: Search['method'], app: KnownApp, index: number): Promise<Search> {
  const runsFolder = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
  const { signal } = controller;
  const edges = { k6, env: process.env, runsFolder, cwd: process.cwd(), signal, now: Date.now };
  const [trialSeconds, seed, since] = [secondsOf(method), 1_000 * index + app.shards, performance.now()];
  const common = { method, shards: app.shards, index, trialSeconds, known: knownLimit(app) };
  try {
    if (method === 'doubling') {
      const slos = knownObjectives(app);
      const found = await withKnownApp(app, edges, (target, userIds) => {
        const settings = { USER_IDS: userIds.join(',') };
        const context = { ...edges, target, scenario: CALIBRATION_SCENARIO, settings, audit: false };
        return doubleAndBisect(context, { slos, seconds: trialSeconds, seed });
      });
      return { ...common, ...found, outcome: 'found', seconds: (performance.now() - since) / 1000 };
    }
    const { capacity } = await searchKnown(app, {
      ...edges,
      mode: method,
      seed,
      trialSeconds,
      onTrial: ({ rate, verdict }) => say(`    ${rate.toFixed(1)}/s ${verdict}`),
    });
    const { result, trials, timeSpentSeconds } = capacity;
    return {
      ...common,
      lower: result?.lower ?? null,
      upper: result?.upper ?? null,
      outcome: result?.outcome ?? 'interrupted',
      trials: trials.length,
      seconds: timeSpentSeconds,
    };
  } finally {
    rmSync(runsFolder, { recursive: true, force: true });
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(1)} %`;

function row(shards: number, method: Search['method'], trialSeconds: number): string[] {
  const own = searches.filter(
    (each) => each.shards === shards && each.method === method && each.trialSeconds === trialSeconds,
  );
  if (own.length === 0) return [];
  const errors: SearchError[] = own.map((each) => errorOf(each.known, each));
  const lowers = errors.flatMap(({ lowerError }) => lowerError ?? []).sort((a, b) => a - b);
  const rmse = Math.sqrt(mean(lowers.map((error) => error ** 2)));
  const cells = [
    shards,
    `${own[0]?.known}/s`,
    method,
    `${trialSeconds} s`,
    `${errors.filter(({ inside }) => inside).length} of ${own.length}`,
    `${errors.filter(({ close }) => close).length} of ${own.length}`,
    lowers.length === 0 ? '–' : `${percent(lowers[0] ?? 0)} to ${percent(lowers.at(-1) ?? 0)}`,
    lowers.length === 0 ? '–' : `${(rmse * 100).toFixed(1)} %`,
    mean(own.map(({ trials }) => trials)).toFixed(1),
    `${(mean(own.map(({ seconds }) => seconds)) / 60).toFixed(1)} min`,
  ];
  return [`| ${cells.join(' | ')} |`];
}

/** Writes what is known, after each search: a bench that is stopped has its table too. */
function writeTable(): void {
  const lengths = [...new Set(searches.map(({ trialSeconds }) => trialSeconds))].sort((a, b) => a - b);
  const lines = [
    '# Accuracy of the search',
    '',
    `Written by \`npm run bench:capacity\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${type()} ${release()}, Node ${process.version}, k6 ${k6.version}.`,
    '',
    `The reference app with \`--pool ${KNOWN_APP.pool} --db-service-time ${KNOWN_APP.serviceMs}\` answers ${knownLimit(KNOWN_APP)} look-ups a second for each shard and no`,
    'more; app, database and generator share the machine. Each search has a fresh app. Goal: the known limit lies between the',
    'bounds, and the lower one is within 5 % of it, in at least 9 of 10 standard searches. Doubling: one trial at each rate, doubled',
    'until one fails, then the gap is halved to 3 %.',
    ...(getPriority() < 0
      ? ['', `Measured at a higher priority (nice ${getPriority()}) beside other work, several searches at a time.`]
      : []),
    '',
    '| shards | known | method | trial | limit in bounds | lower within 5 % | error of lower | RMSE | trials | time |',
    '| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[1, 2, 4].flatMap((shards) =>
      METHODS.flatMap((method) => lengths.flatMap((length) => row(shards, method, length))),
    ),
    '',
  ];
  writeFileSync(new URL('CAPACITY.md', import.meta.url), lines.join('\n'));
}

for (let index = 0; index < count; index++) {
  for (const shards of shardCounts) {
    for (const method of methods) {
      const trialSeconds = secondsOf(method);
      const known = (each: Search): boolean =>
        each.method === method && each.shards === shards && each.index === index && each.trialSeconds === trialSeconds;
      if (searches.some(known)) continue;
      say(`search ${index + 1} of ${count}, ${shards} ${shards === 1 ? 'shard' : 'shards'}, ${method}`);
      const search = await searchOnce(method, { ...KNOWN_APP, shards }, index).catch((error: unknown) => {
        if (!controller.signal.aborted) throw error;
      });
      if (controller.signal.aborted || search === undefined) {
        say('interrupted: the same command goes on here');
        process.exit(130);
      }
      const { lower, upper, inside } = { ...search, ...errorOf(search.known, search) };
      say(`  ${lower?.toFixed(1)}/s to ${upper?.toFixed(1)}/s, ${inside ? 'holds' : 'misses'} ${search.known}/s`);
      searches.push(search);
      writeFileSync(FILE, `${JSON.stringify(searches, null, 2)}\n`);
      writeTable();
    }
  }
}
writeTable();
say('written to bench/CAPACITY.md');
