import http, { type RefinedParams, type RefinedResponse } from 'k6/http';
import type { Slot } from './visit.ts';

/** A visitor waits no longer for an answer. */
const TIMEOUT = '10s';

/** A slot that is held, to be paid for. */
export interface Held {
  bookingId: string;
  /** Price and currency are handed back as they came. */
  priceMinor: unknown;
  currency: unknown;
  /** How far the databases were when it was written, where the target says so. */
  position: string | undefined;
}

/** Searches, or looks at something: the answer. */
export function get(name: 'search' | 'view', url: string): RefinedResponse<'text'> {
  return http.get(url, params(name));
}

/** Tries to hold a slot for a user's seeded pet, which has the user's id: what is held, 'taken', or null for anything unexpected. */
export function book(baseUrl: string, userId: string, sitterId: string, { from, to }: Slot): Held | 'taken' | null {
  const expecting = params('book');
  // 409: somebody else has the slot, which is an answer and no failure.
  expecting.responseCallback = http.expectedStatuses(201, 409);
  const answer = http.post(
    `${baseUrl}/bookings`,
    JSON.stringify({ userId, petId: userId, sitterId, from, to }),
    expecting,
  );
  if (answer.status === 409) return 'taken';
  if (answer.status !== 201) return null;
  const bookingId = answer.json('id');
  const priceMinor = answer.json('priceMinor');
  const currency = answer.json('currency');
  const position = answer.headers['Write-Position'];
  return typeof bookingId === 'string' ? { bookingId, priceMinor, currency, position } : null;
}

/**
 * Pays for what is held; true when it is paid. An answer that got lost, or a payment that is still under way, is asked
 * for again, once, with the same key: the target must not charge twice. It carries how far the booking was written: another
 * process of the target may look for it on a replica that is behind.
 */
export function pay(
  baseUrl: string,
  { bookingId, priceMinor, currency, position }: Held,
  cardToken: string,
  key: string,
): boolean {
  const body = JSON.stringify({ bookingId, amountMinor: priceMinor, currency, cardToken });
  for (let attempt = 0; attempt < 2; attempt++) {
    const { status } = http.post(`${baseUrl}/payments`, body, params('pay', key, position));
    if (status === 201) return true;
    if (status !== 0 && status !== 409) return false;
  }
  return false;
}

/** Made for each request: a list kept for all of them would be kept by every virtual user. */
function params(name: string, idempotencyKey?: string, readAfter?: string): RefinedParams<'text'> {
  return {
    tags: { name },
    headers: {
      'Content-Type': 'application/json',
      // Tells the target that nobody waits for this answer.
      'X-Load-Test': 'headroom',
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      ...(readAfter === undefined ? {} : { 'Read-After': readAfter }),
    },
    responseType: 'text',
    timeout: TIMEOUT,
  };
}
