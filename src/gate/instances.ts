import type { InstanceResult, ValidityReason } from '../results/schema.ts';

interface InstanceLimits {
  achievedShare: number;
  startSkewMs: number;
  clockOffsetMs: number;
}

/**
 * Why the several generators of a run did not measure it together: one is missing or died, some of its windows did not
 * arrive, or it did not do its part, at the same time and by the same clock as the others.
 *
 * @param planned iterations of all together; null when the scenario has no planned number
 */
export function instanceReasons(
  instances: readonly InstanceResult[],
  planned: number | null,
  limits: InstanceLimits,
): ValidityReason[] {
  const count = instances.length;
  return instances.flatMap((instance): ValidityReason[] => {
    const { number, state, untilSeconds, samples, samplesMissing, startSkewMs, clockOffsetMs } = instance;
    const name = `instance ${number} of ${count}`;
    if (state === 'missing') {
      const message = `${name} is missing: nothing is there of what it measured`;
      return [{ code: 'instance-missing', message, observed: number, limit: null }];
    }
    const reasons: ValidityReason[] = [];
    if (state === 'died') {
      const when = untilSeconds === null ? 'before its first sample' : `${untilSeconds} s after the run began`;
      reasons.push({ code: 'instance-died', message: `${name} died ${when}`, observed: untilSeconds, limit: null });
    }
    if (samplesMissing !== 0) {
      const message = `${name} has windows missing: ${samplesMissing} of its ${samples + samplesMissing} samples are in none, the last of them ends ${untilSeconds ?? 0} s after the run began`;
      reasons.push({ code: 'instance-windows-missing', message, observed: samplesMissing, limit: 0 });
    }
    if (startSkewMs !== null && startSkewMs > limits.startSkewMs) {
      const message = `${name} started ${Math.round(startSkewMs)} ms after the first`;
      reasons.push({ code: 'instance-start-skew', message, observed: startSkewMs, limit: limits.startSkewMs });
    }
    if (clockOffsetMs !== null && Math.abs(clockOffsetMs) > limits.clockOffsetMs) {
      const message = `the clock of ${name} is ${Math.round(clockOffsetMs)} ms off those of the others`;
      reasons.push({
        code: 'instance-clock-offset',
        message,
        observed: Math.abs(clockOffsetMs),
        limit: limits.clockOffsetMs,
      });
    }
    // Of one that died or was stopped it is known already that it did not do all.
    return state === 'ended' ? [...reasons, ...shareReasons(instance, name, planned, count, limits)] : reasons;
  });
}

/** Whether a generator did its part of the iterations; k6 rounds a part that is no whole number, here down and there up. */
function shareReasons(
  { iterations }: InstanceResult,
  name: string,
  planned: number | null,
  count: number,
  { achievedShare }: InstanceLimits,
): ValidityReason[] {
  if (planned === null || planned === 0) return [];
  const part = planned / count;
  const least = achievedShare * part - 1;
  const most = part / achievedShare + 1;
  if (iterations >= least && iterations <= most) return [];
  const message = `${name} ran ${iterations} iterations, and its part is ${Math.round(part)}`;
  return [{ code: 'instance-rate-share', message, observed: iterations / part, limit: achievedShare }];
}
