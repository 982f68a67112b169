import * as tf from '@tensorflow/tfjs-core';
import { assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import { expect, it } from 'vitest';
import { expectSame, noise, runOn } from '../../test/wasm/both-backends.ts';

const size = integer({ min: 1, max: 40 });
const product = record({
  rows: size,
  inner: size,
  columns: size,
  batch: constantFrom<readonly [number[], number[]]>(
    [[], []],
    [[1], [1]],
    [[3], [3]],
    [[3], [1]],
    [[1], [4]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 2],
      [1, 1],
    ],
  ),
  transposeA: boolean(),
  transposeB: boolean(),
});

it('equals the product of the JavaScript backend, transposed or not, in batches or not', async () => {
  await assert(
    asyncProperty(product, ({ rows, inner, columns, batch: [batchA, batchB], transposeA, transposeB }) =>
      expectSame(
        () => {
          const a = noise([...batchA, ...(transposeA ? [inner, rows] : [rows, inner])], 1);
          const b = noise([...batchB, ...(transposeB ? [columns, inner] : [inner, columns])], 2);
          return tf.matMul(a, b, transposeA, transposeB);
        },
        1e-5,
        JSON.stringify({ rows, inner, columns, batchA, batchB, transposeA, transposeB }),
      ),
    ),
    { numRuns: 150 },
  );
});

it('leaves operands that do not fit to the original kernel', async () => {
  await runOn('wasm', () => {
    expect(() => tf.matMul(noise([30, 40], 1), noise([30, 50], 2))).toThrow(/inner shapes/);
    return [];
  });
});
