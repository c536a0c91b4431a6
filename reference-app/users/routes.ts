import { type HttpApp, idParams } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import { regionOf } from '../regions.ts';
import { newUserSchema, type UserRepository, userSchema } from './users.ts';

/** Adds the routes of the users context. */
export function userRoutes(app: HttpApp, users: UserRepository): void {
  app.post(
    '/users',
    {
      schema: {
        tags: ['users'],
        summary: 'Register a user',
        body: newUserSchema,
        response: { 201: userSchema },
        problems: ['request-refused'],
      },
    },
    async (request, reply) => {
      const region = regionOf(request.body.region);
      const user = await users.create(request.body, region.logicalShard);
      return reply.code(201).header('location', `/users/${user.id}`).send(user);
    },
  );

  app.get(
    '/users/:id',
    {
      schema: {
        tags: ['users'],
        summary: 'One user',
        params: idParams,
        response: { 200: userSchema },
        problems: ['not-found'],
      },
    },
    async (request) => {
      const user = await users.find(request.params.id);
      if (user === undefined) throw new Problem('not-found', `there is no user ${request.params.id}`);
      return user;
    },
  );
}
