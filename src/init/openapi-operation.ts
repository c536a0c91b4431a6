import { METHODS, type ModelEndpoint } from './model.ts';
import { endpointName, identifier, isPath, Names, safePath } from './names.ts';
import { schemesOf } from './openapi-auth.ts';
import { responseOf, sentBy } from './openapi-body.ts';
import { isRecord, type References } from './references.ts';
import { givenIn, type Sample, sampleOf, scalar } from './sample.ts';

/** An operation of the document, as far as it can be sent. */
export interface Operation {
  endpoint: ModelEndpoint;
  /** First tag, or first part of the path. */
  resource: string;
  /** In the order of the path, with the path before each. */
  parameters: { name: string; prefix: string; sample: Sample | undefined }[];
  /** Why no request can be made up; null when one can. */
  obstacle: string | null;
  response: unknown;
  /** Names of the schemes by any of which it is authenticated; none where it need not be. */
  schemes: readonly string[];
}

/** All operations of a document, in its order. @param base what stands before each path */
export function operationsOf(
  document: Readonly<Record<string, unknown>>,
  references: References,
  base: string,
): Operation[] {
  const names = new Names();
  return Object.entries(isRecord(document.paths) ? document.paths : {}).flatMap(([path, entry]) => {
    const item = references.resolve(entry);
    if (!isRecord(item) || !isPath(path)) return [];
    return METHODS.flatMap((method) => {
      const name = method.toLowerCase();
      const operation = Object.hasOwn(item, name) ? references.resolve(item[name]) : undefined;
      if (!isRecord(operation)) return [];
      const shared = Array.isArray(item.parameters) ? item.parameters : [];
      return [
        operationOf({
          document,
          references,
          names,
          method,
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
  const body = sentBy(operation, declared, document, references);
  const { expect, schema } = responseOf(operation, references);
  const own = safePath(of.path.slice(of.base.length)).path;
  const key = names.unique(
    typeof operation.operationId === 'string'
      ? identifier(operation.operationId, endpointName(method, own))
      : endpointName(method, own),
  );
  const type = body.kind === 'sent' && body.type !== null ? { 'Content-Type': body.type } : undefined;
  const about = typeof operation.summary === 'string' ? `: ${operation.summary}` : '';
  const tag = Array.isArray(operation.tags) ? operation.tags[0] : undefined;
  return {
    endpoint: {
      key,
      method,
      path: safe.path,
      about: `${method} ${of.path}${about}`,
      ...(query.length > 0 ? { query: valuesOf(query) } : {}),
      ...(headers.length > 0 || type !== undefined ? { headers: { ...textsOf(headers), ...type } } : {}),
      ...(body.kind === 'sent' ? { body: body.value } : {}),
      ...(expect === null ? {} : { expect }),
    },
    resource: typeof tag === 'string' ? tag : (own.split('/')[1] ?? ''),
    parameters: safe.parameters.map(({ name, original }) => ({
      name,
      prefix: anonymous(safe.path.slice(0, safe.path.indexOf(`{${name}}`))),
      sample: sampled(declaredAs(original, 'path')),
    })),
    obstacle:
      guessed === undefined ? (body.kind === 'not' ? body.why : null) : `the document gives no example for ${guessed}`,
    response: schema,
    schemes: schemesOf(document, operation),
  };
}

/** A path whatever its parameters are called. */
export const anonymous = (path: string): string => path.replaceAll(/\{[^}]*\}/g, '{}');

const valuesOf = (entries: readonly (readonly [name: string, sample: Sample | undefined])[]): Record<string, unknown> =>
  Object.fromEntries(entries.map(([name, sample]) => [name, scalar(sample?.value ?? '')]));

const textsOf = (entries: Parameters<typeof valuesOf>[0]): Record<string, string> =>
  Object.fromEntries(Object.entries(valuesOf(entries)).map(([name, each]) => [name, String(each)]));
