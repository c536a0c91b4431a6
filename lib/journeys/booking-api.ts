import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import type { Slot, Step } from './plan.ts';

/** Marks what we send, so that the target can tell it from real traffic. */
const HEADERS = { 'X-Load-Test': 'headroom' };
const JSON_HEADERS = { ...HEADERS, 'Content-Type': 'application/json' };

// Made once for a virtual user: each request shares them.
const SEARCH = { tags: { name: 'search' }, headers: HEADERS };
const VIEW = { tags: { name: 'view' }, headers: HEADERS };
/** 409: somebody else has the slot, which is an answer and no failure. */
const BOOK = { tags: { name: 'book' }, headers: JSON_HEADERS, responseCallback: http.expectedStatuses(201, 409) };
const PAY_TAGS = { name: 'pay' };

type Answer = RefinedResponse<ResponseType>;

/** A slot that is held, to be paid for. */
export interface Held {
  bookingId: string;
  priceMinor: number;
  currency: string;
}

/** Searches a region; true when a list came back. */
export function search(baseUrl: string, { region, petType, slot, page }: Extract<Step, { kind: 'search' }>): boolean {
  const answer = http.get(
    `${baseUrl}/sitters?region=${region}&petType=${petType}&from=${slot.from}&to=${slot.to}&page=${page}&pageSize=20`,
    SEARCH,
  );
  return answer.status === 200 && bodyOf(answer).includes('"sitters":[');
}

/** Looks at one sitter; true when it is the one asked for. */
export function view(baseUrl: string, sitterId: string): boolean {
  const answer = http.get(`${baseUrl}/sitters/${sitterId}`, VIEW);
  return answer.status === 200 && bodyOf(answer).includes(`"id":"${sitterId}"`);
}

/** Tries to hold a slot: what is held, 'taken', or null for anything unexpected. */
export function book(
  baseUrl: string,
  { userId, petId, sitterId }: Extract<Step, { kind: 'book' }>,
  { from, to }: Slot,
): Held | 'taken' | null {
  const answer = http.post(`${baseUrl}/bookings`, JSON.stringify({ userId, petId, sitterId, from, to }), BOOK);
  if (answer.status === 409) return 'taken';
  if (answer.status !== 201) return null;
  return heldOf(bodyOf(answer));
}

/**
 * Pays for what is held. An answer that got lost, or a payment that is still under way, is asked for again, once, with
 * the same key: the target must not charge twice.
 */
export function pay(baseUrl: string, held: Held, idempotencyKey: string): boolean {
  const params = { tags: PAY_TAGS, headers: { ...JSON_HEADERS, 'Idempotency-Key': idempotencyKey } };
  const body = JSON.stringify({
    bookingId: held.bookingId,
    amountMinor: held.priceMinor,
    currency: held.currency,
    cardToken: 'tok_loadtest',
  });
  let answer = http.post(`${baseUrl}/payments`, body, params);
  if (answer.status === 0 || answer.status === 409) answer = http.post(`${baseUrl}/payments`, body, params);
  return answer.status === 201;
}

function bodyOf(answer: Answer): string {
  return typeof answer.body === 'string' ? answer.body : '';
}

function heldOf(body: string): Held | null {
  try {
    const { id, priceMinor, currency } = JSON.parse(body);
    return typeof id === 'string' && typeof priceMinor === 'number' && typeof currency === 'string'
      ? { bookingId: id, priceMinor, currency }
      : null;
  } catch {
    return null;
  }
}
