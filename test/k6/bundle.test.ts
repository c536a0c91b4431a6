import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleScenario } from '../../src/k6/bundle.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bundle = async (name: string, text: string) => {
  const entry = join(folder, name);
  await writeFile(entry, text);
  return await bundleScenario({ entry, outDir: join(folder, 'out') });
};

describe('a scenario that cannot be bundled', () => {
  it('is named when there is no such file', async () => {
    const made = bundleScenario({ entry: join(folder, 'none.ts'), outDir: folder });
    await expect(made).rejects.toMatchObject({ code: 'SCENARIO_NOT_FOUND' });
    await expect(made).rejects.toThrow(join(folder, 'none.ts'));
  });

  it('is named with the line of its first mistake', async () => {
    const made = bundle('mine.ts', 'export const options = {};\nexport default function () { return ]; }\n');
    await expect(made).rejects.toMatchObject({ code: 'SCENARIO_BROKEN' });
    await expect(made).rejects.toThrow(/mine\.ts cannot be bundled: Unexpected "\]" \(.*mine\.ts:2\)\.$/);
  });

  it('is named with what it imports in vain', async () => {
    const made = bundle('mine.ts', "import { gone } from './gone.ts';\nexport default gone;\n");
    await expect(made).rejects.toThrow(/Could not resolve "\.\/gone\.ts" \(.*mine\.ts:1\)/);
  });
});

it('a bundle keeps k6’s modules outside and comes with a source map that names its files', async () => {
  const { bundlePath, sourceMapPath } = await bundle(
    'mine.ts',
    "import http from 'k6/http';\nexport default function (): void { http.get('http://127.0.0.1'); }\n",
  );
  expect(await readFile(bundlePath, 'utf8')).toMatch(/^import \w+ from"k6\/http";/);
  const { sources } = JSON.parse(await readFile(sourceMapPath, 'utf8'));
  expect(sources).toEqual([expect.stringMatching(/mine\.ts$/)]);
});
