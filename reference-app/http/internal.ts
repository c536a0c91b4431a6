import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ConstraintLostError } from '../faults/double-booking.ts';
import type { Faults } from '../faults/faults.ts';
import { FaultError, parseFault } from '../faults/spec.ts';
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
  image: z.string().optional().meta({ description: 'the image that the app was started from' }),
});
export type Configuration = z.infer<typeof configSchema>;

const databaseName = z.string().min(1).max(40);
const moveSchema = z
  .strictObject({ to: databaseName, from: databaseName.optional(), logicalShard: z.int().min(0).max(63).optional() })
  .meta({ description: 'one logical shard, or of those in `from` a half by load' });
const movedSchema = z.object({ moved: z.array(z.object({ logicalShard: z.int(), rows: z.int() })) });

const faultsSchema = z.object({ faults: z.array(z.string().max(100)).max(20) });

export interface InternalContext {
  audit(): Promise<AuditReport>;
  configuration(): Configuration;
  /** Moves a logical shard to the database of this name; resolves with the number of rows. */
  move(logicalShard: number, to: string): Promise<number>;
  readonly faults: Faults;
  /** Of these logical shards, those to move where half of their load is to go. */
  half(logicalShards: readonly number[]): readonly number[];
}

/** What callers on the same machine may ask. */
export function internalRoutes(app: HttpApp, { audit, configuration, move, half, faults }: InternalContext): void {
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
    async () => configuration(),
  );
  app.post(
    '/internal/reshard',
    {
      onRequest: loopbackOnly,
      schema: {
        tags: ['internal'],
        summary: 'Move logical shards to another database while requests come in',
        body: moveSchema,
        response: { 200: movedSchema },
        problems: ['loopback-only', 'request-refused'],
      },
    },
    async (request) => {
      const { logicalShard, from, to } = request.body;
      const { shards } = configuration();
      const known = (name: string) => {
        const shard = shards.find((candidate) => candidate.name === name);
        if (shard !== undefined) return shard;
        const names = shards.map((candidate) => candidate.name).join(', ');
        throw new Problem('request-refused', `there is no database ${name}: there are ${names}`);
      };
      known(to);
      if ((logicalShard === undefined) === (from === undefined)) {
        throw new Problem('request-refused', 'name a logical shard, or the database to take half of the load from');
      }
      const chosen = from === undefined ? [logicalShard ?? 0] : half(known(from).logicalShards);
      const moved: { logicalShard: number; rows: number }[] = [];
      for (const each of chosen) moved.push({ logicalShard: each, rows: await move(each, to) });
      return { moved };
    },
  );

  const shown = () => ({ faults: faults.active.map(({ text }) => text) });
  app.get(
    '/internal/faults',
    {
      onRequest: loopbackOnly,
      schema: { tags: ['internal'], summary: 'The faults that are on', response: { 200: faultsSchema }, problems },
    },
    async () => shown(),
  );
  app.post(
    '/internal/faults',
    {
      onRequest: loopbackOnly,
      schema: {
        tags: ['internal'],
        summary: 'From now on these faults, and no others',
        body: faultsSchema,
        response: { 200: faultsSchema },
        problems: ['loopback-only', 'request-refused'],
      },
    },
    async (request) => {
      try {
        await faults.set(request.body.faults.map(parseFault));
      } catch (error) {
        if (error instanceof FaultError || error instanceof ConstraintLostError) {
          throw new Problem('request-refused', error.message);
        }
        throw error;
      }
      return shown();
    },
  );
}

async function loopbackOnly(request: FastifyRequest): Promise<void> {
  if (!isLoopback(request.ip)) throw new Problem('loopback-only', 'ask from the machine that the app runs on');
}

function isLoopback(address: string): boolean {
  const ip = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return ip === '::1' || (isIPv4(ip) && ip.startsWith('127.'));
}
