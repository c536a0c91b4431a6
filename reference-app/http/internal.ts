import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { HttpApp } from './app.ts';
import { Problem } from './problems.ts';

const checkSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  expected: z.union([z.number(), z.string()]),
  observed: z.union([z.number(), z.string()]),
});

/** What an audit found. `totals` are rows made since the app started; the seed is not among them. */
export const auditSchema = z.object({
  ok: z.boolean(),
  checks: z.array(checkSchema),
  totals: z.object({ bookings: z.int(), payments: z.int() }),
});
export type AuditReport = z.infer<typeof auditSchema>;

const configSchema = z.object({
  switches: z.record(z.string(), z.unknown()),
  shards: z.array(z.object({ name: z.string(), logicalShards: z.array(z.int()) })),
});
export type Configuration = z.infer<typeof configSchema>;

/** What callers on the same machine may ask. */
export function internalRoutes(app: HttpApp, audit: () => Promise<AuditReport>, configuration: Configuration): void {
  const problems = ['loopback-only'] as const;
  app.get(
    '/internal/audit',
    {
      onRequest: loopbackOnly,
      schema: {
        tags: ['internal'],
        summary: 'Check every invariant in the database',
        response: { 200: auditSchema },
        problems,
      },
    },
    audit,
  );
  app.get(
    '/internal/config',
    {
      onRequest: loopbackOnly,
      schema: {
        tags: ['internal'],
        summary: 'The switches as they are set',
        response: { 200: configSchema },
        problems,
      },
    },
    async () => configuration,
  );
}

async function loopbackOnly(request: FastifyRequest): Promise<void> {
  if (!isLoopback(request.ip)) throw new Problem('loopback-only', 'ask from the machine that the app runs on');
}

function isLoopback(address: string): boolean {
  const ip = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return ip === '::1' || (isIPv4(ip) && ip.startsWith('127.'));
}
