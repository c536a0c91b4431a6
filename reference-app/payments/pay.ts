import { createHash } from 'node:crypto';
import type { Booking, BookingRepository } from '../bookings/bookings.ts';
import { type IdGenerator, logicalShardOf } from '../database/ids.ts';
import { PROBLEMS, Problem } from '../http/problems.ts';
import {
  type IdempotencyStore,
  type NewPayment,
  type Payment,
  type PaymentRepository,
  paymentSchema,
  type StoredResponse,
  type UserClaim,
} from './payments.ts';
import type { Charge, PaymentProvider } from './provider.ts';

/** A request has its key, and a payment its booking, for this long; the provider must answer well within it. */
const LEASE_MS = 30_000;

export interface PaymentContext {
  readonly bookings: Pick<BookingRepository, 'find'>;
  readonly payments: PaymentRepository;
  readonly keys: IdempotencyStore;
  readonly provider: PaymentProvider;
  readonly nextId: IdGenerator;
}

/** A captured payment, and whether this answer had been given before. */
export interface PaymentAnswer {
  readonly payment: Payment;
  readonly replayed: boolean;
}

/**
 * Pays a held booking, once for each user and key.
 * The order is what keeps money and bookings together: take the key, take the booking by compare-and-set, charge
 * outside any transaction, then record charge and confirmation in one statement. Whatever is interrupted after the
 * charge is completed by the next request with the key, or by settling when the lease ends.
 * @throws Problem
 */
export async function pay(context: PaymentContext, key: string, wanted: NewPayment): Promise<PaymentAnswer> {
  const booking = await context.bookings.find(wanted.bookingId);
  if (booking === undefined) throw new Problem('not-found', `there is no booking ${wanted.bookingId}`);

  const newPaymentId = context.nextId(logicalShardOf(booking.id));
  const taken = await context.keys.claim(booking.userId, key, requestHash(wanted), newPaymentId, LEASE_MS);
  switch (taken.outcome) {
    case 'answered':
      return { payment: paymentIn(taken.response), replayed: true };
    case 'other-request':
      throw new Problem('key-reused', 'a retry must send the same body; another payment needs another key');
    case 'running':
      throw new Problem('payment-in-progress', 'a request with this key is running', { retryAfterSeconds: 1 });
    case 'mine':
      break;
  }
  const claim = {
    paymentId: taken.paymentId,
    bookingId: booking.id,
    userId: booking.userId,
    providerKey: providerKey(booking.userId, key),
  };
  const earlier = await takeBooking(context, claim, booking, wanted);
  const response = earlier === undefined ? await charge(context, claim, wanted) : captured(earlier);
  await context.keys.answer(claim.userId, claim.paymentId, response);
  return { payment: paymentIn(response), replayed: false };
}

/**
 * Takes the booking for this payment. A refusal frees the key: nothing happened that a retry could repeat.
 * @returns the payment, when an earlier request with this key was interrupted after capturing it
 */
async function takeBooking(
  { payments, keys, bookings }: PaymentContext,
  claim: UserClaim,
  booking: Booking,
  wanted: NewPayment,
): Promise<Payment | undefined> {
  try {
    if (wanted.amountMinor !== booking.priceMinor || wanted.currency !== booking.currency) {
      throw new Problem('request-refused', `the booking costs ${booking.priceMinor} ${booking.currency}`);
    }
    if (await payments.claim(claim, LEASE_MS)) return undefined;
    const earlier = await payments.find(claim.paymentId);
    if (earlier === undefined) throw notPayable(booking.id, await bookings.find(booking.id));
    return earlier;
  } catch (refusal) {
    await keys.forget(claim.userId, claim.paymentId);
    throw refusal;
  }
}

function notPayable(id: string, booking: Booking | undefined): Problem {
  if (booking?.status === 'held') {
    return new Problem('payment-in-progress', `booking ${id} is being paid`, { retryAfterSeconds: 1 });
  }
  return new Problem('booking-not-held', `booking ${id} is ${booking?.status ?? 'gone'}`);
}

/** Moves the money and writes down what the provider did. */
async function charge(context: PaymentContext, claim: UserClaim, wanted: NewPayment): Promise<StoredResponse> {
  const { amountMinor, currency, cardToken } = wanted;
  const { provider, keys } = context;
  try {
    const request = { key: claim.providerKey, reference: claim.bookingId, amountMinor, currency, cardToken };
    const made = await provider.charge(request).catch((cause: unknown) => {
      throw new Problem('provider-failed', 'try again with the same Idempotency-Key', { retryAfterSeconds: 1, cause });
    });
    const response = await record(context, claim, made);
    if (response !== undefined) return response;
  } catch (error) {
    // Whether money moved is not known: the booking stays taken, and a retry with the key asks the provider again.
    await keys.surrender(claim.userId, claim.paymentId);
    throw error;
  }
  throw new Problem('booking-not-held', `booking ${claim.bookingId} expired before it was paid`);
}

/** Brings booking and key in line with the charge. @returns the answer, or undefined when the key was voided */
async function record(
  { payments, keys }: Pick<PaymentContext, 'payments' | 'keys'>,
  claim: UserClaim,
  made: Charge,
): Promise<StoredResponse | undefined> {
  switch (made.status) {
    case 'captured':
      return captured(await payments.capture(claim, made.chargeId));
    case 'declined':
      await payments.release(claim);
      return DECLINED;
    case 'voided':
      await payments.expire(claim);
      await keys.forget(claim.userId, claim.paymentId);
      return undefined;
  }
}

/**
 * Settles the payments whose lease ended before they were captured or released: the provider says what it did, and
 * what it has not done by then it will never do. @returns how many were settled
 */
export async function settlePayments(context: Pick<PaymentContext, 'payments' | 'keys' | 'provider'>): Promise<number> {
  const unsettled = await context.payments.unsettled();
  for (const claim of unsettled) {
    const response = await record(context, claim, await context.provider.settle(claim.providerKey, claim.bookingId));
    if (response !== undefined) await context.keys.answer(claim.userId, claim.paymentId, response);
  }
  return unsettled.length;
}

const DECLINED: StoredResponse = { status: PROBLEMS['payment-declined'].status, body: '{}' };
const captured = (payment: Payment): StoredResponse => ({ status: 201, body: JSON.stringify(payment) });

function paymentIn(response: StoredResponse): Payment {
  if (response.status !== 201) throw new Problem('payment-declined', 'try another card with another Idempotency-Key');
  return paymentSchema.parse(JSON.parse(response.body));
}

const requestHash = ({ bookingId, amountMinor, currency, cardToken }: NewPayment): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([bookingId, amountMinor, currency, cardToken]))
    .digest();

const providerKey = (userId: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([userId, key]))
    .digest('hex');
