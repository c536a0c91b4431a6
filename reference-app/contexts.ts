import type { BookingRepository } from './bookings/bookings.ts';
import { createBookingRepository } from './bookings/postgres.ts';
import { bookingRoutes } from './bookings/routes.ts';
import type { Cache } from './cache/cache.ts';
import { cachedSitters } from './cache/cached-sitters.ts';
import { invalidatingBookings } from './cache/invalidating-bookings.ts';
import type { ShardRouter } from './database/database.ts';
import type { IdGenerator } from './database/ids.ts';
import type { HttpApp } from './http/app.ts';
import { createIdempotencyStore } from './payments/idempotency.ts';
import type { PaymentContext } from './payments/pay.ts';
import { createPaymentRepository } from './payments/postgres.ts';
import type { PaymentProvider } from './payments/provider.ts';
import { paymentRoutes } from './payments/routes.ts';
import type { PetRepository } from './pets/pets.ts';
import { createPetRepository } from './pets/postgres.ts';
import { petRoutes } from './pets/routes.ts';
import { createSitterRepository } from './sitters/postgres.ts';
import { sitterRoutes } from './sitters/routes.ts';
import type { SitterRepository } from './sitters/sitters.ts';
import type { Switches } from './switches.ts';
import { createUserRepository } from './users/postgres.ts';
import { userRoutes } from './users/routes.ts';
import type { UserRepository } from './users/users.ts';

/** What the routes of the contexts work on. */
export interface Contexts {
  readonly users: UserRepository;
  readonly pets: PetRepository;
  readonly sitters: SitterRepository;
  readonly bookings: BookingRepository;
  readonly payments: PaymentContext;
}

export interface ContextOptions {
  readonly shards: ShardRouter;
  readonly cache: Cache | null;
  readonly provider: PaymentProvider;
  readonly nextId: IdGenerator;
  readonly switches: Switches;
}

/** The contexts on databases that this process reaches itself. */
export function createContexts({ shards, cache, provider, nextId, switches }: ContextOptions): Contexts {
  const stored = createBookingRepository(shards, nextId);
  const bookings = cache === null ? stored : invalidatingBookings(stored, cache);
  const found = createSitterRepository(shards, switches['statement-timeout']);
  return {
    users: createUserRepository(shards, nextId),
    pets: createPetRepository(shards, nextId),
    sitters: cache === null ? found : cachedSitters(found, cache),
    bookings,
    payments: {
      bookings,
      payments: createPaymentRepository(shards),
      keys: createIdempotencyStore(shards),
      provider,
      nextId,
    },
  };
}

/** Adds the routes of every context. */
export function contextRoutes(http: HttpApp, contexts: Contexts, switches: Switches): void {
  userRoutes(http, contexts.users);
  petRoutes(http, contexts.pets);
  sitterRoutes(http, contexts.sitters);
  bookingRoutes(http, { ...contexts, holdMs: switches['hold-time'] });
  paymentRoutes(http, contexts.payments);
}
