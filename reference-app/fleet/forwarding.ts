import type { Faults } from '../faults/faults.ts';
import type { HttpApp } from '../http/app.ts';
import { healthRoutes } from '../http/health.ts';
import { internalRoutes } from '../http/internal.ts';
import type { Switches } from '../switches.ts';
import type { ForwardedAnswer, ForwardedRequest } from './questions.ts';
import type { Primary } from './service.ts';

/** Routes whose answer is about the whole app, and not about the process that is asked. */
const APP_WIDE = /^\/(?:metrics|health\/ready|internal\/.*)$/;
/** Headers of the primary's answer that the client gets; the others are made here. */
const PASSED = ['content-type', 'retry-after'] as const;

/** Adds the routes about the whole app, which the primary answers whichever process is asked. */
export function appWideRoutes(
  http: HttpApp,
  { switches, faults }: { switches: Switches; faults: Faults },
  primary: Primary,
): void {
  http.addHook('preHandler', async (request, reply) => {
    if (!APP_WIDE.test(request.routeOptions.url ?? '')) return;
    const answer = await primary.ask('forward', {
      method: request.method,
      url: request.url,
      remoteAddress: request.ip,
      headers: textOf(request.headers),
      body: request.body === undefined ? '' : JSON.stringify(request.body),
    });
    return reply.code(answer.status).headers(answer.headers).serializer(String).send(answer.body);
  });
  const elsewhere = () => Promise.reject(new Error('the primary answers this'));
  healthRoutes(http, elsewhere);
  internalRoutes(http, {
    audit: elsewhere,
    configuration: () => ({ switches, shards: [] }),
    move: elsewhere,
    half: () => [],
    faults,
  });
  http.get('/metrics', elsewhere);
}

/** Answers for the whole app what a member was asked. */
export async function answerForwarded(http: HttpApp, request: ForwardedRequest): Promise<ForwardedAnswer> {
  const { 'content-length': _, ...headers } = request.headers;
  const answer = await http.inject({
    method: methodOf(request.method),
    url: request.url,
    remoteAddress: request.remoteAddress,
    headers,
    ...(request.body !== '' && { payload: request.body }),
  });
  const passed = PASSED.flatMap((name) => {
    const value = answer.headers[name];
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status: answer.statusCode, headers: Object.fromEntries(passed), body: answer.payload };
}

const methodOf = (method: string): 'GET' | 'HEAD' | 'POST' =>
  method === 'POST' ? 'POST' : method === 'HEAD' ? 'HEAD' : 'GET';

const textOf = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
