import type { BookingRepository } from '../bookings/bookings.ts';
import type { Cache } from './cache.ts';
import { tagsOfSchedule } from './cached-sitters.ts';

/** Bookings that make cached schedules invalid when they have changed one, before anybody is told. */
export function invalidatingBookings(bookings: BookingRepository, cache: Cache): BookingRepository {
  return {
    find: (id) => bookings.find(id),
    async hold(request) {
      const result = await bookings.hold(request);
      if (result.outcome === 'held') await cache.store.invalidate(tagsOfSchedule(request.sitterId));
      return result;
    },
    async cancel(id) {
      const cancelled = await bookings.cancel(id);
      if (cancelled !== undefined) await cache.store.invalidate(tagsOfSchedule(cancelled.sitterId));
      return cancelled;
    },
  };
}
