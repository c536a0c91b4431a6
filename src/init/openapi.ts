import {
  type ModelChoices,
  type ModelEndpoint,
  type ModelJourney,
  type ModelStep,
  type ParameterSource,
  type ServiceModel,
  THINK_SECONDS,
  UNSAFE,
} from './model.ts';
import { endpointName, identifier, Names, safePath } from './names.ts';
import { authOf, needsAuth } from './openapi-auth.ts';
import { isRecord, References } from './references.ts';
import { givenIn, type Sample, sampleOf } from './sample.ts';

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];
const SAFE = ['GET', 'HEAD'];
/** Methods that journeys have with `includeUnsafe`; what deletes would take others' data away. */
const SENT = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH'];
/** Names under which an entry of a list goes, besides that of the parameter. */
const IDS = ['id', 'uuid', 'key', 'slug', 'code', 'name'];

/** An operation of the document, as far as it can be sent. */
interface Operation {
  endpoint: ModelEndpoint;
  /** First tag, or first part of the path. */
  resource: string;
  /** In the order of the path, with the path before each. */
  parameters: { name: string; prefix: string; sample: Sample | undefined }[];
  /** Why no request can be made up; null when one can. */
  obstacle: string | null;
  response: unknown;
  guarded: boolean;
}

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

function operationsOf(document: Readonly<Record<string, unknown>>, references: References, base: string): Operation[] {
  const names = new Names();
  return Object.entries(isRecord(document.paths) ? document.paths : {}).flatMap(([path, entry]) => {
    const item = references.resolve(entry);
    if (!isRecord(item) || !/^\/(?!\/)/.test(path)) return [];
    return METHODS.flatMap((method) => {
      const operation = Object.hasOwn(item, method) ? references.resolve(item[method]) : undefined;
      if (!isRecord(operation)) return [];
      const shared = Array.isArray(item.parameters) ? item.parameters : [];
      return [
        operationOf({
          document,
          references,
          names,
          method: method.toUpperCase(),
          base,
          path: base + path,
          operation,
          shared,
        }),
      ];
    });
  });
}

function operationOf(of: {
  document: Readonly<Record<string, unknown>>;
  references: References;
  names: Names;
  method: string;
  /** What stands before each path of the document. */
  base: string;
  path: string;
  operation: Readonly<Record<string, unknown>>;
  shared: readonly unknown[];
}): Operation {
  const { document, references, names, method, operation, shared } = of;
  const safe = safePath(of.path);
  const declared = [...shared, ...(Array.isArray(operation.parameters) ? operation.parameters : [])]
    .map((each) => references.resolve(each))
    .filter(isRecord);
  /** That of the operation comes last, and wins. */
  const declaredAs = (name: string, place: string) =>
    declared.findLast((parameter) => parameter.name === name && parameter.in === place);
  const sampled = (parameter: Readonly<Record<string, unknown>> | undefined): Sample | undefined => {
    if (parameter === undefined) return undefined;
    const given = givenIn(parameter);
    if (given !== undefined) return { value: given, given: true };
    return sampleOf(parameter.schema ?? parameter, references);
  };
  const required = (place: string) =>
    [...new Map(declared.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter])).values()].filter(
      (parameter) => parameter.in === place && parameter.required === true && typeof parameter.name === 'string',
    );
  const query = required('query').map((parameter) => [String(parameter.name), sampled(parameter)] as const);
  const headers = required('header')
    .filter(({ name }) => !/^(?:accept|content-type|authorization)$/i.test(String(name)))
    .map((parameter) => [String(parameter.name), sampled(parameter)] as const);
  const guessed = [...query, ...headers].find(([, sample]) => sample?.given !== true)?.[0];
  const body = bodyOf(operation, declared, references);
  const { expect, schema } = responseOf(operation, references);
  const own = safePath(of.path.slice(of.base.length)).path;
  const key = names.unique(
    typeof operation.operationId === 'string'
      ? identifier(operation.operationId, endpointName(method, own))
      : endpointName(method, own),
  );
  const about = typeof operation.summary === 'string' ? `: ${operation.summary}` : '';
  const tag = Array.isArray(operation.tags) ? operation.tags[0] : undefined;
  return {
    endpoint: {
      key,
      method,
      path: safe.path,
      about: `${method} ${of.path}${about}`,
      ...(query.length > 0 ? { query: valuesOf(query) } : {}),
      ...(headers.length > 0
        ? { headers: Object.fromEntries(Object.entries(valuesOf(headers)).map(([name, each]) => [name, String(each)])) }
        : {}),
      ...(body === undefined ? {} : { body: body.value }),
      ...(expect === null ? {} : { expect }),
    },
    resource: typeof tag === 'string' ? tag : (own.split('/')[1] ?? ''),
    parameters: safe.parameters.map(({ name, original }) => ({
      name,
      prefix: anonymous(safe.path.slice(0, safe.path.indexOf(`{${name}}`))),
      sample: sampled(declaredAs(original, 'path')),
    })),
    obstacle: guessed === undefined ? null : `the document gives no example for ${guessed}`,
    response: schema,
    guarded: needsAuth(document, operation),
  };
}

