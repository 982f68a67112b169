import { Predictions } from '@podium/core';
import { expect, test } from 'vitest';
import { type AlignOptions, alignTruth, type TruthTable } from './index.ts';

const predictions = new Predictions({
  ids: ['a.jpg', 'b.jpg', 'c.jpg'],
  classes: ['cat', 'dog'],
  kind: 'probabilities',
  values: Float32Array.of(1, 0, 0, 1, 1, 0),
  groups: ['x', 'x', 'y'],
});
const table = new Map([
  ['c.jpg', 'cat'],
  ['a.jpg', 'dog'],
  ['b.jpg', 'dog'],
]);

test('finds labels by id, whatever their order', () => {
  const rows = alignTruth(predictions, table, {
    weights: new Map([...table.keys()].map((id, i) => [id, i + 1])),
  });
  expect([...rows.truth]).toEqual([1, 1, 0]);
  expect([...rows.weights]).toEqual([2, 3, 1]);
  expect(rows.groups).toEqual(['x', 'x', 'y']);
});

test('multi-label rows have lists of classes, perhaps none', () => {
  const many = new Predictions({ ...predictions, task: 'multi-label' });
  const rows = alignTruth(many, [
    ['b.jpg', ['dog', 'cat']],
    ['a.jpg', ['dog']],
    ['c.jpg', []],
  ]);
  expect([...rows.truth]).toEqual([0, 1, 1, 1, 0, 0]);
  expect(() => alignTruth(many, table)).toThrow('expected a list of classes, got "dog"');
});

test('scores one fold against the whole table only with extra: ignore', () => {
  const more: TruthTable = [...table, ['d.jpg', 'wolf']];
  expect(() => alignTruth(predictions, more)).toThrow(
    '1 of 4 labeled ids have no prediction, starting with "d.jpg"',
  );
  expect(alignTruth(predictions, more, { extra: 'ignore' }).length).toBe(3);
});

test.each<[string, TruthTable, string, AlignOptions?]>([
  ['a missing label', [...table].slice(1), '1 of 3 predicted ids have no true label, starting with "c.jpg"'],
  ['a label twice', [...table, ['b.jpg', 'cat']], 'the id "b.jpg" has two true labels'],
  [
    'an unknown class',
    [...table].map(([id]) => [id, 'dgo']),
    'the true label of "a.jpg": expected cat|dog, got "dgo" (did you mean "dog"?)',
  ],
  [
    'a list',
    [...table].map(([id]) => [id, ['cat']]),
    'the true label of "a.jpg": expected one class, got ["cat"]',
  ],
  ['a missing weight', table, '"a.jpg" has no weight', { weights: new Map() }],
])('%s is rejected by name', (_, labels, message, options) => {
  expect(() => alignTruth(predictions, labels, options)).toThrow(message);
});

test('no predictions are an error with a fix', () => {
  const none = predictions.select([]);
  expect(() => alignTruth(none, [])).toThrow(/nothing to score/);
});
