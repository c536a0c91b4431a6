import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = async (text: string) => {
  await writeFile(join(folder, 'headroom.config.ts'), text);
  return await loadConfig(folder);
};
const defined = (settings: string) =>
  config(`import { defineConfig } from 'headroom-k6/config';\nexport default defineConfig(${settings} as any);\n`);

describe('headroom.config.ts', () => {
  it('may use defineConfig where Headroom is not installed', async () => {
    expect(await defined("{ target: 'http://127.0.0.1:1', scenarios: 'tests', soak: { budget: 0.2 } }")).toMatchObject({
      target: 'http://127.0.0.1:1',
      scenarios: 'tests',
      allowedTargets: [],
      soak: { budget: 0.2, binSeconds: 900 },
    });
  });

  it.each([
    ['{ allowedTarget: [] }', /there is no setting "allowedTarget"; the nearest is "allowedTargets"/],
    [
      '{ soak: { limits: { latencys: 1 } } }',
      /no setting "soak\.limits\.latencys"; the nearest is "soak\.limits\.latency"/,
    ],
    ["{ target: 'localhost:80' }", /target: it takes an http or https URL/],
    ['{ allowedTargets: [1] }', /allowedTargets\.0: expected string, received number/],
    ['7', /the configuration: expected object, received number/],
  ])('%s is refused with one sentence', async (settings, says) => {
    await expect(defined(settings)).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringMatching(says),
    });
  });
});
