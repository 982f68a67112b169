import { readValues } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { FeatureMatrix } from './feature-matrix.ts';

const BLOCK = 1024;

/**
 * For each of `rows`, the most frequent class among the `k` nearest rows of `from` by cosine similarity. Ties go to the class of
 * the nearest neighbor.
 */
export function predictByNeighbors(
  features: FeatureMatrix,
  from: ArrayLike<number>,
  rows: ArrayLike<number>,
  labels: ArrayLike<number>,
  k = 5,
): Int32Array {
  const known = tf.tidy(() => unit(features, from));
  const predictions = new Int32Array(rows.length);
  for (let start = 0; start < rows.length; start += BLOCK) {
    const block = Array.from({ length: Math.min(BLOCK, rows.length - start) }, (_, i) => rows[start + i]!);
    const nearest = readValues<Int32Array>(() => {
      const similarity = tf.matMul(unit(features, block), known, false, true);
      return tf.topk(similarity, Math.min(k, from.length)).indices;
    });
    const perRow = nearest.length / block.length;
    block.forEach((_, i) => {
      const neighbors = Array.from(
        nearest.subarray(i * perRow, (i + 1) * perRow),
        (at) => labels[from[at]!]!,
      );
      predictions[start + i] = mostFrequent(neighbors);
    });
  }
  known.dispose();
  return predictions;
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = values[0]!;
  for (const [value, count] of counts) if (count > counts.get(best)!) best = value;
  return best;
}

function unit({ values, width }: FeatureMatrix, rows: ArrayLike<number>): tf.Tensor2D {
  const picked = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = values.subarray(rows[i]! * width, (rows[i]! + 1) * width);
    picked.set(row, i * width);
  }
  const x = tf.tensor2d(picked, [rows.length, width]);
  return tf.div(x, tf.maximum(tf.norm(x, 2, 1, true), 1e-12));
}
