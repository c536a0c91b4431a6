/** Documents, recordings and logs, with what people may write into them who know how a generated file looks. */

/** A pet store with lists, what they hold, and things that cannot be asked for. */
export const PETS = `openapi: 3.1.0
info: { title: Pets, version: "1.0" }
servers:
  - url: https://{host}/api/v1
    variables: { host: { default: pets.example.com } }
security:
  - token: []
paths:
  /owners:
    get:
      operationId: list-owners
      summary: All owners
      tags: [owners]
      parameters:
        - { name: limit, in: query, required: true, schema: { type: integer, default: 20 } }
        - { name: q, in: query, schema: { type: string } }
      responses:
        "200":
          content:
            application/json:
              schema: { type: object, properties: { data: { type: array, items: { $ref: '#/components/schemas/Owner' } } } }
        "404": { description: none }
    post:
      operationId: addOwner
      tags: [owners]
      requestBody:
        content:
          application/json:
            schema: { $ref: '#/components/schemas/Owner' }
      responses: { "201": { description: made } }
  /owners/{ownerId}:
    parameters:
      - { name: ownerId, in: path, required: true, schema: { type: integer } }
    get: { operationId: getOwner, tags: [owners], responses: { "200": { description: one } } }
    delete: { operationId: deleteOwner, tags: [owners], responses: { "204": { description: gone } } }
  /owners/{id}/pets:
    get:
      operationId: listPetsOfOwner
      tags: [owners]
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
      responses:
        "200":
          content: { application/json: { schema: { type: array, items: { properties: { petId: { type: string }, name: { type: string } } } } } }
  /owners/{ownerId}/pets/{petId}:
    get: { responses: { default: { description: one } } }
  /breeds/{breed}:
    get:
      operationId: breed
      security: []
      parameters:
        - { name: breed, in: path, required: true, schema: { type: string, enum: [dachshund, poodle] } }
      responses: { "2XX": { description: one } }
  /files/{file}:
    get: { operationId: file, responses: { "200": { description: one } } }
  /search:
    get:
      operationId: search
      parameters: [{ name: q, in: query, required: true, schema: { type: string } }]
      responses: { "200": { description: found } }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
  schemas:
    Owner:
      type: object
      required: [name, tags, parent]
      properties:
        id: { type: integer, readOnly: true }
        name: { type: string, minLength: 6 }
        tags: { type: array, minItems: 1, items: { type: string, format: date } }
        parent: { $ref: '#/components/schemas/Owner' }
        note: { type: string }
`;

const EVIL = `*/ '"\`$\{process.exit(1)}\n\u2028</script>\\`;

/** An OpenAPI document in which every text is hostile. */
export const HOSTILE_OPENAPI = JSON.stringify({
  openapi: '3.0.3',
  info: { title: EVIL, version: EVIL },
  paths: {
    '/plain': { get: { operationId: '__proto__', summary: EVIL, tags: [EVIL], responses: { 200: {} } } },
    '/constructor': { get: { operationId: 'constructor', tags: ['constructor'], responses: {} } },
    '/class': { get: { operationId: 'class', tags: ['default'], responses: {} } },
    '/日本': { get: { tags: ['日本'], responses: {} } },
    '/visit': { get: { operationId: 'visit', tags: ['api'], responses: {} } },
    [`/${EVIL}`]: { get: { operationId: EVIL, tags: [EVIL], responses: {} } },
    "/it's/{__proto__}/{__proto__}/{a'b}": {
      get: {
        operationId: 'a b',
        parameters: ['__proto__', "a'b"].map((name) => ({ name, in: 'path', required: true, example: EVIL })),
        responses: {},
      },
    },
    '/query': {
      get: {
        operationId: 'a-b',
        parameters: [
          { name: EVIL, in: 'query', required: true, example: EVIL },
          { name: '__proto__', in: 'query', required: true, example: 'x' },
          { name: EVIL.replaceAll(/[^a-z]/g, ''), in: 'header', required: true, example: EVIL },
        ],
        responses: {},
      },
    },
    '/body': {
      post: {
        operationId: '123',
        requestBody: {
          content: {
            'application/json': {
              example: JSON.parse(`{"__proto__":{"x":1},${JSON.stringify(EVIL)}:${JSON.stringify(EVIL)}}`),
            },
          },
        },
        responses: {},
      },
    },
    'no slash': { get: { responses: {} } },
    '//evil.example/x': { get: { responses: {} } },
    '/loop': { get: { parameters: [{ $ref: '#/paths/~1loop/get/parameters/0' }], responses: { $ref: '#' } } },
  },
});

const entry = (
  method: string,
  url: string,
  at: string,
  more: { status?: number; body?: string; headers?: object[]; type?: string } = {},
) => ({
  startedDateTime: at,
  time: 100,
  request: {
    method,
    url,
    headers: more.headers ?? [],
    ...(more.body === undefined ? {} : { postData: { mimeType: 'application/json', text: more.body } }),
  },
  response: { status: more.status ?? 200, content: { mimeType: more.type ?? 'application/json' } },
});

/** A recording with assets, another origin, secrets, an error and hostile texts. */
export const HAR = JSON.stringify({
  log: {
    version: '1.2',
    creator: { name: EVIL, version: '1' },
    entries: [
      entry('GET', 'https://shop.example/', '2026-01-05T09:00:00.000Z', { type: 'text/html' }),
      entry('GET', 'https://shop.example/app.js', '2026-01-05T09:00:00.050Z', { type: 'text/javascript' }),
      entry('GET', 'https://shop.example/things/41?token=sEcReT&q=a%20b', '2026-01-05T09:00:02.100Z', {
        headers: [
          { name: 'Authorization', value: 'Bearer sEcReT' },
          { name: 'Cookie', value: 'sid=sEcReT' },
        ],
      }),
      entry('GET', 'https://shop.example/things/42', '2026-01-05T09:00:02.150Z'),
      entry('GET', 'https://other.example/track', '2026-01-05T09:00:03.000Z'),
      entry('GET', 'https://shop.example/gone', '2026-01-05T09:00:03.000Z', { status: 404 }),
      entry('GET', 'https://shop.example/old', '2026-01-05T09:00:04.000Z', { status: 302 }),
      entry('POST', "https://shop.example/orders/it's", '2026-01-05T09:05:00.000Z', {
        body: JSON.stringify({ thing: EVIL, password: 'sEcReT', nested: [{ apiKey: 'sEcReT' }] }),
      }),
    ],
  },
});

/** An access log of a shop, and of people who try things. */
export const LOG = [
  ...Array.from({ length: 60 }, (_, i) => `GET /things/${i % 7}?page=${i % 3}`),
  ...Array.from({ length: 30 }, () => 'GET /'),
  ...Array.from({ length: 5 }, () => 'POST /orders'),
  ...Array.from({ length: 3 }, () => 'GET /a/1/b/2'),
  ...Array.from({ length: 3 }, () => `GET /x'y\`$\{z}*/`),
]
  .map((request, i) => {
    const time = `05/Jan/2026:09:${String(Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')} +0000`;
    return `192.0.2.${i % 9} - - [${time}] "${request} HTTP/1.1" 200 12 "-" "browser"`;
  })
  .join('\n');
