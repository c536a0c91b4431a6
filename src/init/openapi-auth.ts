import type { ModelAuth } from './model.ts';
import { isRecord, type References } from './references.ts';

/**
 * Names of the schemes by any of which an operation is authenticated, of its own or as all are; none where it need not be.
 * OpenAPI 3.1, section 4.8.30 (Security Requirement Object).
 */
export function schemesOf(
  document: Readonly<Record<string, unknown>>,
  operation: Readonly<Record<string, unknown>>,
): string[] {
  const asked = operation.security ?? document.security;
  const names = Array.isArray(asked) ? asked.map((each) => (isRecord(each) ? Object.keys(each) : [])) : [];
  // An empty alternative makes it optional.
  return names.some((each) => each.length === 0) ? [] : names.flat();
}

/**
 * How one authenticates: by the scheme that is asked for most often, of those that can be had from environment variables.
 *
 * @param asked names of schemes, as often as requests ask for them
 */
export function authOf(
  asked: readonly string[],
  document: Readonly<Record<string, unknown>>,
  references: References,
): ModelAuth | null {
  const components = isRecord(document.components) ? document.components.securitySchemes : document.securityDefinitions;
  const counts = new Map<string, number>();
  for (const name of asked) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name] of [...counts].sort(([, a], [, b]) => b - a)) {
    const scheme = references.resolve(
      isRecord(components) && Object.hasOwn(components, name) ? components[name] : undefined,
    );
    const auth = isRecord(scheme) ? authBy(scheme) : null;
    if (auth !== null) return auth;
  }
  return null;
}

function authBy(scheme: Readonly<Record<string, unknown>>): ModelAuth | null {
  const { type, in: place, name } = scheme;
  const bearer: ModelAuth = { kind: 'bearer', variable: 'API_TOKEN' };
  const basic: ModelAuth = { kind: 'basic', userVariable: 'API_USER', passwordVariable: 'API_PASSWORD' };
  if (type === 'basic') return basic;
  if (type === 'http') return String(scheme.scheme).toLowerCase() === 'basic' ? basic : bearer;
  if (type === 'apiKey' && typeof name === 'string') {
    if (place === 'header') return { kind: 'apiKey', header: name, variable: 'API_KEY' };
    return place === 'cookie' ? { kind: 'cookie', name, variable: 'SESSION_COOKIE' } : null;
  }
  if (type !== 'oauth2') return type === 'openIdConnect' ? bearer : null;
  const flow =
    scheme.flow === 'application' ? scheme : isRecord(scheme.flows) ? scheme.flows.clientCredentials : undefined;
  if (!isRecord(flow) || typeof flow.tokenUrl !== 'string') return bearer;
  const scope = isRecord(flow.scopes) ? Object.keys(flow.scopes).join(' ') : '';
  return { kind: 'oauth2', tokenUrl: flow.tokenUrl, scope };
}
