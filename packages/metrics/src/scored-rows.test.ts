import { Predictions, type Scorable } from '@podium/core';
import { describe, expect, test } from 'vitest';
import { scoreRows } from './index.ts';

const two = { task: 'single-label', kind: 'probabilities', classes: ['cat', 'dog'] } as const;
const good: Scorable = { ...two, ids: ['a', 'b'], values: Float32Array.of(0.25, 0.75, 0.5, 0.5) };
const labels: Scorable = { ...good, task: 'multi-label' };

test('takes the largest value, the first of equals', () => {
  expect([...scoreRows(good, [0, 0]).predicted]).toEqual([1, 0]);
});

test('takes core predictions, logits in float64', () => {
  const logits = new Predictions({ ...two, ids: ['a'], kind: 'logits', values: Float32Array.of(0, 1000) });
  expect([...scoreRows(logits, [0]).probabilities]).toEqual([0, 1]);
  const many = new Predictions({
    ...two,
    task: 'multi-label',
    ids: ['a'],
    kind: 'logits',
    values: Float32Array.of(0, 2),
  });
  expect([...scoreRows(many, [0, 1]).probabilities]).toEqual([0.5, 1 / (1 + Math.exp(-2))]);
});

test('a label is predicted above its threshold, not at it', () => {
  expect([...scoreRows(labels, [0, 0, 0, 0]).predicted]).toEqual([0, 1, 0, 0]);
  expect([...scoreRows(labels, [0, 0, 0, 0], { thresholds: [0.2, 0.8] }).predicted]).toEqual([1, 0, 1, 0]);
});

describe('rejects, naming the place', () => {
  test.each<[string, () => unknown, string | RegExp]>([
    [
      'no rows',
      () => scoreRows({ ...two, values: new Float32Array() }, []),
      /nothing to score[\s\S]*check the fold/,
    ],
    [
      'no classes',
      () => scoreRows({ ...two, classes: [], values: new Float32Array() }, []),
      'nothing to score',
    ],
    [
      'truth of another length',
      () => scoreRows(good, [0]),
      'truth: expected one class index per row, 2, got 1',
    ],
    [
      'a class that is not there',
      () => scoreRows(good, [0, 2]),
      'row 1 ("b"): expected a class index from 0 to 1, got 2',
    ],
    ['half a class', () => scoreRows({ ...good, ids: undefined }, [0.5, 0]), 'the truth of row 0: '],
    [
      'a label of 2',
      () => scoreRows(labels, [0, 1, 0, 2]),
      'row 1 ("b"), class "dog": expected 0 or 1, got 2',
    ],
    ['half a row', () => scoreRows({ ...two, values: new Float32Array(3) }, [0, 0]), 'a multiple of 2'],
    [
      'NaN',
      () => scoreRows({ ...good, values: Float32Array.of(0, 1, 0, Number.NaN) }, [0, 0]),
      'row 1 ("b"), class "dog"',
    ],
    ['too few ids', () => scoreRows({ ...good, ids: ['a'] }, [0, 0]), 'ids: expected one per row, 2, got 1'],
    [
      'too few weights',
      () => scoreRows(good, [0, 0], { weights: [1] }),
      'weights: expected one per row, 2, got 1',
    ],
    [
      'a weight below 0',
      () => scoreRows(good, [0, 0], { weights: [1, -1] }),
      'weights[1]: expected a finite number >= 0',
    ],
    ['no weight at all', () => scoreRows(good, [0, 0], { weights: [0, 0] }), 'a finite sum > 0, got 0'],
    ['too few thresholds', () => scoreRows(labels, [0, 0, 0, 0], { thresholds: [0.5] }), 'one per class (2)'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
