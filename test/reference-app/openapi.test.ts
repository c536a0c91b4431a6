import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROBLEMS } from '../../reference-app/http/problems.ts';
import { type AppUnderTest, startTestApp } from './app-under-test.ts';

const schema = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.strictObject({ schema }));
const operation = z.strictObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.tuple([z.string()]),
  parameters: z.array(
    z.strictObject({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean(), schema }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(z.string().regex(/^[2-5]\d\d$/), z.strictObject({ description: z.string().min(1), content })),
});
/** The parts of OpenAPI 3.1.1 that the app uses. */
const document = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.tuple([z.strictObject({ url: z.string() })]),
  paths: z.record(z.string().startsWith('/'), z.record(z.enum(['get', 'post']), operation.optional())),
  components: z.strictObject({ schemas: z.record(z.string(), schema) }),
});

let test: AppUnderTest;
let api: z.infer<typeof document>;
beforeAll(async () => {
  test = await startTestApp();
  api = document.parse((await test.get('/openapi.json')).body);
});
afterAll(() => test.close());

const operations = () =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, found]) => (found ? [{ path, method, ...found }] : [])),
  );

describe('the OpenAPI document', () => {
  it('has every route of the contract', () => {
    expect(
      operations()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'get /bookings/{id}',
      'get /health/live',
      'get /health/ready',
      'get /internal/audit',
      'get /internal/config',
      'get /internal/faults',
      'get /payments/{id}',
      'get /regions',
      'get /sitters',
      'get /sitters/{id}',
      'get /users/{id}',
      'get /users/{id}/pets',
      'post /bookings',
      'post /bookings/{id}/cancel',
      'post /internal/faults',
      'post /internal/reshard',
      'post /payments',
      'post /users',
      'post /users/{id}/pets',
    ]);
  });

  it('declares each parameter of a path, and operation ids that are unique', () => {
    for (const { path, parameters } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(named);
      expect(declared.every(({ required }) => required)).toBe(true);
    }
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('resolves every reference', () => {
    const references = [...JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(reference) ?? [];
      expect(api.components.schemas[name ?? '']).toBeDefined();
    }
  });

  it('says what is required and what errors look like', () => {
    const pay = api.paths['/payments']?.post;
    expect(pay?.parameters).toEqual([
      {
        name: 'idempotency-key',
        in: 'header',
        required: true,
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    ]);
    expect(Object.keys(pay?.responses ?? {}).sort()).toEqual([
      '201',
      '400',
      '402',
      '404',
      '409',
      '413',
      '415',
      '422',
      '500',
      '502',
      '503',
    ]);
    const search = api.paths['/sitters']?.get?.parameters ?? [];
    expect(search.map(({ name, required }) => [name, required])).toEqual([
      ['region', false],
      ['petType', false],
      ['from', false],
      ['to', false],
      ['page', false],
      ['pageSize', false],
    ]);
    const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
    for (const { responses } of operations()) {
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) >= 400) expect(response.content).toEqual(problem);
        else expect(Object.keys(response.content)).toEqual(['application/json']);
      }
    }
    const statuses = new Set(Object.values(PROBLEMS).map(({ status }) => String(status)));
    expect(
      new Set(
        operations()
          .flatMap(({ responses }) => Object.keys(responses))
          .filter((s) => s >= '400'),
      ),
    ).toEqual(statuses);
  });
});
