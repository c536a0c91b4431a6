import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelOfHar } from '../../src/init/har.ts';
import { allSteps, type ModelChoices, type ServiceModel } from '../../src/init/model.ts';
import { identifier, Names, value } from '../../src/init/names.ts';
import { isOpenApi, modelOfOpenApi } from '../../src/init/openapi.ts';
import { References } from '../../src/init/references.ts';
import { sampleOf } from '../../src/init/sample.ts';
import { HAR, HOSTILE_OPENAPI, PETS } from './documents.ts';

const CHOICES: ModelChoices = { includeUnsafe: false, target: null };
const endpoint = (model: ServiceModel, key: string) => model.endpoints.find((each) => each.key === key);
const called = (model: ServiceModel) =>
  model.journeys.map(({ key, steps }) => [key, [...allSteps(steps)].map((step) => step.endpoint)]);

describe('an OpenAPI document', () => {
  const model = modelOfOpenApi(parse(PETS), CHOICES);

  it('gives endpoints below the path of its server, with the statuses that are documented as success', () => {
    expect(model.target).toBe('https://pets.example.com');
    expect(endpoint(model, 'listOwners')).toMatchObject({
      method: 'GET',
      path: '/api/v1/owners',
      query: { limit: 20 },
      expect: [200],
    });
    expect(endpoint(model, 'addOwner')).toMatchObject({ method: 'POST', expect: [201] });
    expect(endpoint(model, 'breed')?.expect).toBeUndefined();
  });

  it('is walked from lists to what they hold, and further down', () => {
    expect(called(model).sort()).toEqual([
      ['breeds', ['breed']],
      ['owners', ['listOwners', 'getOwner', 'listPetsOfOwner', 'getOwnersByOwnerIdPetsByPetId']],
    ]);
    const [list] = model.journeys.find(({ key }) => key === 'owners')?.steps ?? [];
    expect(list?.picked).toMatchObject({ variable: 'ownerId', from: 'ownerIds' });
    expect(endpoint(model, 'listOwners')?.extract).toEqual({ variable: 'ownerIds', path: 'data', field: 'id' });
    // The same owner, under another name.
    const pets = list?.picked?.steps.find((step) => step.endpoint === 'listPetsOfOwner');
    expect(pets?.parameters).toEqual({ id: { variable: 'ownerId' } });
    expect(endpoint(model, 'listPetsOfOwner')?.extract).toEqual({ variable: 'petIds', path: '', field: 'petId' });
    expect(pets?.picked?.steps[0]?.parameters).toEqual({
      ownerId: { variable: 'ownerId' },
      petId: { variable: 'petId' },
    });
  });

  it('says why something is not called', () => {
    const why = Object.fromEntries(model.leftOut.map(({ name, why: reason }) => [name, reason]));
    expect(why['POST /api/v1/owners']).toMatch(/may change something/);
    expect(why['DELETE /api/v1/owners/{ownerId}']).toMatch(/may change something/);
    expect(why['GET /api/v1/files/{file}']).toMatch(/no value for file/);
    expect(why['GET /api/v1/search']).toMatch(/no example for q/);
  });

  const json = { type: 'object', required: ['a'], properties: { a: { example: 'x y' } } };
  it.each<[what: string, operation: object, sent: object | undefined, why: RegExp | null]>([
    ['JSON of another type', { 'application/vnd.x+json': { schema: json } }, { a: 'x y' }, null],
    ['a form', { 'application/x-www-form-urlencoded': { schema: json } }, { text: 'a=x%20y' }, null],
    [
      'JSON rather than a form',
      { 'application/x-www-form-urlencoded': {}, 'application/json': { schema: json } },
      { a: 'x y' },
      null,
    ],
    ['a text that the document has', { 'text/xml': { example: '<a/>' } }, { text: '<a/>' }, null],
    ['a file', { 'image/png': {} }, undefined, /it sends image\/png/],
    ['a form in parts', { 'multipart/form-data': { schema: json } }, undefined, /it sends multipart\/form-data/],
  ])('sends %s, or says why not', (_, content, sent, why) => {
    const post = { requestBody: { content }, responses: {} };
    const { endpoints, leftOut } = modelOfOpenApi(
      { openapi: '3.1.0', paths: { '/a': { post } } },
      { ...CHOICES, includeUnsafe: true },
    );
    const text = sent !== undefined && 'text' in sent ? sent.text : sent;
    expect(endpoints[0]?.body).toEqual(text);
    const [type = ''] = Object.keys(content);
    const plain = why !== null || 'application/json' in content;
    expect(endpoints[0]?.headers).toEqual(plain ? undefined : { 'Content-Type': type });
    expect(leftOut).toEqual(why === null ? [] : [{ name: 'POST /a', why: expect.stringMatching(why) }]);
  });

  it('sends the forms of Swagger 2.0, but no files', () => {
    const field = (name: string, type: string) => ({ in: 'formData', name, type, required: true, 'x-example': 'x y' });
    const paths = {
      '/a': { post: { parameters: [field('a', 'string')], responses: {} } },
      '/b': { post: { parameters: [field('b', 'file')], responses: {} } },
    };
    const { endpoints, leftOut } = modelOfOpenApi({ swagger: '2.0', paths }, { ...CHOICES, includeUnsafe: true });
    expect(endpoints[0]).toMatchObject({
      body: 'a=x%20y',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(leftOut).toEqual([{ name: 'POST /b', why: 'it sends multipart/form-data' }]);
  });

  it('says who must ask, and what is open', () => {
    expect(model.auth).toEqual({ kind: 'bearer', variable: 'API_TOKEN' });
    expect(endpoint(model, 'breed')?.open).toBe(true);
    expect(endpoint(model, 'listOwners')?.open).toBeUndefined();
  });

  it('is asked as most requests are, whichever way the document describes first; what it has no words for is named', () => {
    const get = (...names: string[]) => ({ get: { security: names.map((name) => ({ [name]: [] })), responses: {} } });
    const securitySchemes = {
      person: { type: 'http', scheme: 'basic' },
      query: { type: 'apiKey', in: 'query', name: 'key' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
    };
    const read = (paths: object) =>
      modelOfOpenApi({ openapi: '3.0.3', components: { securitySchemes }, paths }, CHOICES);
    const mostly = read({ '/a': get('person'), '/b': get('query', 'key'), '/c': get('key'), '/d': get() });
    expect(mostly.auth).toEqual({ kind: 'apiKey', header: 'X-Key', variable: 'API_KEY' });
    expect(mostly.endpoints.map(({ open = false }) => open)).toEqual([false, false, false, true]);
    const none = read({ '/a': get('query') });
    expect([none.auth, none.leftOut]).toEqual([
      null,
      [{ name: 'authentication by query', why: expect.stringMatching(/`headers` or `query`/) }],
    ]);
  });

  it.each(['openapi: 3.0', 'swagger: 2.0', 'openapi: "3.1.0"'])('may have its version as %s', (version) => {
    const document = parse(`${version}\npaths: { /a: { get: {} } }`);
    expect(isOpenApi(document) && modelOfOpenApi(document, CHOICES).endpoints).toHaveLength(1);
  });

  it('has bodies that its schemas allow, and sends them when it may', () => {
    expect(endpoint(model, 'addOwner')?.body).toMatchObject({
      name: 'loadxx',
      tags: ['2040-01-02'],
      parent: { name: 'loadxx' },
    });
    const unsafe = modelOfOpenApi(parse(PETS), { ...CHOICES, includeUnsafe: true });
    expect(called(unsafe).flat(2)).toContain('addOwner');
    expect(called(unsafe).flat(2)).not.toContain('deleteOwner');
  });

  it('leaves the server’s path out where the target has one of its own', () => {
    const own = modelOfOpenApi(parse(PETS), { ...CHOICES, target: new URL('http://127.0.0.1:1/v2') });
    expect(endpoint(own, 'listOwners')?.path).toBe('/owners');
  });

  it('in the form of Swagger 2.0 is read too', () => {
    const swagger = modelOfOpenApi(
      {
        swagger: '2.0',
        host: '127.0.0.1:9093',
        basePath: '/api/v2/',
        schemes: ['http'],
        securityDefinitions: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
        security: [{ key: [] }],
        paths: {
          '/alerts': {
            get: {
              parameters: [{ name: 'active', in: 'query', type: 'boolean', required: true, default: true }],
              responses: { 200: { schema: { $ref: '#/definitions/alerts' } } },
            },
            post: {
              parameters: [{ name: 'alert', in: 'body', schema: { $ref: '#/definitions/alert' } }],
              responses: { 200: {} },
            },
          },
          '/alert/{uid}': {
            get: { parameters: [{ name: 'uid', in: 'path', type: 'string', required: true }], responses: { 200: {} } },
          },
        },
        definitions: {
          alerts: { type: 'array', items: { $ref: '#/definitions/alert' } },
          alert: { required: ['uid'], properties: { uid: { type: 'string' } } },
        },
      },
      CHOICES,
    );
    expect(swagger).toMatchObject({
      target: 'http://127.0.0.1:9093',
      auth: { kind: 'apiKey', header: 'X-Key', variable: 'API_KEY' },
    });
    expect(swagger.endpoints.map(({ path }) => path)).toEqual([
      '/api/v2/alerts',
      '/api/v2/alerts',
      '/api/v2/alert/{uid}',
    ]);
    expect(swagger.endpoints[1]?.body).toEqual({ uid: 'load' });
    // Another path than the list's: nothing says that its ids are the same.
    expect(called(swagger)).toEqual([['alerts', ['getAlerts']]]);
  });

  it('of hostile names has identifiers, each once', () => {
    const hostile = modelOfOpenApi(JSON.parse(HOSTILE_OPENAPI), { ...CHOICES, includeUnsafe: true });
    const keys = hostile.endpoints.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBe(10);
    for (const key of [...keys, ...hostile.journeys.map((journey) => journey.key)])
      expect(key).toMatch(/^[a-zA-Z][\w]*$/);
    for (const { path } of hostile.endpoints) expect(path).toMatch(/^\/(?!\/)[!-~]*$/);
    expect(hostile.leftOut.some(({ why }) => why === 'it is not in the document')).toBe(false);
  });
});

describe('a sample', () => {
  const of = (schema: unknown, document: unknown = {}) => sampleOf(schema, new References(document))?.value;

  it.each([
    [{ type: 'integer', minimum: 5 }, 5],
    [{ type: 'integer', minimum: 5, exclusiveMinimum: true }, 6],
    [{ type: 'number', exclusiveMinimum: 2 }, 3],
    [{ type: 'number', maximum: 0.5 }, 0.5],
    [{ type: ['null', 'boolean'] }, true],
    [{ type: 'string', maxLength: 2 }, 'lo'],
    [{ const: 0 }, 0],
    [{ allOf: [{ properties: { a: { type: 'integer' } } }, { properties: { b: { enum: ['x'] } } }] }, { a: 1, b: 'x' }],
    [{ anyOf: [{ type: 'array', items: {} }] }, []],
    [{ $ref: 'other.yaml#/a' }, undefined],
    [{ $ref: '#/toString' }, undefined],
  ])('of %j is %j', (schema, expected) => {
    expect(of(schema)).toEqual(expected);
  });

  it('of schemas that hold themselves has an end', () => {
    const document = {
      a: { type: 'object', required: ['a'], properties: { a: { $ref: '#/a' } } },
      b: { $ref: '#/c' },
      c: { $ref: '#/b' },
    };
    expect(JSON.stringify(of({ $ref: '#/a' }, document)).length).toBeLessThan(100);
    expect(of({ $ref: '#/b' }, document)).toBeUndefined();
  });
});

describe('a recording', () => {
  const model = modelOfHar(JSON.parse(HAR), CHOICES);

  it('is one journey through one origin, in its order and with its pauses', () => {
    expect(model.target).toBe('https://shop.example');
    expect(model.journeys[0]?.steps.map(({ endpoint: key, thinkSeconds }) => [key, thinkSeconds])).toEqual([
      ['getRoot', 2],
      ['getThingsById', 0],
      ['getThingsById', 0.75],
      ['getOld', 10],
    ]);
    expect(endpoint(model, 'getOld')?.expect).toEqual([302]);
    expect(model.journeys[0]?.steps[1]).toMatchObject({
      parameters: { id: { constant: '41' } },
      query: 'token=masked&q=a%20b',
    });
  });

  it('names what is left out, and holds no secret', () => {
    const names = model.leftOut.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'https://other.example',
        'GET /gone',
        'values of token',
        'cookie sid',
        "POST /orders/it's",
      ]),
    );
    expect(model.auth).toEqual({ kind: 'bearer', variable: 'API_TOKEN' });
    const unsafe = modelOfHar(JSON.parse(HAR), { ...CHOICES, includeUnsafe: true });
    expect(unsafe.journeys[0]?.steps.at(-1)?.body).toMatchObject({
      password: 'masked',
      nested: [{ apiKey: 'masked' }],
    });
    expect(JSON.stringify([model, unsafe])).not.toContain('sEcReT');
  });

  const of = (...entries: object[]) =>
    modelOfHar(
      { log: { entries: entries.map((each, i) => ({ startedDateTime: `2026-01-05T09:00:0${i}.000Z`, ...each })) } },
      { ...CHOICES, includeUnsafe: true },
    );
  const sent = (request: object, response: object = { status: 200 }) => ({
    request: { method: 'POST', url: 'https://shop.example/a', ...request },
    response,
  });

  it.each<[what: string, request: object, body: unknown]>([
    ['a form by its parameters', { postData: { params: [{ name: 'a b', value: '1&2' }] } }, 'a%20b=1%262'],
    [
      'a text in base64',
      { postData: { text: Buffer.from('{"a":1}').toString('base64'), encoding: 'base64' } },
      { a: 1 },
    ],
    [
      'a list of secrets, and what is below one',
      { postData: { text: '{"tokens":["s3cr3t"],"session":{"a":{"b":7}},"n":1}' } },
      { tokens: ['masked'], session: { a: { b: 'masked' } }, n: 1 },
    ],
    ['JSON in JSON', { postData: { text: '{"in":"{\\"pin\\":\\"1234\\"}"}' } }, { in: '{"pin":"masked"}' }],
    ['an address of mail', { postData: { text: '{"to":"ann@shop.example"}' } }, { to: 'masked' }],
  ])('takes %s as it is meant', (_, request, body) => {
    expect(of(sent(request)).journeys[0]?.steps[0]?.body).toEqual(body);
  });

  it.each<[what: string, entry: object, why: RegExp]>([
    ['no answer', sent({}, { status: -1 }), /no answer/],
    ['another method', sent({ method: 'PROPFIND' }), /no method that is sent/],
    ['a text', sent({ postData: { mimeType: 'text/xml', text: '<password>x</password>' } }), /neither JSON nor a form/],
    ['a body that is not there', sent({ bodySize: 12 }), /was not recorded/],
    [
      'a token in its path',
      sent({ url: 'https://shop.example/eyJhbGciOi.eyJzdWIi.c2VjcmV0' }),
      /path may hold a secret/,
    ],
  ])('leaves a request with %s out', (_, entry, why) => {
    const { journeys, leftOut, endpoints } = of(sent({}), entry);
    expect(journeys[0]?.steps).toHaveLength(1);
    expect(leftOut).toEqual([{ name: expect.any(String), why: expect.stringMatching(why) }]);
    expect(JSON.stringify([leftOut, endpoints])).not.toContain('eyJ');
  });
});

describe('names', () => {
  it.each([
    ['list-owners', 'listOwners'],
    ['__proto__', 'proto_'],
    ['Él café', 'elCafe'],
    ['class', 'class_'],
    ['123', 'n123'],
    ['日本', 'otherwise'],
    ['GET', 'get'],
    [`$\{x}`, 'x'],
  ])('of %s is %s', (text, name) => {
    expect(identifier(text, 'otherwise')).toBe(name);
  });

  it('are given once', () => {
    const names = new Names();
    expect(['a', 'a', 'a2', 'a'].map((name) => names.unique(name))).toEqual(['a', 'a2', 'a22', 'a3']);
  });

  it('and values survive as TypeScript', () => {
    const hostile = JSON.parse(`{"__proto__":{"a":1},"it's":["\`$\{x}\`","*/","\u2028"],"b":[[],{},null,true,-0.5]}`);
    const back = new Script(`(${value(hostile, '')})`).runInNewContext();
    expect(JSON.stringify(back)).toBe(JSON.stringify(hostile));
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});
