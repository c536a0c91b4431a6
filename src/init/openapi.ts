import type { ModelChoices, ServiceModel } from './model.ts';
import { comment, isPath } from './names.ts';
import { authOf } from './openapi-auth.ts';
import { journeysOf } from './openapi-journeys.ts';
import { operationsOf } from './openapi-operation.ts';
import { isRecord, References } from './references.ts';

type Document = Readonly<Record<string, unknown>>;

/** A version is a text; without quotes YAML has a number for it. */
const isSwagger = ({ swagger }: Document): boolean => Number(swagger) === 2;

/** Whether a document is OpenAPI 3 or 2 (Swagger). */
export const isOpenApi = (document: unknown): document is Document =>
  isRecord(document) && (/^3(?:\.|$)/.test(String(document.openapi)) || isSwagger(document));

/**
 * Reads an OpenAPI document, 3.x or 2.0. Journeys go through what can be asked without knowing more than the document says: lists
 * first, then one of what they hold.
 */
export function modelOfOpenApi(document: Document, choices: ModelChoices): ServiceModel {
  const references = new References(document);
  const server = serverOf(document);
  const base = choices.target !== null && choices.target.pathname !== '/' ? '' : server.basePath;
  const operations = operationsOf(document, references, base);
  const { journeys, called, unreached } = journeysOf(operations, references, choices);
  const asked = operations.filter(({ endpoint }) => called.has(endpoint.key)).flatMap(({ schemes }) => schemes);
  const auth = authOf(asked, document, references);
  const info = isRecord(document.info) ? document.info : {};
  return {
    title: `${typeof info.title === 'string' ? info.title : 'the service'} ${String(info.version ?? '')}`.trim(),
    target: server.origin,
    endpoints: operations.map(({ endpoint, schemes }) =>
      auth === null || schemes.length > 0 ? endpoint : { ...endpoint, open: true },
    ),
    journeys,
    pools: [],
    auth,
    leftOut: [
      ...oddPaths(document.paths),
      ...unreached,
      ...(auth === null && asked.length > 0 ? [{ name: `authentication by ${asked[0]}`, why: NO_AUTH }] : []),
      ...[...references.unresolved].map((reference) => ({ name: reference, why: 'it is not in the document' })),
    ],
  };
}

const NO_AUTH = 'it is of no kind that is known here: send it with `headers` or `query` of the endpoints';

/** What stands where a path should. Other keys are extensions: OpenAPI 3.1, section 4.9. */
function oddPaths(paths: unknown): ServiceModel['leftOut'] {
  const names = isRecord(paths) ? Object.keys(paths).filter((name) => !name.startsWith('x-')) : [];
  if (names.length === 0) return [{ name: 'paths', why: 'the document has none' }];
  return names
    .filter((name) => !isPath(name))
    .map((name) => ({ name: comment(name), why: 'a path begins with one slash' }));
}

/** Where the document says that the service is. */
function serverOf(document: Document): { origin: string | null; basePath: string } {
  if (isSwagger(document)) {
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
