import type { IncomingMessage } from 'node:http';
import type { HttpApp } from '../http/app.ts';
import { BODY_LIMIT_BYTES, bodyTooLarge } from '../http/server.ts';
import { CONTEXTS, type ContextName } from '../switches.ts';
import type { Upstream } from './upstream.ts';

/** Which context answers the routes of a tag; tags are named after contexts, but for one. */
const contextOf = (tag: string | undefined): ContextName | undefined =>
  tag === 'sitters' ? 'search' : CONTEXTS.find((name) => name === tag);

/** Headers that are about one connection (RFC 9110, section 7.6.1), and those that each side makes for itself. */
const OWN = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'expect', 'content-length', 'date', 'x-request-id'],
]);

/** Has the contexts' routes answered by the processes of their context. */
export function routeToContexts(http: HttpApp, upstreams: Readonly<Record<ContextName, Upstream>>): void {
  // Before the body is parsed: the context does that.
  http.addHook('onRequest', async (request, reply) => {
    const context = contextOf(request.routeOptions.schema?.tags?.[0]);
    if (context === undefined) return;
    const answer = await upstreams[context].ask({
      method: request.method,
      path: request.url,
      headers: { ...passed(request.headers), 'x-request-id': request.id },
      body: request.method === 'POST' ? await bodyOf(request.raw) : null,
    });
    return reply.code(answer.status).headers(passed(answer.headers)).send(answer.body);
  });
}

function passed(headers: Readonly<NodeJS.Dict<string | string[]>>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined || OWN.has(name) ? [] : [[name, value]])),
  );
}

async function bodyOf(raw: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT_BYTES) throw bodyTooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
