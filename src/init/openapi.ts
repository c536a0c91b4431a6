import type { ModelChoices, ServiceModel } from './model.ts';
import { authOf } from './openapi-auth.ts';
import { journeysOf } from './openapi-journeys.ts';
import { operationsOf } from './openapi-operation.ts';
import { isRecord, References } from './references.ts';

/** Whether a document is OpenAPI 3 or 2 (Swagger). */
export const isOpenApi = (document: unknown): document is Readonly<Record<string, unknown>> =>
  isRecord(document) &&
  (typeof document.openapi === 'string' || document.swagger === '2.0') &&
  isRecord(document.paths);

/**
 * Reads an OpenAPI document, 3.x or 2.0. Journeys go through what can be asked without knowing more than the document says: lists
 * first, then one of what they hold.
 */
export function modelOfOpenApi(document: Readonly<Record<string, unknown>>, choices: ModelChoices): ServiceModel {
  const references = new References(document);
  const server = serverOf(document);
  const base = choices.target !== null && choices.target.pathname !== '/' ? '' : server.basePath;
  const operations = operationsOf(document, references, base);
  const { journeys, called, unreached } = journeysOf(operations, references, choices);
  const auth = operations.some(({ guarded, endpoint }) => guarded && called.has(endpoint.key))
    ? authOf(document, references)
    : null;
  const info = isRecord(document.info) ? document.info : {};
  return {
    title: `${typeof info.title === 'string' ? info.title : 'the service'} ${String(info.version ?? '')}`.trim(),
    target: server.origin,
    endpoints: operations.map(({ endpoint, guarded }) =>
      auth === null || guarded ? endpoint : { ...endpoint, open: true },
    ),
    journeys,
    pools: [],
    auth,
    leftOut: [
      ...unreached,
      ...[...references.unresolved].map((reference) => ({ name: reference, why: 'it is not in the document' })),
    ],
  };
}

/** Where the document says that the service is. */
function serverOf(document: Readonly<Record<string, unknown>>): { origin: string | null; basePath: string } {
  if (document.swagger === '2.0') {
    const { host, basePath, schemes } = document;
    const scheme = Array.isArray(schemes) && !schemes.includes('https') ? 'http' : 'https';
    const url = typeof host === 'string' ? `${scheme}://${host}` : null;
    return { origin: url !== null && URL.canParse(url) ? new URL(url).origin : null, basePath: pathText(basePath) };
  }
  const first = Array.isArray(document.servers) ? document.servers[0] : undefined;
  if (!isRecord(first) || typeof first.url !== 'string') return { origin: null, basePath: '' };
  const variables = isRecord(first.variables) ? first.variables : {};
  const text = first.url.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return isRecord(variable) ? String(variable.default ?? '') : '';
  });
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) {
    const { origin, pathname } = new URL(text);
    return { origin, basePath: pathText(pathname) };
  }
  return { origin: null, basePath: pathText(text) };
}

const pathText = (path: unknown): string =>
  typeof path === 'string' && /^\/[^/\s]/.test(path) ? path.replace(/[?#].*$/, '').replace(/\/+$/, '') : '';
