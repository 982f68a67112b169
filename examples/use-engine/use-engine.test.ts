import { formatProfile, loadEngine, memory, withoutLeaks } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { forwardAndBackward, makeBlock, profileStep } from './use-engine.ts';

test('use-engine computes a block with gradients, without leaks, and profiles it', async () => {
  const engine = await loadEngine({ threads: 2 });
  const block = makeBlock(2, 8, 16);
  const { tensors } = memory();
  const { value, gradients } = withoutLeaks(() => forwardAndBackward(block));
  expect(gradients.map(({ shape }) => shape)).toEqual([[3, 3, 16, 16], [16], [16]]);

  // The gradient by a weight agrees with a finite difference.
  const step = 0.01;
  const change = tf.tensor4d(
    Float32Array.from({ length: block.weight.size }, (_, i) => (i === 100 ? step : 0)),
    [3, 3, 16, 16],
  );
  const moved = [tf.add(block.weight, change), tf.sub(block.weight, change)].map(
    (weight) => forwardAndBackward({ ...block, weight: weight as tf.Tensor4D }).value.dataSync()[0]!,
  );
  expect(gradients[0]!.dataSync()[100]).toBeCloseTo((moved[0]! - moved[1]!) / (2 * step), 3);
  expect(value.dataSync()[0]).toBeGreaterThan(0);
  expect(memory().tensors).toBeGreaterThan(tensors);

  const table = formatProfile(await profileStep(block));
  if (engine.backend === 'tensorflow') expect(table).toMatch(/Conv2D[\s\S]*ms in total/);
});
