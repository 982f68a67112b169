import * as tf from '@tensorflow/tfjs-core';
import { numberList } from '../number-list.ts';
import type { LossInputs } from './definition.ts';
import { classRow, meanOf } from './mean.ts';

/** The setting of every loss of numbers. */
export const columnWeights = numberList
  .optional()
  .describe('weight of each column; the mean divides by their sum');

/**
 * The mean of an element-wise loss `[B,K] -> []` over samples, and over columns by their weights.
 * @param what for messages
 */
export function meanOfNumbers(
  values: tf.Tensor,
  given: ArrayLike<number> | undefined,
  { logits, weights }: LossInputs,
  what: string,
): tf.Scalar {
  if (given === undefined) return meanOf(tf.mean(values, 1), weights);
  const row = classRow(given, logits, `columnWeights of ${what}`);
  const sum = Array.from(given).reduce((total, weight) => total + weight, 0);
  return meanOf(tf.div(tf.sum(tf.mul(values, row), 1), sum), weights);
}
