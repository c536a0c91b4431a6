import { expect, it } from 'vitest';
import { changed } from '../../src/report/numbers.ts';

it('changes have a sign, unless they are none', () => {
  expect([0.1234, -0.05, 0.0001, -0.0004].map((change) => changed('ratio', change))).toEqual([
    ...['+12.3 %', '−5.0 %', '0.0 %', '0.0 %'],
  ]);
  expect([0.0125, -0.00001].map((change) => changed('difference', change))).toEqual(['+1.25 pp', '0.00 pp']);
});
