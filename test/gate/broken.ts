import { checkValidity, type Measurement } from '../../src/gate/validity.ts';
import type { ValidityReason } from '../../src/results/schema.ts';

/** Every reason that the check can give, of a measurement that is broken in every way. */
export function brokenMeasurement(): ValidityReason[] {
  const unmeasured = (endpoint: string) => ({
    result: {
      ...{ id: `${endpoint}.p95`, endpoint, metric: 'p95', objective: 1, observed: null, ok: false },
      ...{ unit: 'ms' as const, bound: 'max' as const },
    },
    samples: 0,
    samplesNeeded: 400,
  });
  const alone: Measurement = {
    iterations: 1,
    droppedIterations: 1,
    plannedIterations: 10,
    peakVus: 10,
    maxVus: 10,
    cpuShare: 1,
    samples: 0,
    samplesRefused: 1,
    samplesLost: 1,
    seriesOverflowed: true,
    clockStepMs: 1e6,
    warmupSeconds: 10,
    runSeconds: 10,
    k6ExitCode: 1,
    gapShare: 0.5,
    slos: [unmeasured('a'), { ...unmeasured('b'), impossible: 'no request is named "b"; the nearest is "a"' }],
  };
  // Of several generators the one that failed is named, in place of `k6-failed`.
  const shared: Measurement = {
    ...alone,
    instances: (['ended', 'died', 'missing'] as const).map((state, i) => ({
      ...{ number: i + 1, state, startedAt: null, startSkewMs: 1e6, clockOffsetMs: 1e6, untilSeconds: null },
      ...{ requests: 0, iterations: 0, iterationShare: 0, droppedIterations: 0, peakVus: 0, samples: 0 },
      samplesMissing: 1,
    })),
  };
  const all = [...checkValidity(alone), ...checkValidity(shared)];
  return all.filter(({ code }, i) => all.findIndex((each) => each.code === code) === i);
}
