/** Recordings of k6 and archives of runs, replayed; what they must come to is worked out from the rows by themselves. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { type Run, runSchema } from '../../src/results/schema.ts';
import { silentIo } from '../cli/io.ts';

const RECORDING = fileURLToPath(new URL('../k6/recorded/three-endpoints.csv.gz', import.meta.url));

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'headroom-replay-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function replay(stdin: Buffer | null, ...argv: string[]): Promise<{ code: number; run: Run; err: string }> {
  const io = silentIo({ cwd, ...(stdin === null ? {} : { stdin: Readable.from([stdin]) }) });
  const code = await run(['replay', ...argv, '--json'], io);
  return { code, run: runSchema.parse(JSON.parse(io.out())), err: io.err() };
}

/** Rows of the recording by column. */
async function recorded(): Promise<{ text: string; rows: Record<string, string>[] }> {
  const text = gunzipSync(await readFile(RECORDING)).toString();
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const columns = head.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i] ?? '', cell])));
  return { text, rows };
}

const by = (rows: readonly Record<string, string>[], metric: string) =>
  rows.filter(({ metric_name }) => metric_name === metric);

describe('headroom replay', () => {
  it('of a recording of k6 counts its rows, and judges by the objectives that are given', async () => {
    const { rows } = await recorded();
    // The third has a comma in its name, which this plain reading does not know.
    const names = ['fast', 'slow'];
    const without = await replay(null, RECORDING);
    expect([without.code, without.run.verdict]).toEqual([4, 'inconclusive']);
    expect(without.run.requests.count).toBe(by(rows, 'http_reqs').length);
    expect(without.run.generator.samples).toBe(rows.length);
    expect(without.run.endpoints).toHaveLength(3);
    for (const endpoint of without.run.endpoints.filter(({ name }) => names.includes(name))) {
      const values = by(rows, 'http_req_duration')
        .filter(({ name }) => name === endpoint.name)
        .map(({ metric_value }) => Number(metric_value))
        .sort((a, b) => a - b);
      expect(endpoint.count).toBe(values.length);
      const exact = values[Math.ceil(0.95 * values.length) - 1] ?? Number.NaN;
      expect(Math.abs((endpoint.p95 ?? 0) / exact - 1)).toBeLessThan(0.001);
    }
    const slos = [{ endpoint: names[0], metric: 'p50', max: 1e6, minSamples: 1 }];
    await writeFile(join(cwd, 'slo.json'), JSON.stringify(slos));
    expect(await replay(null, RECORDING, '--slo', 'slo.json')).toMatchObject({ code: 0, run: { verdict: 'pass' } });
    await writeFile(join(cwd, 'slo.json'), JSON.stringify([{ ...slos[0], max: 1e-6 }]));
    expect(await replay(null, RECORDING, '--slo', 'slo.json')).toMatchObject({ code: 1, run: { verdict: 'fail' } });
  });

  it('takes stdin and each unit of time stamps, and leaves a report and an archive', async () => {
    const { text } = await recorded();
    const inMicroseconds = text.replace(/^(\w+,)(\d{13}),/gm, '$1$2000,');
    expect(inMicroseconds).not.toBe(text);
    const [plain, micro] = [await replay(Buffer.from(text), '-'), await replay(Buffer.from(inMicroseconds), '-')];
    expect(micro.run.endpoints).toEqual(plain.run.endpoints);
    expect(micro.run.startedAt).toBe(plain.run.startedAt);
    expect(await readFile(join(cwd, 'runs', plain.run.id, 'report.html'), 'utf8')).toContain('</html>');
    // In seconds, which is what k6 writes unless it is told otherwise, all figures but the times are the same.
    const inSeconds = await replay(Buffer.from(text.replace(/^(\w+,)(\d{10})\d{3},/gm, '$1$2,')), '-');
    expect(inSeconds.run.endpoints).toEqual(plain.run.endpoints);
  });

  it('of a run gives its figures again, and as often as one likes', async () => {
    const first = await replay(null, RECORDING);
    const second = await replay(null, join('runs', first.run.id));
    const third = await replay(null, join('runs', second.run.id));
    for (const { run: again } of [second, third]) {
      expect(again.id).not.toBe(first.run.id);
      const { id: _, ...same } = again;
      expect(same).toEqual({ ...first.run, id: undefined, ...same, endpoints: first.run.endpoints });
      expect(again.requests).toEqual(first.run.requests);
      expect(again.endpoints).toEqual(first.run.endpoints);
      expect(again.startedAt).toBe(first.run.startedAt);
    }
  });

  it('refuses what is no recording, and what is not there, with one sentence', async () => {
    await writeFile(join(cwd, 'other.csv'), 'a,b\n1,2\n');
    for (const [source, why] of [
      ['other.csv', /no row of k6's CSV/],
      ['nowhere', /neither a run nor a file/],
    ] as const) {
      const io = silentIo({ cwd });
      expect(await run(['replay', source], io)).toBe(2);
      expect(io.err()).toMatch(why);
    }
    // Nothing is left of what came to no result.
    expect(await readdir(join(cwd, 'runs'))).toEqual([]);
  });

  it('that is interrupted ends with 130 and leaves nothing behind', async () => {
    const { text } = await recorded();
    const controller = new AbortController();
    async function* interrupted() {
      yield Buffer.from(text.slice(0, text.length / 2));
      expect(await readdir(join(cwd, 'runs'))).toHaveLength(1);
      controller.abort(new Error('interrupted'));
      yield Buffer.from(text.slice(text.length / 2));
    }
    const io = silentIo({ cwd, stdin: interrupted(), signal: controller.signal });
    expect(await run(['replay', '-'], io)).toBe(130);
    expect(await readdir(join(cwd, 'runs'))).toEqual([]);
  });

  it('keeps to a speed that is asked for', async () => {
    const rows = ['metric_name,timestamp,metric_value,name,extra_tags,metadata'];
    for (let second = 0; second < 5; second++) rows.push(`http_reqs,${1_795_457_776 + second},1.000000,search,,`);
    const pieces = rows.map((row) => Buffer.from(`${row}\n`));
    const io = silentIo({ cwd, stdin: Readable.from(pieces) });
    const from = performance.now();
    await run(['replay', '-', '--speed', '20', '--json'], io);
    // Four seconds of the run at twenty times its speed; how much longer it takes is the machine's business.
    expect(performance.now() - from).toBeGreaterThan(190);
    expect(JSON.parse(io.out()).requests.count).toBe(5);
  });
});
