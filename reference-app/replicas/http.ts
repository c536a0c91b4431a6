import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../http/app.ts';
import { formatPositions, parsePositions, type RequestPositions, requestPositions } from './position.ts';

/**
 * Lets clients read what they wrote, whichever process answers: the answer to a request that wrote says how far its
 * databases were (`Write-Position`), and a request that carries that (`Read-After`) is not answered by a replica that has
 * not come so far.
 *
 * @param positionOf where a database is now, by its name
 */
export function positionHeaders(app: HttpApp, positionOf: (database: string) => Promise<number>): void {
  const stores = new WeakMap<FastifyRequest, RequestPositions>();
  app.addHook('onRequest', (request, _reply, done) => {
    const header = request.headers['read-after'];
    const store: RequestPositions = {
      readAfter: parsePositions(typeof header === 'string' ? header : ''),
      written: new Set(),
    };
    stores.set(request, store);
    requestPositions.run(store, done);
  });
  app.addHook('onSend', async (request, reply) => {
    const written = [...(stores.get(request)?.written ?? [])];
    if (written.length === 0) return;
    const positions = await Promise.all(
      written.map(async (name): Promise<[string, number]> => [name, await positionOf(name)]),
    );
    reply.header('write-position', formatPositions(new Map(positions)));
  });
}
