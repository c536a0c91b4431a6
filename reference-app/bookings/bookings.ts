import { z } from 'zod';
import { amountSchema, currencySchema, idSchema, timeSchema } from '../http/app.ts';
import type { PetType } from '../pets/pets.ts';

export const newBookingSchema = z.object({
  userId: idSchema,
  petId: idSchema,
  sitterId: idSchema,
  from: timeSchema,
  to: timeSchema,
});
export type NewBooking = z.infer<typeof newBookingSchema>;

export const bookingSchema = z.object({
  id: idSchema,
  ...newBookingSchema.shape,
  status: z.enum(['held', 'confirmed', 'cancelled', 'expired']),
  holdExpiresAt: timeSchema,
  priceMinor: amountSchema,
  currency: currencySchema,
});
export type Booking = z.infer<typeof bookingSchema>;

/** A booking of `petType` that wants to be made. */
export interface HoldRequest extends NewBooking {
  readonly petType: PetType;
  readonly holdMs: number;
}

export type HoldResult =
  | { readonly outcome: 'held'; readonly booking: Booking }
  | { readonly outcome: 'slot-taken' | 'no-such-sitter' | 'pet-not-taken' };

/** Where bookings are kept, on the shard of their sitter. */
export interface BookingRepository {
  /** Holds the slot if the database has no other booking in it. */
  hold(request: HoldRequest): Promise<HoldResult>;
  find(id: string): Promise<Booking | undefined>;
  /** Cancels a held booking that nobody is paying; undefined when it is not one. */
  cancel(id: string): Promise<Booking | undefined>;
}
