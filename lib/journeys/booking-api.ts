import http, { type RefinedParams } from 'k6/http';
import type { Slot } from './visit.ts';

/** A visitor waits no longer for an answer. */
const TIMEOUT = '10s';

/** A slot that is held, to be paid for. */
export interface Held {
  bookingId: string;
  priceMinor: number;
  currency: string;
}

/** Searches; true when a list came back. */
export function search(url: string): boolean {
  const answer = http.get(url, params('search'));
  return answer.status === 200 && answer.body.includes('"sitters":[');
}

/** Looks at one sitter; true when it is the one asked for. */
export function view(baseUrl: string, sitterId: string): boolean {
  const answer = http.get(`${baseUrl}/sitters/${sitterId}`, params('view'));
  return answer.status === 200 && answer.body.includes(`"id":"${sitterId}"`);
}

/** Tries to hold a slot: what is held, 'taken', or null for anything unexpected. */
export function book(
  baseUrl: string,
  booking: { userId: string; petId: string; sitterId: string } & Slot,
): Held | 'taken' | null {
  const expecting = params('book');
  // 409: somebody else has the slot, which is an answer and no failure.
  expecting.responseCallback = http.expectedStatuses(201, 409);
  const answer = http.post(`${baseUrl}/bookings`, JSON.stringify(booking), expecting);
  if (answer.status === 409) return 'taken';
  return answer.status === 201 ? heldIn(answer.body) : null;
}

/**
 * Pays for what is held; true when it is paid. An answer that got lost, or a payment that is still under way, is asked
 * for again, once, with the same key: the target must not charge twice.
 */
export function pay(
  baseUrl: string,
  { bookingId, priceMinor, currency }: Held,
  cardToken: string,
  key: string,
): boolean {
  const body = JSON.stringify({ bookingId, amountMinor: priceMinor, currency, cardToken });
  for (let attempt = 0; attempt < 2; attempt++) {
    const { status } = http.post(`${baseUrl}/payments`, body, params('pay', key));
    if (status === 201) return true;
    if (status !== 0 && status !== 409) return false;
  }
  return false;
}

/** Made for each request: a list kept for all of them would be kept by every virtual user. */
function params(name: string, idempotencyKey?: string): RefinedParams<'text'> {
  return {
    tags: { name },
    headers: {
      'Content-Type': 'application/json',
      // Tells the target that nobody waits for this answer.
      'X-Load-Test': 'headroom',
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
    responseType: 'text',
    timeout: TIMEOUT,
  };
}

function heldIn(body: string): Held | null {
  try {
    const { id, priceMinor, currency } = JSON.parse(body);
    return typeof id === 'string' ? { bookingId: id, priceMinor, currency } : null;
  } catch {
    return null;
  }
}
