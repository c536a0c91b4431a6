import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverSettings } from '../../reference-app/embedded/settings.ts';
import { auditSchema } from '../../reference-app/http/internal.ts';
import { PROBLEMS } from '../../reference-app/http/problems.ts';
import { describeSwitches, parseSwitches } from '../../reference-app/index.ts';
import { type AppUnderTest, startTestApp } from './app-under-test.ts';

const DOC = readFileSync(new URL('../../docs/reference/booking-app.md', import.meta.url), 'utf8');

/** Rows of the table whose first column is headed `heading`; cells trimmed, code marks and escapes taken off. */
function table(heading: string): string[][] {
  const lines = DOC.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\| ${heading} +\\|`).test(line));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) =>
        cell
          .trim()
          .replace(/^`(.*)`$/, '$1')
          .replaceAll('\\|', '|'),
      ),
  );
}
const firstColumn = (heading: string) => table(heading).map(([first]) => first);

describe('docs/reference/booking-app.md', () => {
  let test: AppUnderTest;
  beforeAll(async () => {
    test = await startTestApp('--replicas', '1', '--cache', 'memory', '--fault', 'slow=view:+1ms');
  });
  afterAll(() => test.close());

  it('has every switch with its default, values and description', () => {
    const defaults: Record<string, unknown> = parseSwitches([]);
    const written = (value: unknown) =>
      value === '' ? 'none' : typeof value === 'object' && value !== null ? Object.values(value).join() : String(value);
    expect(table('switch')).toEqual(
      describeSwitches().map(({ name, values, description }) => [
        `--${name}`,
        written(defaults[name]),
        values,
        description,
      ]),
    );
  });

  it('has every problem with its status', () => {
    expect(table('problem').map(([name, status]) => [name, Number(status)])).toEqual(
      Object.entries(PROBLEMS).map(([name, { status }]) => [name, status]),
    );
  });

  it('has every check of the audit', async () => {
    const { checks } = auditSchema.parse((await test.get('/internal/audit')).body);
    expect(firstColumn('check')).toEqual(checks.map(({ name }) => name));
  });

  it('has every metric of the app and its labels', async () => {
    const metrics = async () => String((await test.get('/metrics')).body);
    await test.get('/users/0');
    await test.get('/sitters/0');
    // The outbox is measured every second, the replica ten times.
    for (const measured of ['app_outbox_depth{', 'app_replica_lag_bytes{']) {
      await expect.poll(metrics, { timeout: 30_000 }).toContain(measured);
    }
    const text = await metrics();
    const names = [...text.matchAll(/^# TYPE (app_\w+) /gm)].map(([, name]) => name);
    expect(firstColumn('metric').sort()).toEqual(names.sort());
    for (const [name, labels] of table('metric')) {
      const series = new RegExp(`^${name}(?:_count)?\\{([^}]*)\\}`, 'm').exec(text)?.[1] ?? '';
      const found = [...series.matchAll(/(\w+)="/g)].map(([, label]) => label);
      expect([name, found]).toEqual([name, [...(labels ?? '').matchAll(/\w+/g)].map(([label]) => label)]);
    }
  });

  it('has every setting of the server', () => {
    const settings = serverSettings('/run', 30);
    const special: Record<string, string> = {
      listen_addresses: 'none',
      unix_socket_directories: "the run's",
      max_connections: 'computed',
    };
    expect(table('setting').map(([name, value]) => [name, value])).toEqual(
      Object.entries(settings).map(([name, value]) => [name, special[name] ?? value]),
    );
  });

  it('has every request', async () => {
    const { body } = await test.get('/openapi.json');
    const routes = JSON.stringify(body).match(/"\/[^"]*":\{"(?:get|post)"/g) ?? [];
    expect(firstColumn('request').length).toBeGreaterThan(routes.length);
    for (const request of firstColumn('request')) {
      const [method = '', url = ''] = request?.split(' ') ?? [];
      expect([request, test.app.http.hasRoute({ method: method === 'POST' ? 'POST' : 'GET', url })]).toEqual([
        request,
        true,
      ]);
    }
  });
});
