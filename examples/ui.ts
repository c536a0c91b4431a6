/** Serves the runs of a folder on this machine, and writes the page of a search. */
import { writeFile } from 'node:fs/promises';
import { capacityPage, findSources, type RunningUi, readCapacity, startUi, type UiOptions } from 'headroom-k6';

/** Opens the runs on a free port; whoever calls closes it. */
export async function serve(): Promise<RunningUi> {
  const options: UiOptions = { runsFolder: 'runs', port: 0, now: Date.now };
  const ui = await startUi(options);
  process.stderr.write(`${ui.url.href}\n`);
  return ui;
}

/** Writes the page of a search again. */
export async function page(folder: string): Promise<void> {
  await writeFile('capacity.html', capacityPage(await readCapacity(folder)));
}

/** Documents in this folder that `headroom init` can make scenarios of. */
export const sources: string[] = findSources('.');
