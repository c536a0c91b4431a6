/** The scripts of ci/ as their services run them: a real k6 against a real server, with the environment that each sets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gateSchema } from '../../src/gate/gate.ts';
import { gitlab, ROOT } from './scripts.ts';

let server: Server;
let target: string;
let folder: string;
let bin: string;

beforeAll(async () => {
  server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  target = `http://127.0.0.1:${address.port}`;
  // `headroom` on the PATH, as npm installs it.
  bin = await mkdtemp(join(tmpdir(), 'headroom-bin-'));
  await writeFile(join(bin, 'headroom'), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}src/cli/bin.ts" "$@"\n`);
  await chmod(join(bin, 'headroom'), 0o755);
});
afterAll(async () => {
  server.close();
  await rm(bin, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
  await writeFile(
    join(folder, 'home.ts'),
    `import http from 'k6/http';
     import { check } from 'k6';
     export const options = { scenarios: { steady: { executor: 'constant-arrival-rate', rate: 20, duration: '4s', preAllocatedVUs: 20 } } };
     export default () => check(http.get(__ENV.BASE_URL, { tags: { name: 'home' } }), { answered: ({ status }) => status === 200 });`,
  );
  const slo = (name: string, max: number) =>
    writeFile(join(folder, name), JSON.stringify([{ endpoint: 'home', metric: 'p50', max }]));
  await Promise.all([slo('wide.json', 5_000), slo('tight.json', 0.001)]);
  return () => rm(folder, { recursive: true, force: true });
});

async function bash(script: string, env: Record<string, string>): Promise<{ code: number; out: string; err: string }> {
  const child = spawn('bash', ['-c', script], {
    cwd: folder,
    env: {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: folder,
      K6_PATH: process.env.K6_PATH,
      CI: 'true',
      ...env,
    },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

describe('in GitHub', () => {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');

  /** The action's steps after one another, as action.yml passes them their environment. */
  async function job(env: Record<string, string>, failOn = 'fail invalid inconclusive') {
    const github = {
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: join(ROOT, 'ci/github'),
      GITHUB_SHA: 'ffac537e6cbbf934b08745a378932722df287a53',
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      GITHUB_OUTPUT: join(folder, 'output'),
      HEADROOM_SCENARIO: 'home.ts',
      HEADROOM_TARGET: target,
      HEADROOM_OUT: join(folder, 'headroom'),
      ...env,
    };
    const ran = await bash('bash "$GITHUB_ACTION_PATH/run.sh"', github);
    const outputs = Object.fromEntries(
      (await read('output'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const verdict = await bash('bash "$GITHUB_ACTION_PATH/verdict.sh"', {
      ...github,
      HEADROOM_VERDICT: outputs.verdict ?? '',
      HEADROOM_EXIT_CODE: outputs['exit-code'] ?? '',
      HEADROOM_FAIL_ON: failOn,
    });
    return { ran, outputs, code: ran.code === 0 ? verdict.code : ran.code };
  }

  it('a run that holds its objective: summary, annotation, outputs, archive', async () => {
    const { ran, outputs, code } = await job({
      HEADROOM_SLO: 'wide.json',
      HEADROOM_FLAGS: '--no-audit\n --tag  ci=yes\n\n',
    });
    expect(ran.err).not.toMatch(/unbound|command not found/);
    expect({ code, verdict: outputs.verdict, exit: outputs['exit-code'] }).toEqual({
      code: 0,
      verdict: 'pass',
      exit: '0',
    });
    const gate = gateSchema.parse(JSON.parse(await readFile(outputs.gate ?? '', 'utf8')));
    expect(gate.tags).toEqual({ build: 'ffac537e6cbbf934b08745a378932722df287a53', ci: 'yes' });
    expect(outputs.run).toBe(join(folder, 'headroom/runs', gate.run));
    expect(await readFile(outputs.report ?? '', 'utf8')).toContain('<html');
    expect(await readFile(outputs.junit ?? '', 'utf8')).toContain('name="home.p50"');
    expect(await read('summary.md')).toContain('Headroom: pass (home)');
    expect(await readFile(outputs.markdown ?? '', 'utf8')).toBe(await read('summary.md'));
    expect(ran.out).toMatch(/^::notice title=Headroom home%3A home\.p50::home\.p50 is .* allowed is ≤ 5,000 ms/m);
  });

  it('a run that breaks it ends the job with 1, unless that is allowed', async () => {
    const { ran, outputs, code } = await job({ HEADROOM_SLO: 'tight.json' });
    expect({ code, verdict: outputs.verdict }).toEqual({ code: 1, verdict: 'fail' });
    expect(ran.out).toMatch(/^::error title=Headroom home%3A home\.p50::home\.p50 is /m);
    expect(await read('summary.md')).toContain('❌');
    const allowed = { HEADROOM_VERDICT: 'fail', HEADROOM_EXIT_CODE: '1', HEADROOM_FAIL_ON: 'invalid' };
    expect((await bash('bash "$SCRIPT"', { SCRIPT: join(ROOT, 'ci/github/verdict.sh'), ...allowed })).code).toBe(0);
  });

  it('an objective without enough requests ends it with 3', async () => {
    await writeFile(join(folder, 'rare.json'), '[{"endpoint": "home", "metric": "p999", "max": 5000}]');
    const { outputs, code } = await job({ HEADROOM_SLO: 'rare.json' });
    expect({ code, verdict: outputs.verdict }).toEqual({ code: 3, verdict: 'invalid' });
  });

  it.each([
    ['a target that does not answer', { HEADROOM_TARGET: 'http://127.0.0.1:1' }, 5],
    ['a flag that there is not', { HEADROOM_FLAGS: '--fast' }, 2],
    ['text that a shell would run', { HEADROOM_SCENARIO: '$(touch owned).ts', HEADROOM_FLAGS: '; touch owned' }, 2],
  ])('%s ends it with its own code, and says so', async (_, env, expected) => {
    const { ran, outputs, code } = await job(env);
    expect(code).toBe(expected);
    expect(outputs).toEqual({ 'exit-code': String(expected) });
    expect(ran.out).toMatch(/^::error title=Headroom::There is no verdict/m);
    expect(await readdir(folder)).not.toContain('owned');
  });
});

describe('in GitLab', () => {
  it('the job ends with the verdict and leaves the files that it names', async () => {
    const job = (flags: string) =>
      bash(gitlab.script.join('\n'), {
        CI_PROJECT_DIR: folder,
        CI_COMMIT_SHA: '1ecfd275763eff1d6b4844ea3168962458c9f27a',
        HEADROOM_SCENARIO: 'home.ts',
        HEADROOM_TARGET: target,
        HEADROOM_FLAGS: flags,
      });
    expect((await job('--slo tight.json')).code).toBe(1);
    expect((await job('--slo wide.json')).code).toBe(0);
    const { junit, load_performance } = gitlab.artifacts.reports;
    expect(await readFile(join(folder, junit), 'utf8')).toContain('name="home.p50"');
    const { metrics } = JSON.parse(await readFile(join(folder, load_performance), 'utf8'));
    expect(metrics.checks).toEqual({ passes: metrics.http_reqs.count, fails: 0, value: 1 });
    expect(metrics.http_reqs.rate).toBeGreaterThan(1);
    expect(metrics.http_req_waiting['p(90)']).toBeLessThanOrEqual(metrics.http_req_waiting['p(95)']);
    expect(metrics.http_req_waiting['p(90)']).toBeGreaterThan(0);
    for (const path of gitlab.artifacts.paths) await expect(readdir(join(folder, path))).resolves.not.toEqual([]);
  });
});
