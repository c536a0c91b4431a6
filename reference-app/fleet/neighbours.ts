import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';
import { bookingSchema } from '../bookings/bookings.ts';
import type { Contexts, Neighbours } from '../contexts.ts';
import { type HttpApp, idParams, idSchema } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import { petSchema } from '../pets/pets.ts';
import type { ContextName } from '../switches.ts';
import { userSchema } from '../users/users.ts';
import type { Upstream } from './upstream.ts';

const ownedPetSchema = petSchema.extend({ userId: idSchema });

/** Headers of a request that go with every request made on its behalf. */
const FOLLOWING = ['x-request-id', 'traceparent', 'tracestate', 'x-load-test', 'read-after'] as const;
const onBehalf = new AsyncLocalStorage<Record<string, string>>();

/** Notes what is to go with the requests that are made on behalf of each request. */
export function followRequests(http: HttpApp): void {
  http.addHook('onRequest', (request, _reply, done) => {
    const headers = FOLLOWING.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    onBehalf.run(Object.fromEntries(headers), done);
  });
}

/** Adds the routes by which other contexts ask this one. */
export function neighbourRoutes(http: HttpApp, context: ContextName, contexts: Contexts): void {
  if (context !== 'users' && context !== 'pets' && context !== 'bookings') return;
  http.get(`/internal/${context}/:id`, { schema: { params: idParams } }, async (request) => {
    const { id } = request.params;
    const found: unknown = await contexts[context].find(id);
    if (found === undefined) throw new Problem('not-found', `${context} has no ${id}`);
    return found;
  });
}

/** The other contexts, asked over HTTP. */
export function remoteNeighbours(upstreams: Readonly<Record<ContextName, Upstream>>): Neighbours {
  const finder =
    <Schema extends z.ZodType>(context: ContextName, schema: Schema) =>
    async (id: string): Promise<z.output<Schema> | undefined> => {
      const path = `/internal/${context}/${id}`;
      const headers = onBehalf.getStore() ?? {};
      const { status, body } = await upstreams[context].ask({ method: 'GET', path, headers, body: null });
      if (status === 404) return undefined;
      const text = body.toString();
      if (status === 503) throw new Problem('overloaded', detailIn(text), { retryAfterSeconds: 1 });
      if (status !== 200) throw new Error(`${context} answered ${status}: ${text}`);
      return schema.parse(JSON.parse(text));
    };
  return {
    users: { find: finder('users', userSchema) },
    pets: { find: finder('pets', ownedPetSchema) },
    bookings: { find: finder('bookings', bookingSchema) },
  };
}

const detailIn = (problem: string): string =>
  z.object({ detail: z.string() }).safeParse(JSON.parse(problem)).data?.detail ?? 'a service is too busy';
