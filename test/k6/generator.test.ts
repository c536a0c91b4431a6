import { expect, it } from 'vitest';
import { garbageCollection } from '../../src/k6/generator.ts';

it('makes k6 collect garbage sooner where virtual users are many, and leaves it alone where they are few', () => {
  expect(garbageCollection(2_000)).toEqual({ GOGC: '50' });
  expect(garbageCollection(100)).toEqual({});
  expect(garbageCollection(null)).toEqual({});
});
