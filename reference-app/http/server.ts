import { randomUUID } from 'node:crypto';
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { DatabaseUnavailableError } from '../database/database.ts';
import { sqlState } from '../database/postgres.ts';
import type { HttpApp, ZodTypeProvider } from './app.ts';
import { createOpenApi, jsonSchema } from './openapi.ts';
import { PROBLEM_TYPE, Problem, problemBody } from './problems.ts';

/** Told of each response: the route's pattern, the status, how long it took (ms), and whether a load test asked. */
export type RequestObserver = (route: string, status: number, milliseconds: number, loadTest: boolean) => void;

export interface ServerOptions {
  readonly log: Logger;
  readonly observe: RequestObserver;
  /** True once the app drains: responses then ask clients to close their connections. */
  readonly draining: () => boolean;
}

const VERSION = '0.1.0';
/** Clients are asked to come back after this when the app is too busy, seconds. */
const RETRY_AFTER_SECONDS = 1;
export const BODY_LIMIT_BYTES = 16_384;
/** Longer than the keep-alive of common load balancers, so that these close first. */
const KEEP_ALIVE_MS = 72_000;
/** W3C Trace Context, section 3.2. */
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** The HTTP server with everything that all routes share; routes are added to it before it is ready. */
export function createServer(options: ServerOptions): HttpApp {
  const app: HttpApp = fastify({
    loggerInstance: options.log,
    // One line a response is written below; Fastify's two say less.
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: 'x-request-id',
    // Several processes make them.
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
  }).withTypeProvider<ZodTypeProvider>();

  app.removeContentTypeParser('text/plain');

  const openApi = createOpenApi({
    title: 'Fetch & Flourish',
    version: VERSION,
    description: 'Pet owners search sitters in a region, look at one, book a slot, and pay.',
  });
  app.addHook('onRoute', (route) => {
    // Added by Fastify for each GET, with the schema that was compiled for that.
    if (route.method === 'HEAD') return;
    const response = route.schema?.response;
    if (route.schema !== undefined && typeof response === 'object' && response !== null) {
      // Fastify compiles these to serialisers; requests are validated by zod itself.
      route.schema.response = Object.fromEntries(
        Object.entries(response).map(([status, schema]) => [status, jsonSchema(schema, 'output')]),
      );
    }
    openApi.add(route);
  });
  app.setValidatorCompiler(({ schema }) => (data) => {
    if (!(schema instanceof z.ZodType)) throw new TypeError('the schema of a route must be made with zod');
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: new Problem('invalid-request', sentence(result.error)) };
  });

  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (options.draining()) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = `${request.method} ${request.routeOptions.url ?? 'unmatched'}`;
    const loadTest = request.headers['x-load-test'] !== undefined;
    options.observe(route, reply.statusCode, reply.elapsedTime, loadTest);
    request.log.info(
      {
        ...trace(request),
        route,
        url: request.url,
        client: request.ip,
        status: reply.statusCode,
        durationMs: reply.elapsedTime,
        loadTest,
      },
      'request',
    );
  });
  app.setErrorHandler((error: FastifyError | Problem, request, reply) =>
    sendProblem(asProblem(error), error, request, reply),
  );
  app.setNotFoundHandler((request, reply) => {
    const problem = new Problem('not-found', `there is no ${request.method} ${path(request)}`);
    return sendProblem(problem, problem, request, reply);
  });

  app.get('/openapi.json', async () => openApi.document());
  return app;
}

export const bodyTooLarge = (): Problem => new Problem('body-too-large', `the limit is ${BODY_LIMIT_BYTES} bytes`);

function asProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailableError) {
    return new Problem('overloaded', error.message, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: error });
  }
  // Class 22: a value that passes its schema but that PostgreSQL cannot hold (a year 0, a NUL in a text).
  if (sqlState(error)?.startsWith('22')) return new Problem('request-refused', 'a value is out of range');
  if (error.statusCode === 413) return bodyTooLarge();
  if (error.statusCode === 415) return new Problem('not-json', error.message);
  // Fastify's other refusals, such as a body that is not JSON.
  if (error.statusCode !== undefined && error.statusCode < 500) return new Problem('invalid-request', error.message);
  return new Problem('internal-error', 'something went wrong; the log has the request id', { cause: error });
}

function sendProblem(problem: Problem, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.problem === 'internal-error') request.log.error({ ...trace(request), err: error }, 'request failed');
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problemBody(problem.problem, problem.message, path(request)));
}

const path = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

function trace(request: FastifyRequest): { traceparent?: string } {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}

const sentence = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`).join('; ');
