import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from './matches-glob.ts';

test('agrees with a regular expression', () => {
  const letters = (alphabet: string) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength: 8 }).map((l) => l.join(''));
  fc.assert(
    fc.property(letters('ab.'), letters('ab.*?'), (text, pattern) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      expect(matchesGlob(text, pattern)).toBe(new RegExp(`^${source}$`).test(text));
    }),
    { numRuns: 5000 },
  );
});

test('a pattern with many stars is fast', () => {
  // A backtracking matcher would need more steps than there are atoms.
  expect(matchesGlob('a'.repeat(1000), `${'a*'.repeat(200)}b`)).toBe(false);
});
