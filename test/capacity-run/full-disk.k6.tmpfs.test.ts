/** A search on a disk that is full goes on when there is space again. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { capacitySchema, readCapacity } from '../../src/capacity-run/index.ts';
import { run } from '../../src/cli/main.ts';
import { CALIBRATION_SCENARIO } from '../../src/k6/bundle.ts';
import { silentIo } from '../cli/io.ts';
import { smallDisk } from '../setup/small-disk.ts';
import { limitedServer } from './limited-server.ts';

it('keeps the trials of before, says how to go on, and does', async () => {
  const disk = smallDisk(1024);
  const server = await limitedServer();
  try {
    await writeFile(
      join(disk.path, 'slo.json'),
      JSON.stringify([
        { endpoint: 'lookup', metric: 'p50', max: 80 },
        { endpoint: 'lookup', metric: 'errorRate', max: 0.01 },
      ]),
    );
    const env = { ...process.env, BASE_URL: undefined, USER_IDS: '1,2,3' };
    /** Does something when a trial begins, as its first line of progress says. */
    const whenTrial = (number: number, act: () => void) => {
      let text = '';
      return {
        text: () => text,
        write(line: string) {
          text += line;
          if (new RegExp(`^trial ${number - 1} (?:.|\n)*\n\\d:\\d\\d/`, 'm').test(text)) act();
        },
      };
    };
    let full = false;
    const first = whenTrial(2, () => {
      if (!full) disk.fill();
      full = true;
    });
    const search = ['--quick', '--scenario', CALIBRATION_SCENARIO, '--slo', 'slo.json', '--trial-seconds', '4'];
    const line = ['capacity', '--target', server.url.origin, '--seed', '1', ...search];
    expect(await run(line, silentIo({ cwd: disk.path, env, stderr: first }))).toBe(5);
    const folder = /^the search is kept in (\S+)$/m.exec(first.text())?.[1] ?? '';
    expect(first.text()).toMatch(/^headroom: .* the disk is full\.\nFree some space, then go on with: .*\n$/m);
    expect(first.text()).toContain(`go on with: headroom capacity --resume ${folder}\n`);
    const kept = await readCapacity(folder);
    expect(kept.trials).toHaveLength(1);

    disk.free();
    const controller = new AbortController();
    const second = whenTrial(3, () => controller.abort(new Error('enough')));
    const io = silentIo({ cwd: disk.path, env, stderr: second, signal: controller.signal });
    expect(await run(['capacity', '--resume', folder, '--json'], io)).toBe(130);
    const { trials } = capacitySchema.parse(JSON.parse(io.out()));
    expect(trials).toHaveLength(2);
    expect(trials[0]).toEqual(kept.trials[0]);
  } finally {
    await server.close();
    disk.remove();
  }
});
