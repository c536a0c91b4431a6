import { z } from 'zod';
import { amountSchema, currencySchema, idSchema, timeSchema } from '../http/app.ts';
import { type PetType, petTypeSchema } from '../pets/pets.ts';

export const sitterSummarySchema = z.object({
  id: idSchema,
  name: z.string(),
  region: z.string(),
  petTypes: z.array(petTypeSchema),
  rating: z.number(),
  hourlyPriceMinor: amountSchema,
  currency: currencySchema,
});
/** A sitter as a search shows it. */
export type SitterSummary = z.infer<typeof sitterSummarySchema>;

export const sitterSchema = sitterSummarySchema.extend({
  reviewCount: z.int(),
  bio: z.string(),
  busy: z
    .array(z.object({ from: timeSchema, to: timeSchema }))
    .meta({ description: 'booked slots that are not over, soonest first' }),
});
/** A sitter as their page shows it. */
export type Sitter = z.infer<typeof sitterSchema>;

export interface Slot {
  readonly from: string;
  readonly to: string;
}

export interface SitterSearch {
  readonly petType: PetType | undefined;
  /** Only sitters who are free in this slot, as far as is known now: the booking decides. */
  readonly slot: Slot | undefined;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

export const sitterPageSchema = z.object({
  sitters: z.array(sitterSummarySchema),
  hasMore: z.boolean(),
  partial: z.boolean().meta({ description: 'true when some sitters are missing because their shard did not answer' }),
});
/** The sitters that a search found, as many as a page has. */
export type SitterPage = z.infer<typeof sitterPageSchema>;

/** Where sitters are found, best rated first. */
export interface SitterRepository {
  find(id: string): Promise<Sitter | undefined>;
  searchRegion(region: { code: string; logicalShard: number }, search: SitterSearch): Promise<SitterPage>;
  /** Searches all regions. @throws DatabaseUnavailableError when no shard answers */
  searchEverywhere(search: SitterSearch): Promise<SitterPage>;
}
