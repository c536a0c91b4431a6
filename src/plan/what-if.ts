/** What a change would do to the limit, by the network of the target. */
import type { Interval } from '../capacity/index.ts';
import type { Capacity } from '../capacity-run/index.ts';
import { adviceFor } from './advice.ts';
import { type Configuration, parseWhatIf } from './configuration.ts';
import type { FittedNetwork } from './models.ts';
import { networkAt, predictLimit, requestsPerJourney, responseTime } from './predict.ts';
import type { Outlook, WhatIf } from './schema.ts';

/** Beside the interval of the search: what such predictions were off by, see bench/WHAT-IF.md. */
const LEAST_MODEL_ERROR = 0.05;
/** Predicted responses are compared at this share of today's limit. */
export const COMPARED_AT = 0.7;

/** The middle of the bounds of a search. */
export const middleOf = ({ low, high }: Interval): number => Math.sqrt(low * high);

/** What a change would do, or why nothing can be said. */
export function whatIfOf(
  spec: string,
  limit: Interval,
  fitted: FittedNetwork | null,
  { app }: Capacity,
  outlookFor: (limit: Interval) => Outlook,
): WhatIf {
  const refused = (why: string): WhatIf => ({
    spec,
    refused: why,
    outlook: null,
    factor: null,
    naiveFactor: null,
    meanResponse: null,
    bindingResource: null,
    assumptions: [],
    advice: why,
  });
  if (fitted === null) {
    return refused(
      'There is no model of the target: its search saw no metrics, or too few trials, so no change can be predicted.',
    );
  }
  const { calibration, part } = fitted;
  const asked = parseWhatIf(spec, calibration.base, app !== null);
  if ('refused' in asked) return refused(asked.refused);
  const { configuration } = asked;
  const missing = whatIsMissing(configuration, fitted);
  if (missing !== null) return refused(missing);
  const measured = middleOf(limit);
  const predicted = predictLimit(calibration, configuration, measured);
  const off = 1 + Math.max(LEAST_MODEL_ERROR, part.errors.utilisation);
  const outlook = outlookFor({
    low: (predicted.factor * limit.low) / off,
    high: predicted.factor * limit.high * off,
  });
  const at = COMPARED_AT * measured;
  const journeyRate = at / requestsPerJourney(calibration.mix);
  const response = (each: Configuration): number =>
    1000 * responseTime(networkAt(calibration, each, journeyRate), calibration, at);
  const after = response(configuration);
  return {
    spec,
    refused: null,
    outlook,
    factor: predicted.factor,
    naiveFactor: naiveFactor(calibration.base, configuration),
    meanResponse: Number.isFinite(after) ? { before: response(calibration.base), after } : null,
    bindingResource: predicted.resource,
    assumptions: [...asked.assumptions, ...modelAssumptions(configuration, fitted)],
    advice: adviceFor({ spec, factor: predicted.factor, outlook, limit, resource: predicted.resource }),
  };
}

/** Why the model cannot answer; null when it can. */
function whatIsMissing(configuration: Configuration, { calibration }: FittedNetwork): string | null {
  const { base, pool, cacheLoad } = calibration;
  const touchesPool =
    configuration.pool !== base.pool ||
    configuration.shares.length !== base.shares.length ||
    configuration.replicas !== base.replicas ||
    configuration.cache !== base.cache;
  if (touchesPool && pool === null) return 'The target shows no pool of connections to a database in its metrics.';
  if (base.replicas > 0)
    return 'The search was made with replicas, whose reads cannot be told from those of the primary: search without them.';
  if (configuration.cache !== base.cache && cacheLoad === null) {
    return 'What a cache would answer is known only for the booking app and its own scenarios.';
  }
  if ((configuration.cache !== base.cache || configuration.replicas > 0) && pool?.classes !== 'counted') {
    return 'The statements of the target do not tell reads from writes.';
  }
  return null;
}

function modelAssumptions(configuration: Configuration, { calibration }: FittedNetwork): string[] {
  const { base, machine } = calibration;
  const assumptions: string[] = [];
  if (configuration.cache !== 'off' && configuration.cache !== base.cache) {
    assumptions.push(
      'What the cache answers is simulated with the requests of the scenario; a look into it costs nothing.',
    );
  }
  if (configuration.workers > base.workers) {
    assumptions.push(
      `Each process has ${configuration.pool} connections to each database of its own.`,
      machine === null
        ? 'The machine has CPUs to spare: how busy they are was not known.'
        : 'The generator goes on sharing the machine with the target, as in the search.',
    );
  }
  if (configuration.replicas > 0)
    assumptions.push('A replica answers reads whenever it is less busy, and writes cost it nothing.');
  return assumptions;
}

/** In proportion to whatever there is more of; a cache in proportion to nothing, as nobody can say what it answers. */
function naiveFactor(base: Configuration, changed: Configuration): number {
  const ratio = (of: (configuration: Configuration) => number): number => of(changed) / of(base);
  return (
    ratio(({ shares }) => shares.length) *
    ratio(({ pool }) => pool || 1) *
    ratio(({ workers }) => workers) *
    ratio(({ replicas }) => replicas + 1)
  );
}
