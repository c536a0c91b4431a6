import { z } from 'zod';
import { HeadroomError } from '../errors.ts';
import { type AuditOf, type Audits, readAudit } from '../run/audit.ts';
import type { Kubectl } from './kubectl.ts';

const podsSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), uid: z.string().nullish() }),
      spec: z.looseObject({
        containers: z.array(z.looseObject({ ports: z.array(z.looseObject({ containerPort: z.number() })).nullish() })),
      }),
      status: z.looseObject({
        phase: z.string().nullish(),
        containerStatuses: z.array(z.looseObject({ restartCount: z.number() })).nullish(),
      }),
    }),
  ),
});

/** Audits of the pods of a target, as they are now. */
export interface PodAudits {
  audits: AuditOf[];
  /** Which pods they are, and how often each was started: rows are counted from there. */
  lives: string;
}

/** The booking app's own. */
const PORT = 8080;

/**
 * Asks each pod of the target for its audit, from within: it answers nobody else.
 *
 * @param kubectl in the namespace of the target
 * @param selector labels of its pods, such as `app.kubernetes.io/name=booking`
 * @throws HeadroomError KUBECTL_FAILED, CLUSTER_RUN_FAILED without a pod or an audit
 */
export async function auditPods(kubectl: Kubectl, selector: string, signal: AbortSignal): Promise<PodAudits> {
  const list = await kubectl.run(['get', 'pods', '--selector', selector, '--output', 'json'], { signal });
  const pods = podsSchema.parse(JSON.parse(list)).items.filter(({ status }) => status.phase === 'Running');
  if (pods.length === 0) throw missing(`No pod runs that has ${selector}`);
  const audits: AuditOf[] = [];
  for (const { metadata, spec } of pods) {
    const port = spec.containers[0]?.ports?.[0]?.containerPort ?? PORT;
    const program = `fetch('http://127.0.0.1:${port}/internal/audit').then((r) => r.text()).then((t) => process.stdout.write(t))`;
    const text = await kubectl.run(['exec', metadata.name], { signal, command: ['node', '-e', program] });
    const audit = readAudit(text);
    if (audit === null) throw missing(`Pod ${metadata.name} answers with no audit`);
    audits.push({ of: metadata.name, audit });
  }
  const lives = pods.map(({ metadata, status }) => {
    const restarts = (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
    return `${metadata.name} ${metadata.uid} ${restarts}`;
  });
  return { audits, lives: lives.sort().join() };
}

/** Those before and after a load; what was before says nothing where a pod has come, gone or been started again. */
export function auditsAround(before: PodAudits, after: PodAudits): Audits {
  return { before: before.lives === after.lives ? before.audits : [], after: after.audits };
}

const missing = (what: string): HeadroomError =>
  new HeadroomError(
    'CLUSTER_RUN_FAILED',
    `${what}.`,
    'Name the pods of the booking app with --audit-pods and --audit-namespace; other targets have no audit.',
  );
