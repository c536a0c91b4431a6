/**
 * `npm run prove:forecast`: forecasts of histories whose future is known, from fixed seeds; writes bench/FORECAST.md, and
 * exits 1 when a claim does not hold. All of it is simulation: it gives the same figures on any machine.
 */
import { writeFileSync } from 'node:fs';
import { allResults } from './forecast/cases.ts';
import { claimsOf } from './forecast/claims.ts';
import { markdownOf } from './forecast/report.ts';
import { statedCoverage } from './forecast/stated.ts';

const say = (line: string): boolean => process.stderr.write(`${line}\n`);

const stated = statedCoverage(3_000);
const results = await allResults((done) => say(done));
const claims = claimsOf(stated, results);
writeFileSync(new URL('FORECAST.md', import.meta.url), markdownOf(claims, stated, results));
for (const { claim, holds } of claims) if (!holds) say(`does not hold: ${claim}`);
process.exitCode = claims.every(({ holds }) => holds) ? 0 : 1;
