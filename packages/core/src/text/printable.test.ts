import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableLines } from './printable.ts';

describe('printable', () => {
  test.each([
    ['an escape sequence', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
    [
      'a link and the clipboard',
      '\u001b]8;;x\u0007\u001b]52;c;eA==\u0007',
      '\\u001b]8;;x\\u0007\\u001b]52;c;eA==\\u0007',
    ],
    ['C1 controls, which are escape sequences of one character', '\u009b2J\u0085', '\\u009b2J\\u0085'],
    ['what moves the cursor', 'a\rb\nc\td\be\u0000f\u007f', 'a\\rb\\nc\\td\\u0008e\\u0000f\\u007f'],
    ['other line breaks', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    [
      'marks of direction',
      '\u061c\u200e\u200f\u202a\u202e\u2066\u2069',
      '\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069',
    ],
  ])('escapes %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('names in any script, emoji and backslashes stay', () => {
    const text = 'Ação ñandú 마스크 可燃物 שלום سلام 👩‍👩‍👧 a\\n "quoted" é';
    expect(printable(text)).toBe(text);
  });

  test('whatever comes in, nothing that a terminal acts on comes out, and a second pass changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        const isActedOn = (code: number) =>
          code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e);
        expect([...shown].filter((character) => isActedOn(character.codePointAt(0)!))).toEqual([]);
        expect(printable(shown)).toBe(shown);
      }),
      { numRuns: 200 },
    );
  });
});

test('printableLines keeps line breaks, and JSON still means the same', () => {
  const value = { '\u009bname': 'a\u202eb\nc\u007f', list: ['\u2028'] };
  const text = printableLines(JSON.stringify(value, undefined, 2));
  expect(text).toMatch(/^[\x20-\x7e\n]+$/);
  expect(JSON.parse(text)).toEqual(value);
});
