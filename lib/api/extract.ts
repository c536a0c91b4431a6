import type { Answer } from './answer.ts';

type Scalar = string | number;

const isScalar = (value: unknown): value is Scalar => typeof value === 'string' || typeof value === 'number';

/**
 * Extracts a text or number from a JSON body.
 *
 * @param path as in k6: `id`, `order.lines.0.sku`
 * @returns an extractor that finds nothing where there is neither a text nor a number
 * @example
 * const api = defineEndpoints({
 *   addPet: { method: 'POST', path: '/pets', body: {}, expect: 201, extract: { petId: json('id') } },
 * });
 */
export const json =
  (path: string) =>
  (answer: Answer): Scalar | undefined => {
    const value = answer.json(path);
    return isScalar(value) ? value : undefined;
  };

/**
 * Extracts one field of each entry of a JSON list. An empty list is as good as any other.
 *
 * @param path of the list: `items`; empty where the whole body is the list
 * @param field of each entry; entries without a text or number there are passed over
 * @returns an extractor that finds nothing where there is no list
 * @example
 * const api = defineEndpoints({
 *   listPets: { path: '/pets', extract: { petIds: list('', 'id') } },
 *   listOwners: { path: '/owners', extract: { ownerIds: list('data.items', 'id') } },
 * });
 */
export const list =
  (path: string, field: string) =>
  (answer: Answer): Scalar[] | undefined => {
    const value = path === '' ? answer.json() : answer.json(path);
    if (!Array.isArray(value)) return undefined;
    return value.flatMap((entry) => {
      const found: unknown = typeof entry === 'object' && entry !== null ? entry[field] : undefined;
      return isScalar(found) ? [found] : [];
    });
  };

/**
 * Extracts a header of the answer.
 *
 * @param name in any case
 * @example
 * const api = defineEndpoints({
 *   addPet: { method: 'POST', path: '/pets', body: {}, expect: 201, extract: { location: header('Location') } },
 * });
 */
export const header =
  (name: string) =>
  (answer: Answer): string | undefined =>
    answer.header(name);
