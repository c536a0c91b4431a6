import { createServer, type Server, type ServerResponse } from 'node:http';

/** A service with a limit that is known: so many connections, each of them taken for so long by a request. */
export interface LimitedServer {
  url: URL;
  /** Requests it answers per second and no more. */
  limit: number;
  answered(): number;
  close(): Promise<void>;
}

export interface LimitedOptions {
  connections?: number;
  serviceMs?: number;
  /** Status of every answer but those about itself. */
  status?: number;
  /** After so many answers its root answers 503, and stays so. */
  tiresAfter?: number;
  /** What `/internal/audit` says; none without it. */
  audit?: unknown;
}

/** Listens on a free port of this machine; tells of its one pool in `/metrics` as the booking app does. */
export async function limitedServer(options: LimitedOptions = {}): Promise<LimitedServer> {
  const { connections = 2, serviceMs = 20, status = 200, tiresAfter = Number.POSITIVE_INFINITY, audit } = options;
  const waiting: ServerResponse[] = [];
  let busy = 0;
  let busySeconds = 0;
  let answered = 0;
  const next = (): void => {
    const response = waiting.shift();
    if (response === undefined) return;
    busy++;
    const since = performance.now();
    setTimeout(() => {
      busySeconds += (performance.now() - since) / 1000;
      busy--;
      answered++;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      next();
    }, serviceMs);
  };
  const server: Server = createServer((request, response) => {
    if (request.url === '/metrics') {
      const text = [
        `app_pool_size{shard="db0"} ${connections}`,
        `app_pool_in_use{shard="db0"} ${busy}`,
        `app_pool_waiting{shard="db0"} ${waiting.length}`,
        `app_db_statement_duration_seconds_sum{shard="db0"} ${busySeconds}`,
      ];
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`${text.join('\n')}\n`);
    } else if (request.url === '/internal/audit') {
      response.writeHead(audit === undefined ? 404 : 200).end(JSON.stringify(audit ?? {}));
    } else if (request.url === '/') {
      response.writeHead(answered < tiresAfter ? 200 : 503).end();
    } else {
      waiting.push(response);
      if (busy < connections) next();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    limit: (connections * 1000) / serviceMs,
    answered: () => answered,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
