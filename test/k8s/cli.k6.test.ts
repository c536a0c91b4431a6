/** `headroom k8s` from its flags to its files and its verdict, with a real k6 that says what the scenario comes to. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../../src/cli/main.ts';
import { runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';
import { writeInstance } from '../merge/made-up-instances.ts';
import { fakeCluster, type Play, pods } from './kubectl.ts';

const SCRIPT = `import http from 'k6/http';
export const options = { scenarios: { visit: { executor: 'constant-vus', vus: 2, duration: '30s' } } };
export default function () { http.get(__ENV.BASE_URL + '/', { tags: { name: 'search' } }); }
`;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-k8s-cli-'));
  await writeFile(join(folder, 'visit.js'), SCRIPT);
  await Promise.all(
    [1, 2].map((number) =>
      writeInstance(join(folder, 'volume'), { number, slos: [{ endpoint: 'search', metric: 'p95', max: 100 }] }),
    ),
  );
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const FLAGS = ['--parallelism', '2', '--target', 'http://booking.shop.svc:8080', '--yes-i-own-this-target'];
const VOLUME = ['--volume', 'results', '--volume-size', '5Gi', '--storage-class', 'nfs'];

async function k8s(command: string, argv: readonly string[], env: Record<string, string> = {}) {
  const io = silentIo({ cwd: folder, env: { ...process.env, ...env } });
  const code = await run(['k8s', command, 'visit.js', ...FLAGS, ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

it('render writes a claim where one is asked for, and says in which order to apply', async () => {
  const { code, err } = await k8s('render', [...VOLUME, '--name', 'visit-1']);
  expect(code).toBe(0);
  expect((await readdir(join(folder, 'k8s'))).sort()).toEqual([
    ...['Dockerfile', 'files.yaml', 'rbac.yaml', 'testrun.yaml', 'visit-1', 'volume.yaml'],
  ]);
  const [claim] = parseAllDocuments(await readFile(join(folder, 'k8s', 'volume.yaml'), 'utf8'));
  expect(claim?.toJS()).toMatchObject({ kind: 'PersistentVolumeClaim', spec: { storageClassName: 'nfs' } });
  expect([...err.matchAll(/--filename k8s\/(\S+)/g)].map(([, file]) => file)).toEqual([
    ...['volume.yaml', 'files.yaml', 'testrun.yaml'],
  ]);
  const wrong = await k8s('render', ['--influx', 'http://i:8086/h', '--volume-size', '5Gi']);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('--volume-size is for --volume.') });
});

it('run merges what the pods left, with the audit of the target’s pods', async () => {
  const pod = (bookings: number) => ({
    name: 'booking-a',
    restarts: 0,
    audit: JSON.stringify({ ok: true, checks: [], totals: { bookings, payments: 0 } }),
  });
  const looks: Play['looks'] = [{ stage: 'finished', pods: pods('ended', 'ended') }];
  const play = async (name: string, ...target: NonNullable<Play['target']>) =>
    await fakeCluster(join(folder, name), { looks, target, results: join(folder, 'volume') });
  const labels = ['--audit-pods', 'app.kubernetes.io/name=booking', '--audit-namespace', 'booking'];
  const sound = await play('sound', pod(3));
  const held = await k8s('run', [...VOLUME, ...labels, '--json', '--namespace', 'perf'], sound.env);
  expect([held.code, runSchema.parse(JSON.parse(held.out)).audit]).toEqual([
    0,
    {
      ok: true,
      checks: [
        { name: 'bookings acknowledged to k6 are in the database', ok: true, expected: 0, observed: 0 },
        { name: 'payments acknowledged to k6 are in the database', ok: true, expected: 0, observed: 0 },
      ],
    },
  ]);
  expect((await sound.calls()).filter((call) => call.startsWith('exec')).map((call) => call.slice(0, 37))).toEqual(
    Array(2).fill('exec booking-a --namespace booking --'),
  );
  const none = await k8s('run', [...VOLUME, ...labels], (await play('none')).env);
  expect(none).toMatchObject({ code: 5, err: expect.stringContaining('No pod runs that has app.kubernetes.io') });
});
