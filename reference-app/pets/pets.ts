import { z } from 'zod';
import { PET_TYPES } from '../../lib/generators/world.ts';
import { idSchema } from '../http/app.ts';

export const petTypeSchema = z.enum(PET_TYPES);
export type PetType = z.infer<typeof petTypeSchema>;

export const newPetSchema = z.object({ name: z.string().min(1).max(200), type: petTypeSchema });
export type NewPet = z.infer<typeof newPetSchema>;

export const petSchema = z.object({ id: idSchema, ...newPetSchema.shape });
export type Pet = z.infer<typeof petSchema>;

/** A pet and whose it is. */
export interface OwnedPet extends Pet {
  readonly userId: string;
}

/** Where pets are kept. */
export interface PetRepository {
  /** The new pet, or undefined when there is no such user. */
  create(userId: string, pet: NewPet): Promise<Pet | undefined>;
  find(id: string): Promise<OwnedPet | undefined>;
  /** The pets of a user, or undefined when there is no such user. */
  ofUser(userId: string): Promise<Pet[] | undefined>;
}
