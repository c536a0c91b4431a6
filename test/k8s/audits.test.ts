import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditPods, auditsAround } from '../../src/k8s/audits.ts';
import { Kubectl } from '../../src/k8s/kubectl.ts';
import { fakeCluster, type Play } from './kubectl.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-k8s-audits-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const LABELS = 'app.kubernetes.io/name=booking';
let number = 0;
async function ask(target: NonNullable<Play['target']>) {
  const cluster = await fakeCluster(join(folder, String(++number)), { looks: [], target });
  const kubectl = new Kubectl({ env: cluster.env, namespace: 'booking', context: null });
  return { cluster, pods: await auditPods(kubectl, LABELS, new AbortController().signal) };
}
const audit = (bookings: number): string => JSON.stringify({ ok: true, checks: [], totals: { bookings, payments: 0 } });

it('asks each pod that runs for its audit, from within, as it answers nobody else', async () => {
  const { cluster, pods } = await ask([
    { name: 'booking-a', restarts: 0, audit: audit(3) },
    { name: 'booking-b', restarts: 1, audit: audit(4) },
  ]);
  expect(pods.audits).toMatchObject([
    { of: 'booking-a', audit: { totals: { bookings: 3 } } },
    { of: 'booking-b', audit: { totals: { bookings: 4 } } },
  ]);
  expect((await cluster.calls()).at(-1)).toMatch(
    /^exec booking-b --namespace booking -- node -e fetch\('http:\/\/127\.0\.0\.1:8080\/internal\/audit'\)/,
  );
});

it('counts rows only where the same pods, started as often, tell them before and after', async () => {
  const pod = { name: 'booking-a', restarts: 0, audit: audit(3) };
  const { pods: before } = await ask([pod]);
  const around = async (...target: (typeof pod)[]) => auditsAround(before, (await ask(target)).pods).before.length;
  expect(await around({ ...pod, audit: audit(9) })).toBe(1);
  expect(await around({ ...pod, restarts: 1 })).toBe(0);
  expect(await around({ ...pod, name: 'booking-c' })).toBe(0);
  expect(await around(pod, { ...pod, name: 'booking-b' })).toBe(0);
});

it('says when there is no pod, or none that has an audit', async () => {
  await expect(ask([])).rejects.toThrow(`No pod runs that has ${LABELS}.`);
  await expect(ask([{ name: 'other', restarts: 0, audit: '404 page not found' }])).rejects.toThrow(
    'Pod other answers with no audit.',
  );
});
