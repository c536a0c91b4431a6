import { onPath } from '../../src/k6/cache.ts';

/** What a test file needs beside Node and the embedded PostgreSQL, as its name says: `*.influxd.test.ts`, `*.k6.influxd.test.ts`. */
const PROGRAMS: Record<string, readonly string[]> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  influxd: ['influxd'],
  redis: ['redis-server'],
  prometheus: ['prometheus'],
  alertmanager: ['prometheus-alertmanager', 'alertmanager'],
  xmllint: ['xmllint'],
  shellcheck: ['shellcheck'],
  jq: ['jq'],
  curl: ['curl'],
  // kubectl has kustomize in it.
  kustomize: ['kustomize', 'kubectl'],
};

/** Path of a service's program; null when it is not on the PATH. */
export function serviceProgram(service: string): string | null {
  for (const name of PROGRAMS[service] ?? []) {
    const [path] = onPath(name, process.env);
    if (path !== undefined) return path;
  }
  return null;
}

/** Services that are not here, each with what was looked for. */
export function missingServices(): { service: string; programs: readonly string[] }[] {
  return Object.entries(PROGRAMS)
    .filter(([service]) => serviceProgram(service) === null)
    .map(([service, programs]) => ({ service, programs }));
}
