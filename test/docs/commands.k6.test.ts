/** Commands of the documentation that send load, with a real k6 against a small service, for two seconds each. */
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandsIn, shellLines } from './command-lines.ts';
import { expectVerdict, useDocumentedFolder } from './folder.ts';
import { NEVER, RUN, WITH_K6 } from './which.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()]
  .map((page) => ({ page, commands: shellLines(readFileSync(join(ROOT, page), 'utf8')).flatMap(commandsIn) }))
  .map(({ page, commands }) => ({
    page,
    commands: commands.filter((words) => !NEVER.some((part) => words.join(' ').includes(part))),
  }))
  .filter(({ commands }) => commands.some(([first = '']) => WITH_K6.includes(first)));

const folder = useDocumentedFolder();
let server: Server;
let target: string;
beforeAll(async () => {
  server = createServer((_, response) => response.end('[]'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** The same load for a moment; the last flag wins. */
const SHORT = ['--duration', '2s', '--warmup', '0s', '--rate', '2', '--vus', '4', '--think', '0', '--no-audit'];

async function runPage(commands: readonly (readonly string[])[]): Promise<void> {
  const cwd = await folder.copy();
  await writeFile(join(cwd, 'my-scenario.ts'), MY_SCENARIO);
  for (const typed of commands) {
    const [first = ''] = typed;
    if (![...RUN, ...WITH_K6].includes(first)) continue;
    const words = typed.map((word) => (/^(?:http:\/\/127\.0\.0\.1:8080|URL)$/.test(word) ? target : word));
    await expectVerdict(first === 'run' ? [...words, ...SHORT] : words, cwd, typed);
  }
}

const MY_SCENARIO = `import http from 'k6/http';
export const options = { scenarios: { own: { executor: 'constant-arrival-rate', rate: 2, duration: '2s', preAllocatedVUs: 4 } } };
export default function (): void { http.get(String(__ENV.BASE_URL)); }
`;

it('run, and end with a verdict', async () => {
  expect(pages.map(({ page }) => page)).toEqual(expect.arrayContaining(['README.md', 'docs/guides/own-service.md']));
  const settled = await Promise.allSettled(pages.map(({ commands }) => runPage(commands)));
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
});
