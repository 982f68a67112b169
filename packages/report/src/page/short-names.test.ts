import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortNames } from './short-names.ts';

test.each([
  ['short names stay', ['cat', 'dog'], ['cat', 'dog']],
  [
    'the end tells folds apart',
    ['train[small-net,seed=1,fold=0]', 'train[small-net,seed=1,fold=1]'],
    ['train[smal…1,fold=0]', 'train[smal…1,fold=1]'],
  ],
  [
    'a difference in the middle is shown',
    ['train[efficientnet_b0,seed=1,fold=0]', 'train[efficientnet_b3,seed=1,fold=0]'],
    ['trai…_b0,seed=1,fol…', 'trai…_b3,seed=1,fol…'],
  ],
  [
    'the same name twice',
    ['a name that is far too long', 'a name that is far too long'],
    ['a name tha… too long', 'a name tha… too long'],
  ],
  ['surrogate pairs stay whole', ['🐱'.repeat(30)], [`${'🐱'.repeat(10)}…${'🐱'.repeat(9)}`]],
])('%s', (_, names, expected) => {
  expect(shortNames(names, 20)).toEqual(expected);
});

test('different names never read the same', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', '…'), maxLength: 30 }), { maxLength: 40 }),
      fc.integer({ min: 8, max: 20 }),
      (names, max) => {
        expect(new Set(shortNames(names, max)).size).toBe(names.length);
      },
    ),
    { numRuns: 500 },
  );
});
