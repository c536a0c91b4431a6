/** The only file that knows faker; it runs where bundles are made and where the database is seeded, never inside k6. */
import { en, Faker } from '@faker-js/faker';

/** Words that entities are composed from. Flat lists of strings: k6 shares those between virtual users at no cost. */
export interface Pools {
  firstNames: string[];
  lastNames: string[];
  petNames: string[];
  streets: string[];
  sentences: string[];
}

const POOL_SIZE = 400;

/** Fills the pools; the same seed fills them alike. */
export function makePools(seed: number): Pools {
  const faker = new Faker({ locale: en });
  faker.seed(seed);
  const fill = (size: number, make: () => string): string[] => faker.helpers.uniqueArray(make, size);
  return {
    firstNames: fill(POOL_SIZE, () => faker.person.firstName()),
    lastNames: fill(POOL_SIZE, () => faker.person.lastName()),
    petNames: fill(POOL_SIZE / 2, () => faker.animal.petName()),
    streets: fill(POOL_SIZE, () => faker.location.street()),
    sentences: fill(POOL_SIZE, () => `${faker.company.catchPhrase()}.`),
  };
}
