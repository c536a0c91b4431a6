import type { Gate } from '../gate/gate.ts';
import { clock, count, percent } from '../report/numbers.ts';
import { allowedText, objectiveName, observedText, sloUse } from '../report/sentences.ts';
import type { Course } from './course.ts';
import type { Finding } from './schema.ts';

/** What is known of an objective besides its result. */
export interface ObjectiveEvidence {
  /** Null for sliding windows, and where the archive's windows were not read. */
  course: Course | null;
  alsoThen: Finding['alsoThen'];
}

type Objective = Gate['slo'][number];

/** What an objective came to, what that rests on, and when it was lost. */
export function objectiveFinding(slo: Objective, { course, alsoThen }: ObjectiveEvidence): Finding {
  const { id, endpoint, observed, objective, unit, ok, window } = slo;
  return {
    kind: 'objective',
    id,
    status: observed === null ? 'invalid' : ok ? 'pass' : 'fail',
    sentences: [
      `${endpoint} ${objectiveName(slo)}: ${observedText(slo)}, allowed ${allowedText(slo)}${useText(slo)}.`,
      ...(course === null ? [] : courseSentences(slo, course)),
      ...(window === undefined ? [] : windowSentences(window, ok)),
      ...(ok ? [] : alsoThenSentences(alsoThen)),
    ],
    observed,
    allowed: objective,
    unit,
    samples: course === null ? null : { count: course.count, bad: course.bad, allowed: course.allowed },
    atSeconds: ok ? null : (course?.lostAtSeconds ?? window?.worstAtSeconds ?? null),
    alsoThen: ok ? [] : alsoThen,
  };
}

function useText(slo: Objective): string {
  const use = sloUse(slo);
  if (use === null || !slo.ok) return '';
  return use === 0 ? '' : `, ${percent(Number(use.toPrecision(2)))} of it used`;
}

function courseSentences(slo: Objective, { count: total, bad, allowed, lostAtSeconds, worst }: Course): string[] {
  const unit = slo.metric === 'successRate' ? 'journeys' : 'requests';
  const what = slo.metric === 'successRate' ? 'did not succeed' : slo.metric === 'errorRate' ? 'failed' : `took longer`;
  const may = Math.floor(allowed);
  const sentences = [`Of ${count(total)} ${unit}, ${count(bad)} ${what}, and ${count(may)} may.`];
  if (slo.ok || lostAtSeconds === null) return sentences;
  sentences.push(`At ${clock(lostAtSeconds)} it was lost: from then on more ${what} than all of the run may have.`);
  if (worst !== null) {
    const share = `${count(worst.bad)} of ${count(worst.count)} (${percent(Number((worst.bad / worst.count).toPrecision(2)))})`;
    sentences.push(`Worst was the minute from ${clock(worst.atSeconds)} on, with ${share}.`);
  }
  return sentences;
}

function windowSentences({ seconds, judged, unjudged, worstAtSeconds }: NonNullable<Objective['window']>, ok: boolean) {
  const all = `${count(judged)} of ${count(judged + unjudged)} windows of ${seconds} s had samples enough to be judged.`;
  if (worstAtSeconds === null) return [all];
  return [
    `The worst window goes from ${clock(worstAtSeconds)} to ${clock(worstAtSeconds + seconds)}.`,
    ...(ok ? [] : [all]),
  ];
}

/** What else moved, in a sentence: candidates for the cause, not its proof. */
export function alsoThenSentences(alsoThen: Finding['alsoThen']): string[] {
  if (alsoThen.length === 0) return [];
  const named = alsoThen
    .slice(0, 4)
    .map(({ name, value, usual }) => `${name} ${short(value)} (usually ${short(usual)})`);
  return [`Unusual at that time: ${named.join(', ')}.`];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
