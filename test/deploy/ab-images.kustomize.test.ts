/** The commands of deploy/ab as `headroom ab` starts them, with a docker and a kubectl that start a small server instead. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseSwitches } from '../../reference-app/index.ts';
import { parseSubject, startSubject } from '../../src/ab/subject.ts';
import { problemsOf } from '../k8s/schemas.ts';
import { serviceProgram } from '../setup/services.ts';
import { type Fakes, fakePrograms } from './fakes.ts';
import { ROOT, textOf } from './stack.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const IMAGE = `registry.example/booking@${DIGEST}`;
const SERVER = `exec "${process.execPath}" "${fileURLToPath(new URL('../ab/server.mjs', import.meta.url))}"`;
const permission = { owned: false, allowedTargets: [] };

let fakes: Fakes;
afterEach(() => fakes.remove());

const start = (command: string) =>
  startSubject(parseSubject('a', command, permission), {
    cwd: fakes.folder,
    env: { ...process.env, PATH: fakes.path },
    permission,
    logPath: join(fakes.folder, 'a.log'),
    signal: new AbortController().signal,
  });

describe('image.sh', () => {
  it('starts the image with a database by compose, and removes both when the round has ended', async () => {
    fakes = fakePrograms({
      docker: `case "$*" in *' logs '*) ${SERVER} "$PORT" 0 ;; *' up '*) echo "$IMAGE" >'image' ;; esac`,
    });
    const { url, stop } = await start(`"${ROOT}deploy/ab/image.sh" ${IMAGE} {port}`);
    const compose = `docker compose --project-name headroom-ab-${url.port} --file ${ROOT}deploy/ab/compose.yaml`;
    expect(readFileSync(join(fakes.folder, 'image'), 'utf8')).toBe(`${IMAGE}\n`);
    await stop();
    expect(fakes.calls()).toEqual([
      `${compose} up --detach --wait`,
      `${compose} logs --follow`,
      `${compose} down --volumes --timeout 5`,
    ]);
  });

  it('removes what was started of an image that does not become healthy', async () => {
    fakes = fakePrograms({ docker: `case "$*" in *' up '*) exit 1 ;; esac` });
    await expect(start(`"${ROOT}deploy/ab/image.sh" ${IMAGE} {port}`)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
    });
    expect(fakes.calls().at(-1)).toContain(' down --volumes');
  });

  it.each(['image.sh', 'kubernetes-image.sh'])('%s refuses an image without a digest', async (script) => {
    fakes = fakePrograms({ docker: '', kubectl: '' });
    await expect(start(`"${ROOT}deploy/ab/${script}" registry.example/booking:1 {port}`)).rejects.toThrow(
      'ended before',
    );
    expect(fakes.calls()).toEqual(['']);
    expect(readFileSync(join(fakes.folder, 'a.log'), 'utf8')).toContain('name an image by its digest');
  });

  it('gives the app switches that it knows, on loopback, as its own compose file', () => {
    const service = z.object({ environment: z.record(z.string(), z.string()), ports: z.array(z.string()).default([]) });
    const { services } = z
      .object({ services: z.object({ app: service, postgres: service }) })
      .parse(parse(textOf('deploy/ab/compose.yaml')));
    const { app, postgres } = services;
    const { port, host } = parseSwitches([], app.environment);
    expect(app.ports).toEqual([`127.0.0.1:\${PORT:?}:${port}`]);
    expect(host).toBe('0.0.0.0');
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = postgres.environment;
    expect(app.environment.DATABASE_URLS).toBe(
      `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
    );
  });
});

describe('kubernetes-image.sh', () => {
  it('starts the image in a namespace of its own, forwards the port, and removes it when the round has ended', async () => {
    const real = serviceProgram('kustomize') ?? '';
    const build = `'${real}' ${real.endsWith('kubectl') ? 'kustomize' : 'build'}`;
    fakes = fakePrograms({
      kubectl: `case "$*" in
        apply*) ${build} "$3" >applied.yaml ;;
        *port-forward*) port=\${*: -1}; ${SERVER} "\${port%%:*}" 0 ;;
      esac`,
    });
    // Away from the repository, as where it is installed.
    cpSync(`${ROOT}deploy`, join(fakes.folder, 'deploy'), { recursive: true });
    const { url, stop } = await start(`deploy/ab/kubernetes-image.sh ${IMAGE} {port}`);
    const namespace = `booking-ab-${url.port}`;
    const applied = readFileSync(join(fakes.folder, 'applied.yaml'), 'utf8');
    expect(await problemsOf(applied)).toEqual([]);
    expect(applied).toContain(`image: ${IMAGE}`);
    expect(applied).toContain(`kind: Namespace\nmetadata:\n  labels:\n`);
    expect([...new Set([...applied.matchAll(/^ {2}namespace: (\S+)$/gm)].map(([, name]) => name))]).toEqual([
      namespace,
    ]);
    expect(applied).toMatch(new RegExp(`^ {2}name: ${namespace}$`, 'm'));
    await stop();
    const inNamespace = `kubectl --namespace ${namespace}`;
    expect(fakes.calls().slice(1)).toEqual([
      `${inNamespace} rollout status deployment/booking --timeout=170s`,
      `${inNamespace} port-forward service/booking ${url.port}:8080`,
      `kubectl delete namespace ${namespace} --ignore-not-found --wait=false`,
    ]);
  });
});
