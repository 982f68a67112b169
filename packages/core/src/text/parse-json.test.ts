import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './parse-json.ts';

test('any JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.boolean(), (value, wide) => {
      const text = JSON.stringify(value, undefined, wide ? 2 : undefined);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['lists', (levels: number) => '['.repeat(levels) + ']'.repeat(levels)],
  ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
  [
    'both, beside each other',
    (levels: number) => `[${'[{"]":['.repeat(levels / 3)}${']}]'.repeat(levels / 3)},{"}":1}]`,
  ],
])('%s may nest 200 levels, and a million are a syntax error', (_, nested) => {
  expect(() => parseJson(nested(198))).not.toThrow();
  expect(() => parseJson(nested(204))).toThrow(new SyntaxError('nesting deeper than 200 levels'));
  expect(() => parseJson(nested(999_999))).toThrow(SyntaxError);
});

test('brackets and escaped quotes inside strings do not count', () => {
  const value = { text: `${'['.repeat(1000)}\\"${'{'.repeat(1000)}"` };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
});

test.each(['', '[', '"', '"\\', '{"a":', ']]', 'x'])('%j is a syntax error', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
