import { PodiumError, Predictions } from '@podium/core';
import { expect, test } from 'vitest';
import { samplesOf } from './index.ts';

const predictions = new Predictions({
  ids: ['a', 'b', 'c'],
  classes: ['cat', 'dog'],
  values: Float32Array.of(0.9, 0.1, 0.25, 0.75, 0.5, 0.5),
  kind: 'probabilities',
  folds: Int32Array.of(0, 1, 0),
});

test('the most probable class, its probability and the fold', () => {
  const samples = samplesOf(predictions, {
    truth: [0, 0, -1],
    image: (id) => `${id}.jpg`,
    source: () => 'phone',
  });
  expect(samples).toEqual([
    { id: 'a', truth: 0, predicted: 0, confidence: 0.9, fold: 0, source: 'phone', image: 'a.jpg' },
    { id: 'b', truth: 0, predicted: 1, confidence: 0.75, fold: 1, source: 'phone', image: 'b.jpg' },
    { id: 'c', predicted: 0, confidence: 0.5, fold: 0, source: 'phone', image: 'c.jpg' },
  ]);
});

test('logits are converted to probabilities', () => {
  const logits = new Predictions({
    ids: ['a'],
    classes: ['cat', 'dog'],
    values: Float32Array.of(0, Math.log(3)),
    kind: 'logits',
  });
  expect(samplesOf(logits)).toEqual([{ id: 'a', predicted: 1, confidence: 0.75 }]);
});

test('labels that do not match, and multi-label predictions, are errors', () => {
  expect(() => samplesOf(predictions, { truth: [1] })).toThrow(PodiumError);
  const multi = new Predictions({ ...predictions, folds: undefined, task: 'multi-label' });
  expect(() => samplesOf(multi)).toThrow('expected single-label predictions');
});
