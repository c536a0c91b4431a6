import { z } from 'zod';
import { type HttpApp, idParams } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import { type PaymentContext, pay } from './pay.ts';
import { newPaymentSchema, paymentSchema } from './payments.ts';

const LONGEST_KEY = 255;

/** Adds the routes of the payments context. */
export function paymentRoutes(app: HttpApp, context: PaymentContext): void {
  const tags = ['payments'];

  app.post(
    '/payments',
    {
      schema: {
        tags,
        summary: 'Pay a held booking, once for each Idempotency-Key',
        headers: z.looseObject({ 'idempotency-key': z.string().min(1).max(LONGEST_KEY) }),
        body: newPaymentSchema,
        response: { 201: paymentSchema },
        problems: [
          'payment-declined',
          'not-found',
          'booking-not-held',
          'payment-in-progress',
          'request-refused',
          'key-reused',
          'provider-failed',
        ],
      },
    },
    async (request, reply) => {
      const { payment, replayed } = await pay(context, request.headers['idempotency-key'], request.body);
      if (replayed) reply.header('idempotency-replayed', 'true');
      return reply.code(201).header('location', `/payments/${payment.id}`).send(payment);
    },
  );

  app.get(
    '/payments/:id',
    {
      schema: {
        tags,
        summary: 'One payment',
        params: idParams,
        response: { 200: paymentSchema },
        problems: ['not-found'],
      },
    },
    async (request) => {
      const payment = await context.payments.find(request.params.id);
      if (payment === undefined) throw new Problem('not-found', `there is no payment ${request.params.id}`);
      return payment;
    },
  );
}
