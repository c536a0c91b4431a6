import { z } from 'zod';
import { type HttpApp, idParams } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import { newPetSchema, type PetRepository, petSchema } from './pets.ts';

/** Adds the routes of the pets context. */
export function petRoutes(app: HttpApp, pets: PetRepository): void {
  const tags = ['pets'];
  const problems = ['not-found'] as const;

  app.get(
    '/users/:id/pets',
    {
      schema: {
        tags,
        summary: "A user's pets",
        params: idParams,
        response: { 200: z.object({ pets: z.array(petSchema) }) },
        problems,
      },
    },
    async (request) => {
      const found = await pets.ofUser(request.params.id);
      if (found === undefined) throw new Problem('not-found', `there is no user ${request.params.id}`);
      return { pets: found };
    },
  );

  app.post(
    '/users/:id/pets',
    {
      schema: {
        tags,
        summary: 'Add a pet',
        params: idParams,
        body: newPetSchema,
        response: { 201: petSchema },
        problems,
      },
    },
    async (request, reply) => {
      const pet = await pets.create(request.params.id, request.body);
      if (pet === undefined) throw new Problem('not-found', `there is no user ${request.params.id}`);
      return reply.code(201).send(pet);
    },
  );
}
