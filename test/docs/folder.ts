/** A folder with what the commands of the documentation are about: runs, a baseline, searches, a log, objectives, a document. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { EXIT } from '../../src/errors.ts';
import { evenly, madeUpArchive } from '../cli/archives.ts';
import { silentIo } from '../cli/io.ts';
import { HAR, PETS } from '../init/documents.ts';
import { knownSearch } from '../plan/queue.ts';

const NOW = Date.parse('2027-01-06T09:00:00Z');
const CSV = fileURLToPath(new URL('../k6/recorded/three-endpoints.csv.gz', import.meta.url));

export interface DocumentedFolder {
  /** A fresh copy of it; `../openapi.yaml` is beside each. */
  copy(): Promise<string>;
}

/** To be called at the top of a test file. */
export function useDocumentedFolder(): DocumentedFolder {
  let template: string;
  let copies = 0;
  beforeAll(async () => {
    template = await mkdtemp(join(tmpdir(), 'headroom-docs-'));
    const folder = join(template, 'template');
    const pass = { verdict: 'pass' as const };
    const ids = [
      ...['20261123T020000-load-3fa1', '20261124T020000-load-3fa1', '20261124T020000-load-81c0'],
      ...['20261125T020000-load-81c0', '20261124T020000-soak-3fa1'],
    ];
    for (const id of ids) await madeUpArchive(folder, id, evenly(50), pass);
    for (let i = 0; i < 8; i++) {
      const path = await madeUpArchive(
        folder,
        i === 0 ? '20261122T020000-load-9c41' : `night-${i}`,
        evenly(50 + i),
        pass,
      );
      expect(await run(['baseline', 'save', path], silentIo({ cwd: folder }))).toBe(EXIT.pass);
    }
    const search = knownSearch();
    for (const id of ['20261124T015928-capacity-3edf', '20270105T090000-capacity-1f2e']) {
      await mkdir(join(folder, 'runs', id));
      await writeFile(join(folder, 'runs', id, 'capacity.json'), JSON.stringify({ ...search, id }));
    }
    const objectives = JSON.stringify([{ endpoint: 'search', metric: 'p95', max: 300 }]);
    for (const file of ['slo.json', 'stricter.json']) await writeFile(join(folder, file), objectives);
    await writeFile(join(folder, 'demand.csv'), demand());
    await writeFile(join(folder, 'access.log'), accessLog());
    await cp(CSV, join(folder, 'samples.csv.gz'));
    await writeFile(join(folder, 'openapi.yaml'), PETS);
    await writeFile(join(folder, 'recording.har'), HAR);
    await writeFile(join(template, 'openapi.yaml'), PETS);
  });
  afterAll(() => rm(template, { recursive: true, force: true }));

  return {
    copy: async () => {
      const cwd = join(template, `copy-${copies++}`);
      await cp(join(template, 'template'), cwd, { recursive: true });
      return cwd;
    },
  };
}

function demand(): string {
  const days = Array.from({ length: 60 }, (_, i) => {
    const date = new Date(NOW - (60 - i) * 86_400_000).toISOString().slice(0, 10);
    return `${date},${10 * 1.004 ** i * (i % 7 === 3 ? 1.1 : 1)}`;
  });
  return `date,rate\n${days.join('\n')}\n`;
}

function accessLog(): string {
  return Array.from({ length: 400 }, (_, i) => {
    const at = new Date(NOW + i * 2_000).toISOString();
    const [day, time] = [`05/Jan/2026`, at.slice(11, 19)];
    const path = i % 3 === 0 ? '/sitters' : `/sitters/${i % 50}`;
    return `10.0.0.${i % 40} - - [${day}:${time} +0000] "GET ${path} HTTP/1.1" 200 512 "-" "browser"`;
  }).join('\n');
}

/** Runs a command line of the documentation; what it must end with is a verdict, whichever: nothing is wrong with the command. */
export async function expectVerdict(words: readonly string[], cwd: string, typed = words): Promise<void> {
  const input = words[0] === 'replay' ? gunzipSync(await readFile(CSV)) : Buffer.from(accessLog());
  const env = { ...process.env, API_TOKEN: 'that of the document' };
  const io = silentIo({ cwd, env, now: () => NOW, stdin: Readable.from([input]) });
  const code = await run(words, io);
  expect([typed.join(' '), code, io.err()]).toEqual([typed.join(' '), expect.toBeOneOf([0, 1, 3, 4]), io.err()]);
}
