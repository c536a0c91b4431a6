/** What a plan says of scaling out by itself: a HorizontalPodAutoscaler (autoscaling/v2) with the reason of each number. */
import { Document, type Pair, type Scalar, visit, type YAMLMap } from 'yaml';
import { rate, share } from './figures.ts';
import type { ReplicaLoad } from './replica-load.ts';
import type { Plan } from './schema.ts';

/** What an autoscaler is told of a target. */
export interface HpaInput {
  /** That the limit was measured with. */
  instances: number;
  /** Seconds from the start of a replica until it serves. */
  startSeconds: number;
  /** Cores that a replica's container asks for; null: not known. */
  cpuRequest: number | null;
  /** What one replica does while all together answer so many requests per second. */
  loadOf(rate: number): ReplicaLoad;
}

/** What an autoscaler is told, each with its reason. */
export interface HpaSettings {
  min: number;
  max: number;
  /** Requests per second of one replica that the autoscaler holds on average. */
  perReplica: number;
  /** Cores that one replica uses then; null where nothing tells. */
  cpus: number | null;
  /** Requests of one replica that wait for a connection then; null where nothing tells. */
  waiting: number | null;
  /** Seconds for which less is asked for before a replica goes. */
  downSeconds: number;
  reasons: {
    min: string;
    max: string;
    perReplica: string;
    cpus: string;
    waiting: string;
    up: string;
    down: string;
  };
}

/** An autoscaler does nothing while the metric is within a tenth of its target (`--horizontal-pod-autoscaler-tolerance`). */
const TOLERANCE = 0.1;
/** Seconds between two looks of an autoscaler (`--horizontal-pod-autoscaler-sync-period`). */
const LOOK_SECONDS = 15;
/** A rate over the last minute is that old. */
const METRIC_SECONDS = 60;
/** By how much demand may rise in a minute while nobody has reacted. */
const RISE_PER_MINUTE = 0.05;
/** Days of demand ahead that the bounds are made for: who plans again each month needs no more. */
const AHEAD_DAYS = 30;
/** With one replica, the loss of one is an outage. */
const FEWEST = 2;
/** An autoscaler's own (`--horizontal-pod-autoscaler-downscale-stabilization`). */
const LEAST_DOWN_SECONDS = 300;
/** Fewer that wait, and a single slow statement would add a replica. */
const LEAST_WAITING = 0.1;
/** A container that uses more of what it asks for has nothing left for the minutes until another serves. */
const MOST_OF_REQUEST = 0.9;

/**
 * Settings by a plan: how much one replica takes from the limit and its instances, what CPU time and waits the model has for
 * that, bounds from the quantiles of the demand ahead.
 */