/** A path whatever its parameters are called. */
const anonymous = (path: string): string => path.replaceAll(/\{[^}]*\}/g, '{}');

const valuesOf = (entries: readonly (readonly [name: string, sample: Sample | undefined])[]): Record<string, unknown> =>
  Object.fromEntries(entries.map(([name, sample]) => [name, scalar(sample?.value ?? '')]));

const scalar = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(String).join(',') : typeof value === 'object' ? JSON.stringify(value) : value;

/** What the operation sends: of the media types JSON, else a form. */
function bodyOf(
  operation: Readonly<Record<string, unknown>>,
  parameters: readonly Readonly<Record<string, unknown>>[],
  references: References,
): { value: unknown } | undefined {
  const inBody = parameters.find((parameter) => parameter.in === 'body');
  if (inBody !== undefined) return sampleOf(inBody.schema, references);
  const declared = references.resolve(operation.requestBody);
  if (!isRecord(declared) || !isRecord(declared.content)) return undefined;
  const type = Object.keys(declared.content).find((name) => /^application\/(?:[\w.-]+\+)?json/.test(name));
  const media = type === undefined ? undefined : declared.content[type];
  if (!isRecord(media)) return undefined;
  const given = givenIn(media);
  return given === undefined ? sampleOf(media.schema, references) : { value: given };
}

/** Statuses that are documented as success, and the schema of the first that is JSON. */
function responseOf(
  operation: Readonly<Record<string, unknown>>,
  references: References,
): { expect: number[] | null; schema: unknown } {
  const responses = isRecord(operation.responses) ? operation.responses : {};
  const codes = Object.keys(responses).filter((code) => /^[23]\d\d$/.test(code));
  const good = codes.filter((code) => code.startsWith('2'));
  const chosen = good.length > 0 ? good : codes;
  const first = references.resolve(responses[good[0] ?? '2XX'] ?? responses['2xx'] ?? responses.default);
  return {
    expect: chosen.length === 0 || '2XX' in responses ? null : chosen.map(Number),
    schema: isRecord(first) ? (first.schema ?? jsonSchemaOf(first.content)) : undefined,
  };
}

function jsonSchemaOf(content: unknown): unknown {
  if (!isRecord(content)) return undefined;
  const type = Object.keys(content).find((name) => /json/.test(name));
  const media = type === undefined ? undefined : content[type];
  return isRecord(media) ? media.schema : undefined;
}

/** Where a response has a list of things, and under what they go; null where it has none. */
function listIn(schema: unknown, parameter: string, references: References): { path: string; field: string } | null {
  const found = references.resolve(schema);
  if (!isRecord(found)) return null;
  const direct = fieldOf(found, parameter, references);
  if (direct !== null) return { path: '', field: direct };
  for (const [name, property] of Object.entries(isRecord(found.properties) ? found.properties : {})) {
    const field = /^[\w-]+$/.test(name) ? fieldOf(references.resolve(property), parameter, references) : null;
    if (field !== null) return { path: name, field };
  }
  return null;
}

/** The field by which the entries of a list are asked for one by one. */
function fieldOf(list: unknown, parameter: string, references: References): string | null {
  if (!isRecord(list) || list.items === undefined) return null;
  const fields = propertiesOf(list.items, references);
  const wanted = [parameter, ...IDS, ...[...fields].filter((name) => name.toLowerCase() === parameter.toLowerCase())];
  return wanted.find((name) => fields.has(name)) ?? null;
}

