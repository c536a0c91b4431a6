import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../results/document.ts';
import { writeOutputs } from '../results/output.ts';
import type { BaselineStore } from './store.ts';

/** Where baselines are kept when nothing else is said: in the repository. */
export const BASELINES_FOLDER = 'baselines';

/** Baselines as folders, with a file for each run: `<folder>/<name>/<run>.json`. */
export function folderStore(folder: string): BaselineStore {
  const pathOf = (name: string, run: string): string => join(folder, name, `${run}.json`);
  return {
    where: folder,
    async names() {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
    async documents(name) {
      const files = await readdir(join(folder, name)).catch(() => []);
      const ours = files.filter((file) => file.endsWith('.json'));
      return await Promise.all(ours.map(async (file) => parseJson(await readFile(join(folder, name, file), 'utf8'))));
    },
    async put(name, run) {
      await writeOutputs([{ path: pathOf(name, run.run), render: () => `${JSON.stringify(run, null, 1)}\n` }]);
    },
    async remove(name, run) {
      await rm(pathOf(name, run.run), { force: true });
      // Gone with its last run; what else lies there keeps it.
      await rmdir(join(folder, name)).catch(() => {});
    },
  };
}
