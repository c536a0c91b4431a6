import { z } from 'zod';
import { type HttpApp, idParams, timeSchema } from '../http/app.ts';
import { Problem } from '../http/problems.ts';
import { petTypeSchema } from '../pets/pets.ts';
import { regionOf, regions } from '../regions.ts';
import { type SitterRepository, type SitterSearch, type Slot, sitterPageSchema, sitterSchema } from './sitters.ts';

const LAST_PAGE = 1_000;
const LARGEST_PAGE = 100;
const PAGE_SIZE = 20;

const searchSchema = z.object({
  region: z.string().max(40).optional(),
  petType: petTypeSchema.optional(),
  from: timeSchema.optional(),
  to: timeSchema.optional(),
  page: z.coerce.number().int().min(1).max(LAST_PAGE).default(1),
  pageSize: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(PAGE_SIZE),
});

const pageSchema = sitterPageSchema.extend({ page: z.int(), pageSize: z.int() });

/** Adds the routes of sitters and search. */
export function sitterRoutes(app: HttpApp, sitters: SitterRepository): void {
  const regionSchema = z.object({ code: z.string(), name: z.string() });
  app.get(
    '/regions',
    {
      schema: {
        tags: ['sitters'],
        summary: 'All regions',
        response: { 200: z.object({ regions: z.array(regionSchema) }) },
      },
    },
    async () => ({ regions: [...regions] }),
  );

  app.get(
    '/sitters',
    {
      schema: {
        tags: ['sitters'],
        summary: 'Search sitters, best rated first',
        querystring: searchSchema,
        response: { 200: pageSchema },
        problems: ['request-refused'],
      },
    },
    async (request) => {
      const { region, petType, from, to, page, pageSize } = request.query;
      const search: SitterSearch = { petType, slot: slotOf(from, to), page, pageSize };
      const found = await (region === undefined
        ? sitters.searchEverywhere(search)
        : sitters.searchRegion(regionOf(region), search));
      return { ...found, page, pageSize };
    },
  );

  app.get(
    '/sitters/:id',
    {
      schema: {
        tags: ['sitters'],
        summary: 'One sitter and when they are busy',
        params: idParams,
        response: { 200: sitterSchema },
        problems: ['not-found'],
      },
    },
    async (request) => {
      const sitter = await sitters.find(request.params.id);
      if (sitter === undefined) throw new Problem('not-found', `there is no sitter ${request.params.id}`);
      return sitter;
    },
  );
}

function slotOf(from: string | undefined, to: string | undefined): Slot | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) throw new Problem('request-refused', 'from and to go together');
  if (Date.parse(from) >= Date.parse(to)) throw new Problem('request-refused', 'to must be later than from');
  return { from, to };
}