/** Names of the texts and numbers of an object, those of `allOf` too. */
function propertiesOf(schema: unknown, references: References, depth = 0): Set<string> {
  const found = references.resolve(schema);
  if (!isRecord(found) || depth > 4) return new Set();
  const own = Object.entries(isRecord(found.properties) ? found.properties : {})
    .filter(([, each]) => {
      const property = references.resolve(each);
      return isRecord(property) && ['string', 'integer', 'number'].includes(String(property.type));
    })
    .map(([name]) => name);
  const inherited = Array.isArray(found.allOf)
    ? found.allOf.flatMap((each) => [...propertiesOf(each, references, depth + 1)])
    : [];
  return new Set([...own, ...inherited]);
}

/** A list that was asked for, and what one of its entries is picked as. */
interface Reached {
  step: ModelStep;
  variable: string;
}

function journeysOf(
  operations: readonly Operation[],
  references: References,
  { includeUnsafe }: ModelChoices,
): { journeys: ModelJourney[]; called: Set<string>; unreached: ServiceModel['leftOut'] } {
  const journeys = new Map<string, ModelJourney>();
  const names = new Names();
  const called = new Set<string>();
  const unreached: ServiceModel['leftOut'] = [];
  /** Lists by their path, with a slash at the end. */
  const lists = new Map<string, { operation: Operation; step: ModelStep }>();
  const reached = new Map<string, Reached>();
  const variableNames = new Names();

  /** What a parameter is filled with; null where nothing is known. Picks from a list that was asked for already. */
  const sourceOf = (
    { prefix, name, sample }: Operation['parameters'][number],
    home: { steps: ModelStep[] },
  ): ParameterSource | null => {
    if (sample?.given === true) return { constant: String(scalar(sample.value)) };
    const known = reached.get(prefix);
    const list = lists.get(prefix);
    if (known === undefined && list === undefined) return null;
    if (known !== undefined) {
      home.steps = known.step.picked?.steps ?? home.steps;
      return { variable: known.variable };
    }
    if (list === undefined) return null;
    const place = listIn(list.operation.response, name, references);
    if (place === null) return null;
    const from = variableNames.unique(`${name}s`);
    const variable = variableNames.unique(name);
    list.operation.endpoint.extract = { variable: from, ...place };
    list.step.picked = { variable, from, steps: [] };
    reached.set(prefix, { step: list.step, variable });
    home.steps = list.step.picked.steps;
    return { variable };
  };

  // Shorter paths first, so that a list is there before what it holds; what reads before what writes.
  const ordered = operations.toSorted(
    (a, b) =>
      Number(SAFE.includes(b.endpoint.method)) - Number(SAFE.includes(a.endpoint.method)) ||
      a.parameters.length - b.parameters.length,
  );
  for (const operation of ordered) {
    const { endpoint, parameters, obstacle, resource } = operation;
    const label = `${endpoint.method} ${endpoint.path}`;
    const safe = SAFE.includes(endpoint.method);
    if (!safe && !(includeUnsafe && SENT.includes(endpoint.method))) {
      unreached.push({ name: label, why: UNSAFE });
      continue;
    }
    if (obstacle !== null) {
      unreached.push({ name: label, why: obstacle });
      continue;
    }
    const name = identifier(resource, 'visit');
    const journey = journeys.get(name) ?? { key: '', about: resource, weight: 1, steps: [] };
    const home = { steps: journey.steps };
    const sources = parameters.map((parameter) => [parameter.name, sourceOf(parameter, home)] as const);
    const missing = sources.find(([, source]) => source === null)?.[0];
    if (missing !== undefined) {
      unreached.push({ name: label, why: `the document has no value for ${missing}` });
      continue;
    }
    const step: ModelStep = {
      endpoint: endpoint.key,
      parameters: Object.fromEntries(sources.flatMap(([key, source]) => (source === null ? [] : [[key, source]]))),
      thinkSeconds: THINK_SECONDS,
    };
    home.steps.push(step);
    called.add(endpoint.key);
    if (endpoint.method === 'GET') lists.set(`${anonymous(endpoint.path).replace(/\/$/, '')}/`, { operation, step });
    if (home.steps === journey.steps && !journeys.has(name)) {
      journeys.set(name, { ...journey, key: names.unique(name), steps: journey.steps });
    }
  }
  return { journeys: [...journeys.values()], called, unreached };
}
