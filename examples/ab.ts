/** Tells whether one build is slower than another. */
import { join } from 'node:path';
import {
  type Ab,
  type AbConduct,
  type AbMode,
  type AbPlan,
  abMarkdown,
  abSchema,
  compareBuilds,
  findK6,
  newComparison,
  parseSubject,
  readComparison,
} from 'headroom-k6';

const MODE: AbMode = 'duet';

/** Twelve rounds of both builds, each started afresh. */
export async function compare(a: string, b: string): Promise<Ab> {
  const k6 = await findK6({ env: process.env });
  const settings = { RATE: '50', DURATION: '30s', WARMUP: '5s' };
  const plan: AbPlan = { a, b, mode: MODE, scenario: 'load', rounds: 12, floorMs: 0.5, seed: 1, settings };
  const parent = 'runs';
  const begun = await newComparison(plan, { parent, now: Date.now(), cwd: '.', k6Version: k6.version });
  return await conduct(begun, k6);
}

/** Goes on with one that was interrupted. */
export async function goOn(folder: string): Promise<Ab> {
  return await conduct(await readComparison(folder), await findK6({ env: process.env }));
}

async function conduct(ab: Ab, k6: AbConduct['k6']): Promise<Ab> {
  const permission = { owned: false, allowedTargets: [] };
  const [a, b] = [parseSubject('a', ab.a, permission), parseSubject('b', ab.b, permission)];
  const { signal } = new AbortController();
  const done = await compareBuilds(ab, {
    ...{ a, b, k6, permission, signal, audit: true, now: Date.now },
    ...{ folder: join('runs', ab.id), cwd: '.', env: process.env },
  });
  process.stdout.write(abMarkdown(done));
  return abSchema.parse(done);
}
