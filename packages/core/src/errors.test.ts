import { expect, test } from 'vitest';
import { PodiumError, type Problem, renderProblem } from './errors.ts';

const cases: [name: string, problem: Problem, text: string][] = [
  [
    'a table cell, with the nearest name',
    {
      code: 'x',
      path: { file: 'train.csv', line: 1842, column: 'label' },
      expected: ['cat', 'dog'],
      got: '"dgo"',
    },
    'train.csv:1842 column "label": expected cat|dog, got "dgo" (did you mean "dog"?)',
  ],
  [
    'a setting, with what to do',
    {
      code: 'x',
      path: { file: 'podium.yaml', line: 3, character: 7, key: 'train.epochs' },
      expected: 'an integer >= 1',
      got: '0',
      fix: 'raise it',
    },
    'podium.yaml:3:7 train.epochs: expected an integer >= 1, got 0\n  fix: raise it',
  ],
  ['a sentence alone', { code: 'x', message: 'the disk is full' }, 'the disk is full'],
  ['a sentence and a value', { code: 'x', message: 'unknown model', got: '"a"' }, 'unknown model: got "a"'],
  [
    'details on lines of their own, before the fix',
    { code: 'x', message: 'it broke', details: ['  - here', '  - there'], fix: 'mend it' },
    'it broke:\n  - here\n  - there\n  fix: mend it',
  ],
  [
    'names that would act on a terminal or begin a line',
    {
      code: 'x',
      path: { file: 'a\u001b[2J.png', column: 'b\r' },
      message: 'c\nfix: d',
      expected: ['e\u009b', 'f'],
      got: '\u202eg',
      fix: 'rename h\u0007',
    },
    'a\\u001b[2J.png column "b\\r": c\\nfix: d: expected e\\u009b|f, got \\u202eg\n  fix: rename h\\u0007',
  ],
  ['nothing but a code', { code: 'engine-checksum' }, 'engine-checksum'],
  [
    'no suggestion where nothing is near',
    { code: 'x', expected: ['cat', 'dog'], got: '"zebra"' },
    'expected cat|dog, got "zebra"',
  ],
];

test.each(cases)('renders %s', (_, problem, text) => {
  expect(renderProblem(problem)).toBe(text);
});

test('shortens a long list of names, but suggests from all of it', () => {
  const names = Array.from({ length: 300 }, (_, i) => `model-number-${i}`);
  const text = renderProblem({ code: 'x', expected: names, got: '"model-nubmer-299"' });
  expect(text).toContain('model-number-19|... (300 in total), got');
  expect(text).not.toContain('model-number-20|');
  expect(text).toContain('(did you mean "model-number-299"?)');
});

test('is an Error with the problem, its code, and what caused it', () => {
  const cause = new Error('below');
  const error = new PodiumError({ code: 'a-code', message: 'it broke' }, { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe('it broke');
  expect(error.code).toBe('a-code');
  expect(error.cause).toBe(cause);
  expect(String(error)).toBe('PodiumError: it broke');
});
