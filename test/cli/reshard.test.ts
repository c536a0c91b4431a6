import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/cli/main.ts';
import { type AppUnderTest, startTestApp } from '../reference-app/app-under-test.ts';
import { silentIo } from './io.ts';

let test: AppUnderTest;
beforeAll(async () => {
  test = await startTestApp('--shards', '2');
});
afterAll(() => test.close());

const configSchema = z.object({ shards: z.array(z.object({ name: z.string(), logicalShards: z.array(z.int()) })) });
const held = async () =>
  configSchema.parse((await test.get('/internal/config')).body).shards.map(({ logicalShards }) => logicalShards);
async function reshard(...flags: string[]) {
  const io = silentIo();
  const code = await run(['app', 'reshard', '--target', test.app.url, ...flags], io);
  return { code, out: io.out(), err: io.err() };
}

it('moves a logical shard of a running app, and says what it moved', async () => {
  const { code, out } = await reshard('--logical-shard', '0', '--to', 'db1');
  expect([code, out]).toEqual([0, expect.stringMatching(/^logical shard 0: \d+ rows to db1\n$/)]);
  expect((await held())[1]).toContain(0);
});

it('moves half of a database’s load with --from, as one JSON document with --json', async () => {
  const before = (await held())[1] ?? [];
  const { code, out } = await reshard('--from', 'db1', '--to', 'db0', '--json');
  const { moved } = z.object({ moved: z.array(z.object({ logicalShard: z.int() })) }).parse(JSON.parse(out));
  expect(code).toBe(0);
  expect(moved.length).toBeGreaterThan(0);
  const gone = moved.map(({ logicalShard }) => logicalShard);
  expect((await held())[1]).toEqual(before.filter((logical) => !gone.includes(logical)));
});

it('says what the app refuses, with exit code 2, and that nobody answers, with 5', async () => {
  expect(await reshard('--logical-shard', '0', '--to', 'db9')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no database db9: there are db0, db1'),
  });
  const io = silentIo();
  expect(await run(['app', 'reshard', '--target', 'http://127.0.0.1:9', '--from', 'db0', '--to', 'db1'], io)).toBe(5);
});