export function hpaSettings(plan: Plan, { instances, startSeconds, cpuRequest, loadOf }: HpaInput): HpaSettings {
  const limit = plan.now.limit.low / instances;
  const reaction = LOOK_SECONDS + METRIC_SECONDS + startSeconds;
  const rise = (RISE_PER_MINUTE * reaction) / 60;
  const perReplica = limit / (1 + TOLERANCE) / (1 + rise);
  const until = new Date(Date.parse(plan.createdAt) + AHEAD_DAYS * 86_400_000).toISOString().slice(0, 10);
  const ahead = plan.demand?.fan.filter(({ date }) => date <= until) ?? [];
  const low = ahead.length === 0 ? plan.peak : Math.min(...ahead.map(({ p10 }) => p10));
  const high = ahead.length === 0 ? plan.peak : Math.max(...ahead.map(({ p90 }) => p90));
  const min = Math.max(FEWEST, Math.ceil(low / perReplica), Math.ceil(low / limit) + 1);
  const max = Math.max(min, Math.ceil(high / perReplica)) + 1;
  const when = `of the daily peaks until ${until}`;
  const load = loadOf(perReplica * instances);
  const atLimit = loadOf(limit * instances);
  const waiting =
    load.waiting === null || !Number.isFinite(load.waiting) ? null : Math.max(LEAST_WAITING, load.waiting);
  const downSeconds = Math.max(LEAST_DOWN_SECONDS, 60 * Math.ceil((2 * reaction) / 60));
  return {
    min,
    max,
    perReplica,
    cpus: load.cpus,
    waiting,
    downSeconds,
    reasons: {
      min: `${ahead.length === 0 ? `today's peak of ${rate(plan.peak)}` : `P10 ${when}, ${rate(low)},`} at ${rate(perReplica)} a replica; with one lost, the others still hold it at ${rate(limit)} each; ${FEWEST} at least`,
      max: `${ahead.length === 0 ? `today's peak of ${rate(high)}, as no demand ahead was given,` : `P90 ${when}, ${rate(high)},`} at ${rate(perReplica)} a replica, and one for a replica that is lost${connections(plan, instances)}`,
      perReplica: `${rate(limit)} hold the objectives (${rate(plan.now.limit.low)} measured with ${instances} ${instances === 1 ? 'instance' : 'instances'})${waitText(plan, atLimit)}; less ${share(TOLERANCE)} that the autoscaler tolerates, and ${share(rise)} that demand may rise by in the ${reaction} s until another serves (a look each ${LOOK_SECONDS} s, a metric that is ${METRIC_SECONDS} s old, ${startSeconds} s to start)${quantileText(plan, load, atLimit)}`,
      cpus: load.cpus === null ? '' : cpuText(load.cpus, perReplica, atLimit.cpus, cpuRequest),
      waiting:
        load.waiting === null || atLimit.waiting === null
          ? ''
          : `at ${rate(perReplica)} the model has ${amount(load.waiting)} requests of a replica wait for a connection, and ${amount(atLimit.waiting)} at the ${rate(limit)} that hold the objectives${load.waiting < LEAST_WAITING ? `; ${LEAST_WAITING} at least, or a single slow statement would add a replica` : ''}`,
      up: 'at once: every second of waiting is demand above what holds; at most twice as many in a minute, so that a metric gone wild does not take all',
      down: `${downSeconds} s, more than twice the ${reaction} s that it takes to come back; then a tenth a minute`,
    },
  };
}

const amount = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(2))) : 'ever more');

function cpuText(cpus: number, perReplica: number, atLimit: number | null, request: number | null): string {
  const more = atLimit === null ? '' : `, ${amount(atLimit)} where it holds the objectives at the most`;
  const uses = `${amount(cpus)} cores of CPU time at ${rate(perReplica)}, by the trials of the search${more}`;
  if (request === null) return `${uses}; in cores, since what the container asks for was not given (--hpa-cpu)`;
  const scarce =
    cpus > MOST_OF_REQUEST * request
      ? `. That is too little: let it ask for ${Math.ceil((10 * (atLimit ?? cpus)) / MOST_OF_REQUEST) / 10}`
      : '';
  return `${uses}, of ${amount(request)} that the container asks for${scarce}`;
}

/** What the objective that gives in first looks like there. */
function quantileText({ source }: Plan, load: ReplicaLoad, atLimit: ReplicaLoad): string {
  if (source.bindingSlo === null || source.bindingLimit === null) return '';
  if (load.quantile === null || atLimit.quantile === null) return '';
  if (!Number.isFinite(load.quantile) || !Number.isFinite(atLimit.quantile)) return '';
  return `. The model has ${source.bindingSlo} at ${Math.round(load.quantile)} ms then, and at ${Math.round(atLimit.quantile)} ms at the limit; ${source.bindingLimit} ms are allowed`;
}

/** What the model says of the wait at the limit; what the objective allows there, unless the model has a figure for it. */
function waitText({ network, source, now }: Plan, atLimit: ReplicaLoad): string {
  if (network === null || network.resources.length === 0) return '';
  const [binding] = network.resources.toSorted((a, b) => a.saturation - b.saturation);
  if (binding === undefined) return '';
  const busy = share(Math.min(1, now.limit.low / binding.saturation));
  const allowed =
    source.bindingLimit === null || atLimit.quantile !== null
      ? ''
      : `, where its queue makes ${source.bindingSlo} ${source.bindingLimit} ms`;
  return `: ${binding.name} is ${busy} busy then${allowed}`;
}

