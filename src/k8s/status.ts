/** What a cluster says of a run: pure. */
import { z } from 'zod';

const containerSchema = z.looseObject({
  state: z
    .looseObject({
      waiting: z.looseObject({ reason: z.string().optional(), message: z.string().optional() }).optional(),
      running: z.looseObject({}).optional(),
      terminated: z
        .looseObject({ exitCode: z.number(), reason: z.string().optional(), finishedAt: z.string().optional() })
        .optional(),
    })
    .optional(),
});
const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
  status: z.looseObject({
    phase: z.string().optional(),
    reason: z.string().optional(),
    conditions: z
      .array(
        z.looseObject({
          type: z.string(),
          status: z.string(),
          reason: z.string().optional(),
          message: z.string().optional(),
        }),
      )
      .optional(),
    containerStatuses: z.array(containerSchema).optional(),
  }),
});
const podsSchema = z.looseObject({ items: z.array(podSchema) });

/** The pod of an instance. */
export interface RunnerPod {
  name: string;
  /** Number of the instance, from 1. */
  number: number;
  state: 'waiting' | 'running' | 'ended' | 'died';
  /** Why it waits, or how it died; null when it does neither. */
  reason: string | null;
  /** Whether what it waits for will not come by itself. */
  stuck: boolean;
}

/** Reasons of the kubelet for which a container does not start unless somebody does something. */
const STUCK = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** A runner ends with 0 when it has measured and with 3 when what it measured is invalid: the merge judges both. */
const MEASURED = new Set([0, 3]);

/**
 * Reads `kubectl get pods --output json` of a TestRun's runners.
 *
 * @param name of the TestRun
 */
export function runnerPods(json: string, name: string): RunnerPod[] {
  return podsSchema
    .parse(JSON.parse(json))
    .items.map(({ metadata, status }): RunnerPod => {
      const job = metadata.labels?.['batch.kubernetes.io/job-name'] ?? metadata.labels?.['job-name'] ?? metadata.name;
      const number = Number(/^-(\d+)/.exec(job.slice(name.length))?.[1] ?? 0);
      const pod = (state: RunnerPod['state'], reason: string | null = null, stuck = false): RunnerPod => ({
        name: metadata.name,
        number,
        state,
        reason,
        stuck,
      });
      const { waiting, terminated } = status.containerStatuses?.[0]?.state ?? {};
      if (terminated !== undefined) {
        if (MEASURED.has(terminated.exitCode) && terminated.reason !== 'OOMKilled') return pod('ended');
        const when = terminated.finishedAt === undefined ? '' : `, at ${terminated.finishedAt}`;
        return pod('died', `${terminated.reason ?? 'Error'}, exit code ${terminated.exitCode}${when}`);
      }
      if (status.phase === 'Failed') return pod('died', status.reason ?? 'no reason given');
      if (status.phase === 'Succeeded') return pod('ended');
      if (status.phase === 'Running') return pod('running');
      const { reason, message } = waiting ?? {};
      if (reason !== undefined && STUCK.has(reason))
        return pod('waiting', `${reason}${message ? `: ${message}` : ''}`, true);
      const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
      return pod('waiting', unscheduled?.message ?? reason ?? null);
    })
    .toSorted((a, b) => a.number - b.number);
}

const testRunSchema = z.looseObject({ status: z.looseObject({ stage: z.string().optional() }).optional() });

/** Stages of a TestRun, in their order (api/v1alpha1/testrun_types.go of k6-operator); one that has none yet is new. */
export const STAGES = [
  'new',
  'initialization',
  'initialized',
  'created',
  'started',
  'stopped',
  'finished',
  'error',
] as const;
export type Stage = (typeof STAGES)[number];

/** Reads `kubectl get testrun --output json`. */
export function stageOf(json: string): Stage {
  const stage = testRunSchema.parse(JSON.parse(json)).status?.stage;
  return STAGES.find((known) => known === stage) ?? 'new';
}
