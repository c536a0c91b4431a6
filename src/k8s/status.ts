/** What a cluster says of a run: pure. */
import { z } from 'zod';

/** What is not known is left out, or is null as the times of a container that nobody saw end. */
const text = z.string().nullish();
const containerSchema = z.looseObject({
  name: text,
  state: z
    .looseObject({
      waiting: z.looseObject({ reason: text, message: text }).nullish(),
      terminated: z.looseObject({ exitCode: z.number(), reason: text, finishedAt: text }).nullish(),
    })
    .nullish(),
});
const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  status: z.looseObject({
    phase: text,
    reason: text,
    message: text,
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), reason: text, message: text })).nullish(),
    containerStatuses: z.array(containerSchema).nullish(),
  }),
});
type PodStatus = z.infer<typeof podSchema>['status'];
type Terminated = NonNullable<NonNullable<z.infer<typeof containerSchema>['state']>['terminated']>;
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
/** The operator's name for the runner's container; a service mesh may put others beside it. */
const CONTAINER = 'k6';

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
      return { name: metadata.name, number, ...stateOf(status) };
    })
    .toSorted((a, b) => a.number - b.number);
}

type PodState = Pick<RunnerPod, 'state' | 'reason' | 'stuck'>;
const looks = (state: PodState['state'], reason: string | null = null, stuck = false): PodState => ({
  state,
  reason,
  stuck,
});

function stateOf(status: PodStatus): PodState {
  const containers = status.containerStatuses ?? [];
  const { waiting, terminated } = (containers.find((each) => each.name === CONTAINER) ?? containers[0])?.state ?? {};
  if (terminated || status.phase === 'Failed') {
    // One whose process ran out of memory beside the one that ended well has lost what that measured (kubernetes#131530).
    const measured = terminated && MEASURED.has(terminated.exitCode) && terminated.reason !== 'OOMKilled';
    return measured ? looks('ended') : looks('died', whyItDied(status, terminated ?? null));
  }
  if (status.phase === 'Succeeded') return looks('ended');
  if (status.phase === 'Running') return looks('running');
  const reason = waiting?.reason ?? null;
  if (reason !== null && STUCK.has(reason)) return looks('waiting', told(reason, waiting?.message), true);
  const unscheduled = status.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  return looks('waiting', unscheduled?.message ?? reason);
}

const told = (reason: string, message: string | null | undefined): string =>
  message ? `${reason}: ${message.trim().replace(/\.$/, '')}` : reason;

/**
 * What the cluster did to the pod comes first, as an eviction or a drain: then the container may say that it ran out of memory
 * although it did not (kubernetes#140716), or that nobody knows how it ended.
 */
function whyItDied({ reason, message, conditions }: PodStatus, terminated: Terminated | null): string {
  const disruption = conditions?.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True');
  const cluster = reason
    ? told(reason, message)
    : disruption?.reason
      ? told(disruption.reason, disruption.message)
      : null;
  const container = terminated === null ? null : `${terminated.reason ?? 'Error'}, exit code ${terminated.exitCode}`;
  const when = terminated?.finishedAt ? `, at ${terminated.finishedAt}` : '';
  if (cluster === null) return container === null ? 'no reason given' : `${container}${when}`;
  return container === null ? cluster : `${cluster} (${container}${when})`;
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
