import type { RouteOptions } from 'fastify';
import { z } from 'zod';
import { PROBLEMS, type ProblemName } from './problems.ts';

type Json = Record<string, unknown>;

/** Any route may answer with these. */
const EVERYWHERE: readonly ProblemName[] = ['invalid-request', 'internal-error', 'overloaded'];
/** And those that take a body with these. */
const WITH_BODY: readonly ProblemName[] = ['body-too-large', 'not-json'];

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
});

/** A zod schema as JSON Schema 2020-12, which OpenAPI 3.1 uses as it stands. */
export function jsonSchema(schema: unknown, io: 'input' | 'output'): Json {
  if (!(schema instanceof z.ZodType)) throw new TypeError('the schema of a route must be made with zod');
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** Collects routes into an OpenAPI 3.1 document. */
export interface OpenApiDocument {
  add(route: RouteOptions): void;
  /** The document of the routes that were added so far. */
  document(): Json;
}

export function createOpenApi(info: { title: string; version: string; description: string }): OpenApiDocument {
  const paths: Record<string, Json> = {};
  return {
    add(route) {
      if (route.schema === undefined) return;
      const path = route.url.replace(/:(\w+)/g, '{$1}');
      const methods = [route.method].flat();
      for (const method of methods) paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, method) };
    },
    document: () => ({
      openapi: '3.1.1',
      info,
      servers: [{ url: '/' }],
      paths,
      components: { schemas: { Problem: jsonSchema(problemSchema, 'output') } },
    }),
  };
}

function operation(route: RouteOptions, method: string): Json {
  const schema = route.schema ?? {};
  const words = route.url.split('/').map((part) => part.replace(':', 'by-'));
  return {
    operationId: [method.toLowerCase(), ...words.filter(Boolean)].join('-').replace(/[^\w-]/g, '-'),
    summary: schema.summary,
    tags: schema.tags,
    parameters: [
      ...parameters(schema.params, 'path'),
      ...parameters(schema.querystring, 'query'),
      ...parameters(schema.headers, 'header'),
    ],
    ...(schema.body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(schema.body, 'input') } } },
    }),
    responses: {
      ...successes(schema.response),
      ...failures([...(schema.problems ?? []), ...EVERYWHERE, ...(schema.body === undefined ? [] : WITH_BODY)]),
    },
  };
}

function parameters(schema: unknown, place: 'path' | 'query' | 'header'): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: !isOptional(field),
    schema: jsonSchema(field, 'input'),
  }));
}

const isOptional = (field: unknown): boolean => field instanceof z.ZodType && field.safeParse(undefined).success;

function successes(response: unknown): Json {
  if (typeof response !== 'object' || response === null) return { 200: { description: 'OK' } };
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => [
      status,
      { description: status === '201' ? 'Created' : 'OK', content: { 'application/json': { schema } } },
    ]),
  );
}

function failures(problems: readonly ProblemName[]): Json {
  const names = [...new Set(problems)];
  const statuses = [...new Set(names.map((name) => PROBLEMS[name].status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: names
          .filter((name) => PROBLEMS[name].status === status)
          .map((name) => PROBLEMS[name].title)
          .join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
