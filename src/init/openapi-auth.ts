import type { ModelAuth } from './model.ts';
import { isRecord, type References } from './references.ts';

/** Whether an operation asks for authentication, of its own or as all do. */
export function needsAuth(
  document: Readonly<Record<string, unknown>>,
  operation: Readonly<Record<string, unknown>>,
): boolean {
  const asked = operation.security ?? document.security;
  // An empty alternative makes it optional.
  return (
    Array.isArray(asked) && asked.length > 0 && asked.every((each) => isRecord(each) && Object.keys(each).length > 0)
  );
}

/** How the document says that one authenticates: by the first scheme that can be had from environment variables. */
export function authOf(document: Readonly<Record<string, unknown>>, references: References): ModelAuth | null {
  const components = isRecord(document.components) ? document.components.securitySchemes : document.securityDefinitions;
  for (const each of Object.values(isRecord(components) ? components : {})) {
    const scheme = references.resolve(each);
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
