import { z } from 'zod';
import { idSchema } from '../http/app.ts';

export const newUserSchema = z.object({
  name: z.string().min(1).max(200),
  email: z.email().max(320),
  region: z.string().min(1).max(40),
});
export type NewUser = z.infer<typeof newUserSchema>;

export const userSchema = z.object({ id: idSchema, ...newUserSchema.shape, email: z.string() });
export type User = z.infer<typeof userSchema>;

/** Where users are kept. */
export interface UserRepository {
  /** @param logicalShard the shard of the user's region */
  create(user: NewUser, logicalShard: number): Promise<User>;
  find(id: string): Promise<User | undefined>;
}
