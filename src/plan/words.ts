import type { Capacity } from '../capacity-run/index.ts';
import type { FittedNetwork } from './models.ts';
import type { Plan, WhatIf } from './schema.ts';

/** The answer in one sentence. */
export function summaryOf(
  verdict: Plan['verdict'],
  { peak, now, question }: Pick<Plan, 'peak' | 'now' | 'question'>,
): string {
  const { limit, headroom: share, exhausted } = now;
  const held = `The target holds ${perSecond(limit.low)} and not ${perSecond(limit.high)}`;
  if (verdict === 'fail') return `${held}: today's peak of ${perSecond(peak)} is beyond that.`;
  if (verdict === 'inconclusive') return `${held}: whether it holds today's peak of ${perSecond(peak)} is open.`;
  const until =
    exhausted === null
      ? ''
      : exhausted.p50 === null
        ? '; no end within two years'
        : `; good until ${exhausted.p50}, more likely than not`;
  return `${held}: ${(100 * share).toFixed(0)} % is free at today's peak of ${perSecond(peak)}${until}. ${question.multiple} × is ${question.holds ? 'held' : 'too much'}.`;
}

const perSecond = (rate: number): string => `${rate.toFixed(rate < 10 ? 1 : 0)} requests/s`;

/** What the answer holds for. */
export function assumptionsOf(
  { scenario, settings, app, trials, environment }: Capacity,
  fitted: FittedNetwork | null,
): string[] {
  const mix = Object.entries(fitted?.part.mix ?? {}).map(([name, count]) => `${count.toFixed(2)} ${name}`);
  const users =
    app === null
      ? null
      : `${settings.USERS ?? app.switches.users} users and ${settings.SITTERS ?? app.switches.sitters} sitters`;
  const cached = trials.some(({ cacheHitRatio }) => Object.keys(cacheHitRatio).length > 0);
  return [
    `The mix stays that of the scenario ${scenario}${mix.length === 0 ? '' : `: ${mix.join(', ')} requests a journey`}.`,
    users === null
      ? 'The data of the target stays of the size that it had.'
      : `The data stays of the size that it had: ${users}.`,
    ...(app === null ? [] : [cached ? 'The cache is as warm as it became within the trials.' : 'Nothing was cached.']),
    `The target stays on a machine like that of the search (${environment.cpus} CPUs as seen by the generator, ${environment.os}).`,
  ];
}

/** How far past the highest rate that was tried a model is believed. */
const EXTRAPOLATED = 1.5;

/** What lies outside of what was measured. */
export function extrapolationsOf(whatIfs: readonly WhatIf[], tested: number): string[] {
  const far = whatIfs.filter(({ outlook }) => outlook !== null && outlook.limit.low > EXTRAPOLATED * tested);
  return [
    ...(far.length === 0
      ? []
      : [
          `The limits of ${far.map(({ spec }) => spec).join(' and ')} lie beyond 1.5 × the highest rate that was tried (${perSecond(tested)}): search again once the change is made.`,
        ]),
  ];
}
