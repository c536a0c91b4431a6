import { z } from 'zod';
import { amountSchema, currencySchema, idSchema } from '../http/app.ts';

export const newPaymentSchema = z.object({
  bookingId: idSchema,
  amountMinor: amountSchema,
  currency: currencySchema,
  cardToken: z.string().min(1).max(200),
});
export type NewPayment = z.infer<typeof newPaymentSchema>;

export const paymentSchema = z.object({
  id: idSchema,
  bookingId: idSchema,
  status: z.literal('captured'),
  amountMinor: amountSchema,
  currency: currencySchema,
  chargeId: z.string(),
});
export type Payment = z.infer<typeof paymentSchema>;

/** A payment that has the booking to itself until its lease ends. */
export interface PaymentClaim {
  readonly paymentId: string;
  readonly bookingId: string;
  readonly providerKey: string;
}

/** A claim and who pays. */
export interface UserClaim extends PaymentClaim {
  readonly userId: string;
}

/** Where payments are kept: on the shard of the booking, so that booking and payment change together. */
export interface PaymentRepository {
  find(id: string): Promise<Payment | undefined>;
  /** Takes the held booking for this payment; false when it is not held, or another payment has it. */
  claim(claim: PaymentClaim, leaseMs: number): Promise<boolean>;
  /** Records the charge and confirms the booking; the same payment again gets the same answer. */
  capture(claim: PaymentClaim, chargeId: string): Promise<Payment>;
  /** Gives the booking back as held, for the provider took no money. */
  release(claim: PaymentClaim): Promise<void>;
  /** Ends the booking of a payment that can no longer be charged. */
  expire(claim: PaymentClaim): Promise<void>;
  /** Claims whose lease ended before the payment was captured or released, the oldest first. */
  unsettled(): Promise<UserClaim[]>;
}

/** An answer that was given under an idempotency key. */
export interface StoredResponse {
  readonly status: number;
  /** JSON text, given again byte for byte. */
  readonly body: string;
}

export type KeyClaim =
  | { readonly outcome: 'mine'; readonly paymentId: string }
  | { readonly outcome: 'answered'; readonly response: StoredResponse }
  | { readonly outcome: 'other-request' | 'running' };

/** Where idempotency keys are kept: one for each user and key, on the user's shard. */
export interface IdempotencyStore {
  /** Takes the key for a request, or tells what became of the request that has it. */
  claim(user: string, key: string, requestHash: Buffer, paymentId: string, leaseMs: number): Promise<KeyClaim>;
  /** Keeps the answer of the request that has the key. */
  answer(user: string, paymentId: string, response: StoredResponse): Promise<void>;
  /** Frees the key of a request that had no effect. */
  forget(user: string, paymentId: string): Promise<void>;
  /** Lets the next request with this key take over at once. */
  surrender(user: string, paymentId: string): Promise<void>;
}
