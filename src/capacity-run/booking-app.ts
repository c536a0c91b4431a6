import { z } from 'zod';

const switchSchema = z.union([z.string(), z.number(), z.boolean(), z.record(z.string(), z.unknown())]);
const configSchema = z.object({
  switches: z.record(z.string(), switchSchema),
  shards: z.array(z.object({ name: z.string(), logicalShards: z.array(z.number().int()) })),
});

/** What the booking app says of itself: its switches as text, and the logical shards that each of its databases holds. */
export const bookingAppSchema = z.strictObject({
  switches: z.record(z.string(), z.string()),
  shards: z.array(z.strictObject({ name: z.string(), logicalShards: z.array(z.number().int()) })),
});
export type BookingApp = z.infer<typeof bookingAppSchema>;

const TIMEOUT_MS = 2_000;

/** Asks a target whether it is the booking app; null for any other. */
export async function askBookingApp(target: URL): Promise<BookingApp | null> {
  const url = new URL(`${target.pathname.replace(/\/+$/, '')}/internal/config`, target);
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { switches, shards } = configSchema.parse(await response.json());
    const text = (value: z.infer<typeof switchSchema>): string =>
      typeof value === 'object' ? JSON.stringify(value) : String(value);
    return {
      switches: Object.fromEntries(Object.entries(switches).map(([name, value]) => [name, text(value)])),
      shards: shards.map(({ name, logicalShards }) => ({ name, logicalShards })),
    };
  } catch {
    return null;
  }
}
