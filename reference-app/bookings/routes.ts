import { type HttpApp, idParams } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import type { PetRepository } from '../pets/pets.ts';
import type { UserRepository } from '../users/users.ts';
import { type BookingRepository, bookingSchema, type NewBooking, newBookingSchema } from './bookings.ts';

/** 30 days. */
const LONGEST_SLOT_MS = 30 * 86_400_000;

export interface BookingContext {
  readonly bookings: BookingRepository;
  readonly pets: Pick<PetRepository, 'find'>;
  readonly users: Pick<UserRepository, 'find'>;
  /** How long an unpaid booking keeps its slot, milliseconds. */
  readonly holdMs: number;
}

/** Adds the routes of the bookings context. */
export function bookingRoutes(app: HttpApp, { bookings, pets, users, holdMs }: BookingContext): void {
  const tags = ['bookings'];

  app.post(
    '/bookings',
    {
      schema: {
        tags,
        summary: 'Hold a slot until it is paid',
        body: newBookingSchema,
        response: { 201: bookingSchema },
        problems: ['not-found', 'slot-taken', 'request-refused'],
      },
    },
    async (request, reply) => {
      const wanted = request.body;
      checkSlot(wanted);
      const pet = await pets.find(wanted.petId);
      if (pet === undefined) throw new Problem('not-found', `there is no pet ${wanted.petId}`);
      if (pet.userId !== wanted.userId) throw await notTheirPet(wanted);
      const result = await bookings.hold({ ...wanted, petType: pet.type, holdMs });
      switch (result.outcome) {
        case 'held':
          return reply.code(201).header('location', `/bookings/${result.booking.id}`).send(result.booking);
        case 'slot-taken':
          throw new Problem(
            'slot-taken',
            `sitter ${wanted.sitterId} is booked between ${wanted.from} and ${wanted.to}`,
          );
        case 'no-such-sitter':
          throw new Problem('not-found', `there is no sitter ${wanted.sitterId}`);
        case 'pet-not-taken':
          throw new Problem('request-refused', `sitter ${wanted.sitterId} does not look after a ${pet.type}`);
      }
    },
  );

  app.get(
    '/bookings/:id',
    {
      schema: {
        tags,
        summary: 'One booking',
        params: idParams,
        response: { 200: bookingSchema },
        problems: ['not-found'],
      },
    },
    async (request) => {
      const booking = await bookings.find(request.params.id);
      if (booking === undefined) throw new Problem('not-found', `there is no booking ${request.params.id}`);
      return booking;
    },
  );

  app.post(
    '/bookings/:id/cancel',
    {
      schema: {
        tags,
        summary: 'Give up a held booking',
        params: idParams,
        response: { 200: bookingSchema },
        problems: ['not-found', 'booking-not-held'],
      },
    },
    async (request) => {
      const { id } = request.params;
      const cancelled = await bookings.cancel(id);
      if (cancelled !== undefined) return cancelled;
      const booking = await bookings.find(id);
      if (booking === undefined) throw new Problem('not-found', `there is no booking ${id}`);
      const state = booking.status === 'held' ? 'is being paid' : `is ${booking.status}`;
      throw new Problem('booking-not-held', `booking ${id} ${state}`);
    },
  );

  async function notTheirPet({ userId, petId }: NewBooking): Promise<Problem> {
    const user = await users.find(userId);
    if (user === undefined) return new Problem('not-found', `there is no user ${userId}`);
    return new Problem('request-refused', `pet ${petId} is not of user ${userId}`);
  }
}

function checkSlot({ from, to }: NewBooking): void {
  const length = Date.parse(to) - Date.parse(from);
  if (length <= 0) throw new Problem('request-refused', 'to must be later than from');
  if (length > LONGEST_SLOT_MS) throw new Problem('request-refused', 'a booking lasts 30 days at most');
}
