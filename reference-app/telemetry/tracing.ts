import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../http/app.ts';

/** Where spans go, and what made them. */
export interface TracingOptions {
  /** An OTLP endpoint over HTTP, such as http://127.0.0.1:4318; spans go to `/v1/traces` below it. */
  readonly endpoint: string;
  /** What this process does: `app`, `gateway`, `bookings`. */
  readonly service: string;
}

/** Tells an OpenTelemetry collector what each request did. */
export interface Tracing {
  /**
   * Makes a span of each request, below the one that the client sent. Its place in the trace takes the client's in the
   * request's headers, so that logs and requests on its behalf carry it on.
   */
  follow(http: HttpApp): void;
  /** A statement of the present request that ended now, and took so long. */
  statement(shard: string, statement: string, milliseconds: number): void;
  /** Sends what waits. */
  close(): Promise<void>;
}

/** A collector that does not answer must not hold the end of the app up. */
const LAST_WORDS_MS = 2_000;

/** Starts tracing; the packages for it are loaded only here, as they take longer to load than the app to start. */
export async function openTracing({ endpoint, service }: TracingOptions): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, trace }, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `headroom-${service}`, 'process.pid': process.pid }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('headroom-reference-app');
  const present = new AsyncLocalStorage<Span>();

  return {
    follow(http) {
      const spans = new WeakMap<FastifyRequest, Span>();
      http.addHook('onRequest', (request, _reply, done) => {
        const parent = spanContextIn(request.headers.traceparent);
        const span = tracer.startSpan(
          `${request.method} ${request.routeOptions.url ?? 'unmatched'}`,
          {
            kind: SpanKind.SERVER,
            attributes: {
              'http.request.method': request.method,
              'http.route': request.routeOptions.url ?? '',
              'app.request_id': request.id,
            },
          },
          parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
        );
        spans.set(request, span);
        const { traceId, spanId, traceFlags } = span.spanContext();
        request.headers.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
        present.run(span, done);
      });
      http.addHook('onResponse', async (request, reply) => {
        const span = spans.get(request);
        span?.setAttribute('http.response.status_code', reply.statusCode);
        if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
        span?.end();
      });
    },
    statement(shard, statement, milliseconds) {
      const span = present.getStore();
      if (span === undefined) return;
      const now = Date.now();
      tracer
        .startSpan(
          statement,
          {
            kind: SpanKind.CLIENT,
            startTime: now - milliseconds,
            attributes: { 'db.system.name': 'postgresql', 'db.namespace': shard, 'db.operation.name': statement },
          },
          trace.setSpan(ROOT_CONTEXT, span),
        )
        .end(now);
    },
    async close() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

/** W3C Trace Context, section 3.2: version 00 alone is understood. */
function spanContextIn(header: string | string[] | undefined) {
  const match = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(typeof header === 'string' ? header : '');
  if (match === null || /^0+$/.test(match[1] ?? '') || /^0+$/.test(match[2] ?? '')) return null;
  return {
    traceId: match[1] ?? '',
    spanId: match[2] ?? '',
    traceFlags: Number.parseInt(match[3] ?? '0', 16),
    isRemote: true,
  };
}
