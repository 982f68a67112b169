import * as tf from '@tensorflow/tfjs-core';
import { assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import { expect, it } from 'vitest';
import { expectSame, noise, runOn } from '../../test/wasm/both-backends.ts';

const size = integer({ min: 3, max: 9 });
const window = integer({ min: 1, max: 3 });
const pooling = record({
  batch: integer({ min: 1, max: 2 }),
  height: size,
  width: size,
  channels: integer({ min: 1, max: 5 }),
  kernel: record({ h: window, w: window }),
  stride: record({ h: window, w: window }),
  pad: oneof(constantFrom<'same' | 'valid'>('same', 'valid'), constantFrom(0, 1)),
  dimRoundingMode: constantFrom<'floor' | 'round' | 'ceil'>('floor', 'round', 'ceil'),
});

it('equals the gradient of the JavaScript backend, for any signs', async () => {
  await assert(
    asyncProperty(pooling, ({ batch, height, width, channels, kernel, stride, pad, dimRoundingMode }) => {
      const filterSize: [number, number] = [kernel.h, kernel.w];
      const strides: [number, number] = [stride.h, stride.w];
      const rounding = typeof pad === 'number' ? dimRoundingMode : undefined;
      const shape: [number, number, number, number] = [batch, height, width, channels];
      const { outShape } = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, rounding);
      return expectSame(
        () => {
          const input = noise(shape, 1);
          const output = maxima(input, outShape, filterSize, strides, pad, rounding);
          const attrs = { filterSize, strides, pad, dimRoundingMode: rounding } as unknown as tf.NamedAttrMap;
          return tf
            .engine()
            .runKernel(tf.MaxPoolGrad, { dy: noise(outShape, 2), input, output }, attrs) as tf.Tensor;
        },
        1e-6,
        JSON.stringify({ shape, filterSize, strides, pad, rounding }),
      );
    }),
    { numRuns: 150 },
  );
});

it('gives the gradient to the first of equal pixels', async () => {
  const [gradient] = await runOn('wasm', () =>
    tf.grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(tf.fill([1, 2, 4, 1], -1)),
  );
  expect(gradient?.values).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
});

/** Max pooling by definition: the backend's forward kernel does not round its output's size up. */
function maxima(
  input: tf.Tensor,
  outShape: readonly number[],
  filterSize: [number, number],
  strides: [number, number],
  pad: 'same' | 'valid' | number,
  rounding: 'floor' | 'round' | 'ceil' | undefined,
): tf.Tensor {
  const shape = input.shape as [number, number, number, number];
  const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, rounding);
  const values = input.dataSync();
  const output = tf.buffer([...outShape]);
  for (let b = 0; b < info.batchSize; b++) {
    for (let y = 0; y < info.outHeight; y++) {
      for (let x = 0; x < info.outWidth; x++) {
        for (let c = 0; c < info.inChannels; c++) {
          let best = Number.NEGATIVE_INFINITY;
          for (let kh = 0; kh < info.filterHeight; kh++) {
            for (let kw = 0; kw < info.filterWidth; kw++) {
              const row = y * info.strideHeight - info.padInfo.top + kh;
              const column = x * info.strideWidth - info.padInfo.left + kw;
              if (row < 0 || row >= info.inHeight || column < 0 || column >= info.inWidth) continue;
              const index = ((b * info.inHeight + row) * info.inWidth + column) * info.inChannels + c;
              best = Math.max(best, values[index]!);
            }
          }
          output.set(best, b, y, x, c);
        }
      }
    }
  }
  return output.toTensor();
}
