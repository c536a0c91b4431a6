/** What a plan says of scaling out by itself: a HorizontalPodAutoscaler (autoscaling/v2) with the reason of each number. */
import { Document, type Pair, type Scalar, visit, type YAMLMap } from 'yaml';
import { rate, share } from './figures.ts';
import type { Plan } from './schema.ts';

/** What an autoscaler is told. */
export interface HpaSettings {
  min: number;
  max: number;
  /** Requests per second of one replica that the autoscaler holds on average. */
  perReplica: number;
  reasons: { min: string; max: string; perReplica: string; up: string; down: string };
}

/** An autoscaler does nothing while the metric is within a tenth of its target (`--horizontal-pod-autoscaler-tolerance`). */
const TOLERANCE = 0.1;
/** Seconds until another replica serves: a look each 15 s, a metric as old as a minute, a start within a minute. */
const REACTION_SECONDS = 135;
/** By how much demand may rise in a minute while nobody has reacted. */
const RISE_PER_MINUTE = 0.05;
/** Days of demand ahead that the bounds are made for: who plans again each month needs no more. */
const AHEAD_DAYS = 30;
/** With one replica, the loss of one is an outage. */
const FEWEST = 2;

/**
 * Settings by a plan: how much one replica takes from the limit and its instances, bounds from the quantiles of the demand
 * ahead.
 *
 * @param instances that the limit was measured with
 */
export function hpaSettings(plan: Plan, instances: number): HpaSettings {
  const limit = plan.now.limit.low / instances;
  const rise = (RISE_PER_MINUTE * REACTION_SECONDS) / 60;
  const perReplica = limit / (1 + TOLERANCE) / (1 + rise);
  const until = new Date(Date.parse(plan.createdAt) + AHEAD_DAYS * 86_400_000).toISOString().slice(0, 10);
  const ahead = plan.demand?.fan.filter(({ date }) => date <= until) ?? [];
  const low = ahead.length === 0 ? plan.peak : Math.min(...ahead.map(({ p10 }) => p10));
  const high = ahead.length === 0 ? plan.peak : Math.max(...ahead.map(({ p90 }) => p90));
  const of = (demand: number): number => Math.ceil(demand / perReplica);
  const min = Math.max(FEWEST, of(low));
  const max = Math.max(min, of(high)) + 1;
  const when = `of the daily peaks until ${until}`;
  return {
    min,
    max,
    perReplica,
    reasons: {
      min:
        ahead.length === 0
          ? `today's peak of ${rate(plan.peak)} at ${rate(perReplica)} a replica, and ${FEWEST} at least: the loss of one is no outage`
          : `P10 ${when}, ${rate(low)}, at ${rate(perReplica)} a replica, and ${FEWEST} at least: the loss of one is no outage`,
      max: `${ahead.length === 0 ? `today's peak of ${rate(high)}, as no demand ahead was given,` : `P90 ${when}, ${rate(high)},`} and one for a replica that is lost`,
      perReplica: `${rate(limit)} hold the objectives (${rate(plan.now.limit.low)} measured with ${instances} ${instances === 1 ? 'instance' : 'instances'})${waitText(plan)}; less ${share(TOLERANCE)} that the autoscaler tolerates, and ${share(rise)} that demand may rise by in the ${REACTION_SECONDS} s until another serves`,
      up: 'at once: every second of waiting is demand above what holds; at most twice as many in a minute, so that a metric gone wild does not take all',
      down: `five minutes, more than twice the ${REACTION_SECONDS} s that it takes to come back; then a tenth a minute`,
    },
  };
}

/** What the model says of the wait at the limit. */
function waitText({ network, source, now }: Plan): string {
  if (network === null || network.resources.length === 0) return '';
  const [binding] = network.resources.toSorted((a, b) => a.saturation - b.saturation);
  if (binding === undefined) return '';
  const busy = share(Math.min(1, now.limit.low / binding.saturation));
  const allowed =
    source.bindingLimit === null ? '' : `, where its queue makes ${source.bindingSlo} ${source.bindingLimit} ms`;
  return `: ${binding.name} is ${busy} busy then${allowed}`;
}

/**
 * The autoscaler as YAML, each number with its reason.
 *
 * @param name of the Deployment
 * @param metric requests per second of a pod, as the cluster's metrics adapter names it
 */
export function hpaYaml(
  plan: Plan,
  { name, instances, metric }: { name: string; instances: number; metric: string },
): string {
  const { min, max, perReplica, reasons } = hpaSettings(plan, instances);
  const document = new Document(
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: min,
        maxReplicas: max,
        metrics: [
          {
            type: 'Pods',
            pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue: quantity(perReplica) } },
          },
        ],
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
          scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] },
        },
      },
    },
    { version: '1.1' },
  );
  const comments: Record<string, string> = {
    minReplicas: reasons.min,
    maxReplicas: reasons.max,
    averageValue: reasons.perReplica,
    scaleUp: reasons.up,
    scaleDown: reasons.down,
  };
  visit(document, {
    Map(_, map: YAMLMap) {
      for (const pair of map.items as Pair<Scalar<string>>[]) {
        const reason = comments[pair.key.value];
        if (reason !== undefined) pair.key.commentBefore = ` ${reason}`;
      }
    },
  });
  document.commentBefore = caution(plan);
  return document.toString({ lineWidth: 0 });
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
