/**
 * What is taken for likely before a history says anything. These weights were chosen on the tuning set of
 * `bench/forecast/truths.ts`, by coverage and by how much density forecasts gave to what came; bench/FORECAST.md shows them
 * on processes that had no part in it.
 */
import type { Smoothing } from './holt.ts';

/** Values of a smoothing, and how probable each is. */
type Prior = readonly (readonly [value: number, probability: number])[];

const ALPHAS: Prior = [
  [0, 0.1],
  [0.02, 0.12],
  [0.05, 0.16],
  [0.1, 0.18],
  [0.2, 0.16],
  [0.35, 0.12],
  [0.5, 0.08],
  [0.7, 0.05],
  [0.9, 0.03],
];
const BETAS: Prior = [
  [0, 0.5],
  [0.02, 0.25],
  [0.05, 0.15],
  [0.1, 0.1],
];
const GAMMAS: Prior = [
  [0, 0.5],
  [0.05, 0.3],
  [0.2, 0.2],
];
/** Growth halves in 13 or in 34 days, or goes on. */
const PHIS: Prior = [
  [0.95, 0.2],
  [0.98, 0.35],
  [1, 0.45],
];

/** Errors that last are looked for where the level hardly moves; a level that moves keeps a share of each for good. */
const PSIS: Prior = [
  [0.3, 1 / 3],
  [0.6, 1 / 3],
  [0.8, 1 / 3],
];
const LASTING = 0.4;
const ALPHAS_WITH_LASTING: Prior = [
  [0, 0.5],
  [0.02, 0.25],
  [0.1, 0.25],
];
const NONE: Prior = [[0, 1]];

/** Standard deviation of growth per day, of the logarithm: 8 % a month. */
export const TREND_BEFORE = 0.0025;
/** The same of what a day of the week adds. */
export const SEASON_BEFORE = 0.5;

/** Every smoothing that is tried, with its probability; together they sum to 1. */
export function smoothings(seasonal: boolean): { smoothing: Smoothing; prior: number }[] {
  const crossed = (
    alphas: Prior,
    betas: Prior,
    psis: Prior,
    share: number,
  ): { smoothing: Smoothing; prior: number }[] =>
    alphas.flatMap(([alpha, a]) =>
      (alpha > 0 ? betas : NONE).flatMap(([beta, b]) =>
        (seasonal ? GAMMAS : NONE).flatMap(([gamma, c]) =>
          PHIS.flatMap(([phi, d]) =>
            psis.map(([psi, e]) => ({ smoothing: { alpha, beta, gamma, phi, psi }, prior: share * a * b * c * d * e })),
          ),
        ),
      ),
    );
  return [...crossed(ALPHAS, BETAS, NONE, 1 - LASTING), ...crossed(ALPHAS_WITH_LASTING, NONE, PSIS, LASTING)];
}
