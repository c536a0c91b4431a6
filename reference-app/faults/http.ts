import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import type { Faults } from './faults.ts';
import { ENDPOINTS } from './spec.ts';

const names = new Map(Object.entries(ENDPOINTS).map(([name, route]) => [route, name]));
const endpointOf = (request: FastifyRequest): string | undefined =>
  names.get(`${request.method} ${request.routeOptions.url}`);

/** Makes requests fail, before they have had any effect, and answers late, as the faults say. */
export function faultyRoutes(app: HttpApp, faults: Faults): void {
  app.addHook('preHandler', async (request) => {
    const endpoint = endpointOf(request);
    if (endpoint !== undefined && faults.fails(endpoint)) throw new Problem('internal-error', 'a fault was asked for');
  });
  app.addHook('onSend', async (request, reply) => {
    const endpoint = endpointOf(request);
    const added = endpoint === undefined ? 0 : faults.slowness(endpoint, reply.elapsedTime);
    if (added > 0) await sleep(added);
  });
}
