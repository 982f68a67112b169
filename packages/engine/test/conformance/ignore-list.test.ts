import { describe, expect, it } from 'vitest';
import { parseIgnoreList, readIgnoreList } from './ignore-list.ts';

describe("tfjs-node's ignore list", () => {
  it('is read completely', () => {
    const list = readIgnoreList();
    expect(list).toHaveLength(91);
    expect(list[0]).toBe('bitwiseAnd');
    expect(list).toContain('depthToSpace test-tensorflow {} throws when blocksize < 2');
    expect(list.at(-1)).toBe('tan test-tensorflow {} numbers exceed float32 precision');
  });

  it('is quoted strings and comments', () => {
    const source = "var IGNORE_LIST = [\n    // why\n    'a b',\n    'c'\n];\n";
    expect(parseIgnoreList(source)).toEqual(['a b', 'c']);
  });

  it.each([
    ['no list', 'var OTHER = [];', /expected one IGNORE_LIST, found 0/],
    ['two lists', "var IGNORE_LIST = [\n'a'\n];\nvar IGNORE_LIST = [\n'a'\n];", /found 2/],
    [
      'an expression',
      "var IGNORE_LIST = [\n    'a' + b,\n];",
      /expected a quoted string or a comment, got 'a' \+ b,/,
    ],
    ['two on a line', "var IGNORE_LIST = [\n    'a', 'b',\n];", /got 'a', 'b',/],
    ['an escape', "var IGNORE_LIST = [\n    'a\\'b',\n];", /got 'a\\'b',/],
    ['an empty string, which would match every spec', "var IGNORE_LIST = [\n    '',\n];", /got '',/],
  ])('rejects %s', (_what, source, message) => {
    expect(() => parseIgnoreList(source)).toThrow(message);
  });
});
