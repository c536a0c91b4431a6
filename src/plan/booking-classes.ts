/** Which endpoint of the booking journeys a statement of the booking app serves; the rest runs in the background. */
const CLASSES: readonly (readonly [pattern: RegExp, endpoint: string])[] = [
  [/^sitter-search/, 'search'],
  [/^sitter-find$/, 'view'],
  [/^(?:pet-find|user-find|booking-hold|booking-expire-in-slot)$/, 'book'],
  [/^(?:key-|payment-|booking-find$)/, 'pay'],
];

/** Endpoints that only read, so that a replica may answer them. */
export const READS: ReadonlySet<string> = new Set(['search', 'view']);

/**
 * Statements of each endpoint per second.
 *
 * @returns null when an endpoint has none or one is unknown: then statements do not tell the endpoints apart
 */
export function statementsByEndpoint(
  statements: Readonly<Record<string, number>>,
  endpoints: readonly string[],
): Record<string, number> | null {
  const sums: Record<string, number> = Object.fromEntries(endpoints.map((name) => [name, 0]));
  for (const [statement, rate] of Object.entries(statements)) {
    const endpoint = CLASSES.find(([pattern]) => pattern.test(statement))?.[1];
    if (endpoint !== undefined && sums[endpoint] !== undefined) sums[endpoint] += rate;
  }
  return endpoints.length > 0 && Object.values(sums).every((sum) => sum > 0) ? sums : null;
}
