import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortClasses } from './sort-classes.ts';

test.each([
  ['10 9 1', '1 9 10'],
  ['10.0 9.0 0.0', '0.0 9.0 10.0'],
  ['1 -1 0', '-1 0 1'],
  ['7 007 07', '007 07 7'],
  ['12345678901234567891 12345678901234567890 9', '9 12345678901234567890 12345678901234567891'],
  ['0.10 0.9 0.25', '0.10 0.25 0.9'],
  ['c10 c9 c1', 'c1 c10 c9'],
  ['b a B', 'B a b'],
])('%s becomes %s', (names, sorted) => {
  expect(sortClasses(names.split(' ')).join(' ')).toBe(sorted);
});

test('numbers are in the order of their values, whatever order they come in', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { minLength: 2 }), fc.boolean(), (values, isDecimal) => {
      const names = values.map((value) => `${value}${isDecimal ? '.0' : ''}`);
      const sorted = values.toSorted((a, b) => a - b).map((value) => `${value}${isDecimal ? '.0' : ''}`);
      expect(sortClasses(names)).toEqual(sorted);
    }),
  );
});