/** Names in the cluster. */
export interface HpaNames {
  /** Of the Deployment. */
  name: string;
  /** Requests per second of a pod, as the cluster's metrics adapter names it. */
  metric: string;
  /** Requests of a pod that wait for a connection, likewise; null: not served. */
  waitMetric: string | null;
}

/** The autoscaler as YAML, each number with its reason. */
export function hpaYaml(plan: Plan, { name, metric, waitMetric }: HpaNames, input: HpaInput): string {
  const { min, max, perReplica, cpus, waiting, downSeconds, reasons } = hpaSettings(plan, input);
  const pods = (metricName: string, value: number): object => ({
    type: 'Pods',
    pods: { metric: { name: metricName }, target: { type: 'AverageValue', averageValue: quantity(value) } },
  });
  const cpu = (value: number, request: number | null): object => ({
    type: 'Resource',
    resource: {
      name: 'cpu',
      target:
        request === null
          ? { type: 'AverageValue', averageValue: quantity(value) }
          : { type: 'Utilization', averageUtilization: Math.max(1, Math.floor((100 * value) / request)) },
    },
  });
  const metrics: { metric: object; reason: string }[] = [
    { metric: pods(metric, perReplica), reason: reasons.perReplica },
    ...(cpus === null ? [] : [{ metric: cpu(cpus, input.cpuRequest), reason: reasons.cpus }]),
    ...(waiting === null || waitMetric === null
      ? []
      : [{ metric: pods(waitMetric, waiting), reason: reasons.waiting }]),
  ];
  const document = new Document(
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: min,
        maxReplicas: max,
        metrics: metrics.map((each) => each.metric),
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
          scaleDown: {
            stabilizationWindowSeconds: downSeconds,
            policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
          },
        },
      },
    },
    { version: '1.1' },
  );
  const ofMetrics = metrics.map(({ reason }) => reason);
  const comments: Record<string, () => string | undefined> = {
    minReplicas: () => reasons.min,
    maxReplicas: () => reasons.max,
    metrics: () =>
      `each says how many replicas it wants, and the largest number holds${without(cpus, waiting, waitMetric)}`,
    averageValue: () => ofMetrics.shift(),
    averageUtilization: () => ofMetrics.shift(),
    scaleUp: () => reasons.up,
    scaleDown: () => reasons.down,
  };
  visit(document, {
    Map(_, map: YAMLMap) {
      for (const pair of map.items as Pair<Scalar<string>>[]) {
        const reason = comments[pair.key.value]?.();
        if (reason !== undefined) pair.key.commentBefore = ` ${reason}`;
      }
    },
  });
  document.commentBefore = caution(plan);
  return document.toString({ lineWidth: 0 });
}

/** Which metrics are not there, and why. */
function without(cpus: number | null, waiting: number | null, waitMetric: string | null): string {
  const cpu = cpus === null ? '; none of CPU time: the trials do not tell how much of it a request takes' : '';
  if (waiting === null) return cpu;
  const waits = '; none of waits for connections: --hpa-wait-metric names it where an adapter serves it';
  return waitMetric === null ? `${cpu}${waits}` : cpu;
}

/** What each replica brings to the databases. */
function connections({ network }: Plan, instances: number): string {
  const pool = network?.resources.find(({ name }) => name === 'pool');
  if (pool === undefined) return '';
  const each = Math.round(pool.servers / instances);
  return `. Each brings ${each} ${each === 1 ? 'connection' : 'connections'} to each database: what a database allows must hold one replica more, as in a rollout`;
}

/** Kubernetes writes thousandths with an m. */
const quantity = (value: number): string => `${Math.floor(1000 * value)}m`;

/** What no number of replicas changes. */
function caution(plan: Plan): string {
  const resources = plan.network?.resources ?? [];
  const shared = resources
    .filter(({ name }) => !/event loop|worker/i.test(name))
    .toSorted((a, b) => a.saturation - b.saturation);
  const [first] = shared;
  const lines = [` By the search ${plan.source.id}: ${plan.summary}`];
  if (first !== undefined)
    lines.push(
      ` ${first.name} is busy all the time at ${rate(first.saturation)}. Where the replicas share it, more of them do not pass that.`,
    );
  return lines.join('\n');
}
