import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyTypeProvider } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { parseId } from '../../lib/generators/ids.ts';
import type { ProblemName } from './problems.ts';

/** Types handlers from the zod schemas of their route. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  serializer: this['schema'] extends z.ZodType ? z.input<this['schema']> : unknown;
}

/** The server as contexts see it: they add routes to it. */
export type HttpApp = FastifyInstance<Server, IncomingMessage, ServerResponse, Logger, ZodTypeProvider>;

declare module 'fastify' {
  interface FastifySchema {
    /** One line for the OpenAPI document. */
    summary?: string;
    /** The context that the route belongs to. */
    tags?: readonly string[];
    /** The problems that the route answers with, besides those that every route may. */
    problems?: readonly ProblemName[];
  }
}

/** A 63-bit id as a decimal string. */
export const idSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/)
  .refine((id) => parseId(id) !== null, 'the id is longer than 63 bits')
  .meta({ description: 'a 63-bit id as a decimal string', examples: ['141234567890'] });

/** A time with its zone. */
export const timeSchema = z.iso.datetime({ offset: true });

/** Money in minor units (cents). */
export const amountSchema = z.int().min(0).max(2_147_483_647);

export const currencySchema = z.string().regex(/^[A-Z]{3}$/);

export const idParams = z.object({ id: idSchema });
