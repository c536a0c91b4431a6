import type { BookingRepository } from './bookings/bookings.ts';
import { createBookingRepository } from './bookings/postgres.ts';
import { bookingRoutes } from './bookings/routes.ts';
import type { Cache } from './cache/cache.ts';
import { cachedSitters } from './cache/cached-sitters.ts';
import { invalidatingBookings } from './cache/invalidating-bookings.ts';
import type { IdGenerator } from './database/ids.ts';
import type { Databases } from './databases.ts';
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
import type { ContextName, Switches } from './switches.ts';
import { createUserRepository } from './users/postgres.ts';
import { userRoutes } from './users/routes.ts';
import type { UserRepository } from './users/users.ts';

/** What the routes of the contexts work on. */
export interface Contexts {
  readonly users: UserRepository;
  readonly pets: PetRepository;
  readonly sitters: SitterRepository;
  readonly bookings: BookingRepository;
  readonly payments: Omit<PaymentContext, 'bookings'>;
}

/** What contexts ask of each other. */
export interface Neighbours {
  readonly users: Pick<UserRepository, 'find'>;
  readonly pets: Pick<PetRepository, 'find'>;
  readonly bookings: Pick<BookingRepository, 'find'>;
}

export interface ContextOptions {
  readonly databases: Pick<Databases, 'requests' | 'primaries'>;
  readonly cache: Cache | null;
  readonly provider: PaymentProvider;
  readonly nextId: IdGenerator;
  readonly switches: Switches;
}

/** The contexts on databases that this process reaches itself. */
export function createContexts({ databases, cache, provider, nextId, switches }: ContextOptions): Contexts {
  const shards = databases.requests;
  const stored = createBookingRepository(shards, nextId);
  const bookings = cache === null ? stored : invalidatingBookings(stored, cache);
  // A replica has what this app wrote, perhaps not what made another app invalidate the cache that they share.
  const read = switches.cache === 'redis' ? databases.primaries : shards;
  const found = createSitterRepository(read, switches['statement-timeout']);
  return {
    users: createUserRepository(shards, nextId),
    pets: createPetRepository(shards, nextId),
    sitters: cache === null ? found : cachedSitters(found, cache),
    bookings,
    payments: {
      payments: createPaymentRepository(shards),
      keys: createIdempotencyStore(shards),
      provider,
      nextId,
    },
  };
}

export interface RouteOptions {
  /** The contexts in this process. */
  readonly contexts: Contexts;
  /** The same, or others by HTTP. */
  readonly neighbours: Neighbours;
  readonly switches: Switches;
}

const ROUTES: Record<ContextName, (http: HttpApp, options: RouteOptions) => void> = {
  users: (http, { contexts }) => userRoutes(http, contexts.users),
  pets: (http, { contexts }) => petRoutes(http, contexts.pets),
  search: (http, { contexts }) => sitterRoutes(http, contexts.sitters),
  bookings: (http, { contexts, neighbours, switches }) =>
    bookingRoutes(http, { ...neighbours, bookings: contexts.bookings, holdMs: switches['hold-time'] }),
  payments: (http, { contexts, neighbours }) =>
    paymentRoutes(http, { ...contexts.payments, bookings: neighbours.bookings }),
  notifications: () => undefined,
};

/** Adds the routes of these contexts. */
export function contextRoutes(http: HttpApp, names: readonly ContextName[], options: RouteOptions): void {
  for (const name of names) ROUTES[name](http, options);
}
