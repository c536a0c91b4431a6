/** What `headroom check` finds, with real k6 and the TypeScript compiler: each mistake once, with its line. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distinct } from '../../src/check/finding.ts';
import { createProgram, run } from '../../src/cli/main.ts';
import { outlineOf } from '../../src/cli/outline.ts';
import type { Outline } from '../../src/completion/index.ts';
import { silentIo } from '../cli/io.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-check-'));
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = silentIo({ cwd: folder });
  const code = await run(['check', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

const scenario = (
  slos: string,
  before = '',
) => `import { bearer, defineEndpoints, defineScenario, linesPool } from 'headroom-k6/lib';
const api = defineEndpoints({ home: { path: '/' } });
${before}
const scenario = defineScenario({
  name: 'own', rate: 1, duration: '1s', endpoints: api,
  journeys: { look: { run(visit) { visit.call(api.home); } } },
  slos: [
    ${slos}
  ],
});
export const setup = scenario.setup;
export const options = scenario.options;
export default scenario.iteration;
`;
const GOOD = "{ endpoint: 'home', metric: 'p95', max: 100 },";

describe('headroom check', () => {
  it.each<[what: string, text: string, found: RegExp]>([
    [
      'an objective for an endpoint that is not there',
      scenario("{ endpoint: 'hom', metric: 'p95', max: 100 },"),
      /^own\.ts:8 {2}hom\.p95 is an objective for the endpoint "hom", which the scenario does not have; the nearest is "home"\.\n$/,
    ],
    [
      'an objective for a journey that is not there',
      scenario(`${GOOD}\n{ journey: 'lok', metric: 'successRate', min: 1 },`),
      /^own\.ts:9 {2}.*the journey "lok".*"look"\.\n$/,
    ],
    [
      'an objective with a metric that is not there',
      scenario("{ endpoint: 'home', metric: 'p94', max: 100 } as any,"),
      /^own\.ts:8 {2}objective 1: .*p94.*\.\n$/,
    ],
    [
      'a pool that is not there',
      scenario(GOOD, "import ids from './ids.txt';\nlinesPool('ids', ids);"),
      /^own\.ts:3 {2}Could not resolve "\.\/ids\.txt"\.\n$/,
    ],
    [
      'a pool that is empty',
      scenario(GOOD, "linesPool('ids', '');"),
      /^own\.ts:3 {2}k6 cannot load the scenario: the pool "ids" is empty\.\n$/,
    ],
    [
      'a secret that is not set',
      scenario(GOOD, "bearer('NO_SUCH_TOKEN');"),
      /^own\.ts:3 {2}.*NO_SUCH_TOKEN is not set.*\.\n$/,
    ],
    [
      'a default function that is not exported',
      scenario(GOOD).replace('export default scenario.iteration;', ''),
      /^own\.ts {2}.*default.*\.\n$/,
    ],
    [
      'options that are not exported',
      scenario(GOOD).replace('export const options = scenario.options;', ''),
      /^own\.ts {2}The scenario does not export options: export const options = scenario\.options\.\n$/,
    ],
    [
      'a duration that is none',
      scenario(GOOD).replace("'1s'", "'5'"),
      /^own\.ts:\d+ {2}.*duration such as 30s.*"5"\.\n$/,
    ],
    ['a text that is no TypeScript', scenario(GOOD, 'const = 1;'), /^own\.ts:3 {2}.*\.\n$/],
  ])('finds %s', async (_, text, found) => {
    await writeFile(join(folder, 'own.ts'), text);
    const { code, out, err } = await check('own.ts', '--no-types');
    expect({ code, out, err }).toMatchObject({
      code: 2,
      out: expect.stringMatching(found),
      err: '1 scenario, 1 finding\n',
    });
  });

  it('finds wrong types and unknown endpoints by the compiler, and tells a line once', async () => {
    await writeFile(
      join(folder, 'own.ts'),
      scenario("{ endpoint: 'hom', metric: 'p95', max: 100 },", "const n: number = 'x';\nconst gone = () => api.gone;"),
    );
    const { code, out } = await check('own.ts', '--json');
    const { ok, typesChecked, findings } = JSON.parse(out);
    expect({ code, ok, typesChecked }).toEqual({ code: 2, ok: false, typesChecked: true });
    expect(findings).toEqual([
      {
        file: 'own.ts',
        line: 3,
        by: 'types',
        message: expect.stringContaining("'string' is not assignable to type 'number'"),
      },
      { file: 'own.ts', line: 4, by: 'types', message: expect.stringContaining("'gone' does not exist") },
      { file: 'own.ts', line: 9, by: 'objectives', message: expect.stringContaining('the nearest is "home"') },
    ]);
  });

  it('tells a wrong type in the words of the compiler, where k6 stumbles over it', () => {
    const place = { file: '/own.ts', line: 6 };
    const k6 = { ...place, by: 'k6' as const, message: "Object has no member 'trim'." };
    const types = { ...place, by: 'types' as const, message: "Type 'number' is not assignable to type 'string'." };
    expect(distinct([k6, types])).toEqual([types]);
    expect(distinct([k6])).toEqual([k6]);
  });

  it('tells what is wrong in a line, and not what follows from it', () => {
    const place = { file: '/own.ts', line: 6, by: 'types' as const };
    const follows = { ...place, message: "Property 'ids' does not exist on type 'unknown'." };
    const cause = { ...place, message: "Property 'gone' does not exist on type 'Endpoints<{}>'." };
    expect(distinct([follows, cause])).toEqual([cause]);
    expect(distinct([follows])).toEqual([follows]);
  });

  it('that is interrupted says nothing of what it has not seen', async () => {
    await writeFile(join(folder, 'own.ts'), scenario(GOOD));
    const io = silentIo({ cwd: folder, signal: AbortSignal.abort(new Error('interrupted')) });
    expect([await run(['check', 'own.ts', '--no-types'], io), io.out(), io.err()]).toEqual([130, '', '']);
  });

  it('says what it could not look at where no TypeScript is installed', async () => {
    const bare = await mkdtemp(join(tmpdir(), 'headroom-bare-'));
    try {
      await writeFile(join(bare, 'own.ts'), scenario(GOOD));
      const io = silentIo({ cwd: bare });
      expect([await run(['check', 'own.ts'], io), io.err()]).toEqual([
        0,
        expect.stringMatching(
          /^1 scenario, no findings\nTypes were not checked, nor the endpoints that journeys call: .*\n$/,
        ),
      ]);
    } finally {
      await rm(bare, { recursive: true, force: true });
    }
  });

  it('finds nothing where there is nothing', async () => {
    await writeFile(join(folder, 'own.ts'), scenario(GOOD));
    expect(await check('own.ts', 'smoke')).toEqual({ code: 0, out: '', err: '2 scenarios, no findings\n' });
    expect(await check()).toMatchObject({ code: 2, err: expect.stringContaining('no scenario to check') });
    expect(await check('none')).toMatchObject({ code: 2, err: expect.stringContaining('no scenario "none"') });
  });
});

describe('a scenario of the folder that the configuration names', () => {
  const target = ['--target', 'http://127.0.0.1:1'];
  // 192.0.2.0/24 is kept for documentation (RFC 5737); nothing is sent.
  const instances = [
    '--target',
    'http://192.0.2.1',
    '--yes-i-own-this-target',
    '--parallelism',
    '1',
    '--volume',
    'runs',
    '--rate',
    '1',
  ];
  /** How each command that takes a scenario is asked for one. */
  const asked: Readonly<Record<string, string[]>> = {
    ab: ['ab', '--scenario', 'page', '--a', 'http://127.0.0.1:1', '--b', 'http://127.0.0.1:2'],
    bundle: ['bundle', 'page'],
    capacity: ['capacity', '--scenario', 'page', ...target],
    check: ['check', 'page', '--no-types'],
    'k8s render': ['k8s', 'render', 'page', ...instances],
    'k8s run': ['k8s', 'run', 'page', ...instances, '--image', 'headroom:1'],
    run: ['run', 'page', ...target],
    soak: ['soak', '--scenario', 'page', ...target],
  };
  const takesScenario = ({ path, parameters, flags, commands }: Outline): string[] => [
    ...([...parameters, ...flags].some(({ value }) => value?.kind === 'scenario') ? [path.join(' ')] : []),
    ...commands.flatMap(takesScenario),
  ];

  it('is found by its name, whichever the command', async () => {
    const own = join(folder, 'own');
    await mkdir(join(own, 'mine'), { recursive: true });
    await writeFile(join(own, 'headroom.config.json'), '{ "scenarios": "mine" }');
    await writeFile(join(own, 'mine/page.ts'), 'const = 1;\n');
    const takers = takesScenario(outlineOf(createProgram(silentIo(), () => {})));
    // To `trend` it is a name that runs were kept under.
    expect(takers.filter((name) => name !== 'trend').sort()).toEqual(Object.keys(asked));
    for (const [name, argv] of Object.entries(asked)) {
      const io = silentIo({ cwd: own });
      const code = await run(argv, io);
      expect([name, code, io.out() + io.err()]).toEqual([name, 2, expect.stringMatching(/mine\/page\.ts/)]);
    }
  });
});
