import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AppProcess, spawnApp } from './app-process.ts';
import { pairIn, slot, WORLD } from './app-under-test.ts';

const valueSchema = z.looseObject({ stringValue: z.string().optional() });
const attributesSchema = z.array(z.object({ key: z.string(), value: valueSchema }));
const exportSchema = z.object({
  resourceSpans: z.array(
    z.looseObject({
      resource: z.looseObject({ attributes: attributesSchema }),
      scopeSpans: z.array(
        z.looseObject({
          spans: z.array(
            z.looseObject({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              attributes: attributesSchema,
            }),
          ),
        }),
      ),
    }),
  ),
});

interface SeenSpan {
  service: string;
  traceId: string;
  spanId: string;
  parent: string | undefined;
  name: string;
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CLIENT_SPAN = '00f067aa0ba902b7';

let collector: Server;
let spans: SeenSpan[];
let app: AppProcess | undefined;
beforeEach(async () => {
  spans = [];
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const textOf = (attributes: z.infer<typeof attributesSchema>, key: string) =>
        attributes.find((attribute) => attribute.key === key)?.value.stringValue ?? '';
      for (const { resource, scopeSpans } of exportSchema.parse(JSON.parse(body)).resourceSpans) {
        const service = textOf(resource.attributes, 'service.name');
        for (const { traceId, spanId, parentSpanId, name } of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({ service, traceId, spanId, parent: parentSpanId, name });
        }
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await app?.remove();
  collector.close();
});

/** Books through an app that sends its traces to the collector, and stops it, which sends what waits. */
async function bookThrough(...switches: string[]): Promise<{ stderr: string }> {
  const address = collector.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const world = ['--users', String(WORLD.users), '--sitters', String(WORLD.sitters), '--drain-delay', '0'];
  app = await spawnApp([...world, '--log-level', 'info', ...switches], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const { url } = await app.ready();
  const answer = await fetch(`${url}/bookings`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': 'followed',
      traceparent: `00-${TRACE}-${CLIENT_SPAN}-01`,
    },
    body: JSON.stringify({ ...pairIn(0), ...slot(0) }),
  });
  expect([answer.status, answer.headers.get('x-request-id')]).toEqual([201, 'followed']);
  app.child.kill('SIGTERM');
  return await app.ended;
}
const ofTrace = () => spans.filter(({ traceId }) => traceId === TRACE);

describe('one request', () => {
  it('is a span below the client’s, with its statements below that', async () => {
    await bookThrough();
    const [server] = ofTrace().filter(({ name }) => name === 'POST /bookings');
    expect(server).toMatchObject({ service: 'headroom-app', parent: CLIENT_SPAN });
    const below = ofTrace().filter(({ parent }) => parent === server?.spanId);
    expect(below.map(({ name }) => name).sort()).toEqual(['booking-hold', 'pet-find']);
  });

  it('can be followed through every process that it touched, in traces and in logs', async () => {
    const { stderr } = await bookThrough('--split');
    const spanOf = (service: string, name: string) =>
      ofTrace().find((span) => span.service === `headroom-${service}` && span.name === name);
    const gateway = spanOf('gateway', 'POST /bookings');
    const bookings = spanOf('bookings', 'POST /bookings');
    const pets = spanOf('pets', 'GET /internal/pets/:id');
    expect(gateway?.parent).toBe(CLIENT_SPAN);
    expect(bookings?.parent).toBe(gateway?.spanId);
    expect(pets?.parent).toBe(bookings?.spanId);

    const lineSchema = z.looseObject({ reqId: z.literal('followed'), pid: z.number(), traceparent: z.string() });
    const lines = stderr.split('\n').flatMap((line) => {
      const parsed = line.startsWith('{') ? lineSchema.safeParse(JSON.parse(line)).data : undefined;
      return parsed === undefined ? [] : [parsed];
    });
    expect(new Set(lines.map(({ pid }) => pid)).size).toBe(3);
    for (const { traceparent } of lines) expect(traceparent).toContain(TRACE);
  });
});
