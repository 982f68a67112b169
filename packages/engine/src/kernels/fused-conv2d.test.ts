import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { hasBfloat16, hasTensorflow } from '../../test/native.ts';
import { valueAndGradients } from '../backward.ts';
import { loadEngine } from '../load.ts';
import { profile } from '../profiler.ts';
import { activate, activations } from './activation.ts';
import { conv2d } from './conv2d.ts';
import { depthwiseConv2d } from './depthwise-conv2d.ts';
import { type FusedConvOptions, fusedConv2d } from './fused-conv2d.ts';

const windows: FusedConvOptions[] = [
  {},
  { stride: 2, padding: 1 },
  { padding: 'same', stride: 2 },
  {
    padding: [
      [0, 1],
      [2, 0],
    ],
  },
  { dilation: 2, padding: 2 },
  { groups: 3, padding: 1 },
  { depthwise: true, padding: 1 },
  { depthwise: true, padding: 'same', stride: 2 },
];
const cases = windows.flatMap((window) =>
  activations.flatMap((activation) =>
    [false, true].map((withResidual) => ({ ...window, activation, withResidual })),
  ),
);
const backends = [
  ...(hasTensorflow ? [['tensorflow', 'float32', 1e-5] as const] : []),
  ...(hasBfloat16 ? [['tensorflow', 'bfloat16', 0.03] as const] : []),
  ['cpu', 'float32', 1e-5] as const,
];

describe.each(backends)('fusedConv2d on %s in %s', (backend, precision, tolerance) => {
  test.each(cases)(
    '%o is what its parts give',
    async ({ withResidual, activation, depthwise = false, ...window }) => {
      await loadEngine({ backend, precision, threads: 2 });
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const x = tf.randomNormal([2, 9, 8, 6], 0, 1, 'float32', 1) as tf.Tensor4D;
        const shape: number[] = depthwise ? [3, 3, 6, 1] : [3, 3, 6 / (window.groups ?? 1), 9];
        const weight = tf.randomNormal(shape as [number], 0, 0.3, 'float32', 2) as unknown as tf.Tensor4D;
        const bias = tf.randomNormal([depthwise ? 6 : 9], 0, 1, 'float32', 3) as tf.Tensor1D;
        const y = depthwise ? depthwiseConv2d(x, weight, window) : conv2d(x, weight, window);
        const residual = tf.randomNormal(y.shape, 0, 1, 'float32', 4) as tf.Tensor4D;
        const sum = tf.add(y, bias);
        const expected = activate(withResidual ? tf.add(sum, residual) : sum, activation);
        const options = { ...window, activation, depthwise, ...(withResidual ? { residual } : {}) };
        const fused = fusedConv2d(x, weight, bias, options);
        expect(fused.shape).toEqual(expected.shape);
        const off = tf.max(tf.abs(tf.sub(fused, expected))).dataSync()[0]!;
        const scale = tf.max(tf.abs(expected)).dataSync()[0]!;
        expect(off / Math.max(1, scale)).toBeLessThan(tolerance);
      });
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

describe.skipIf(!hasTensorflow)('fusedConv2d', () => {
  test('is one kernel if oneDNN can fuse all of it', async () => {
    await loadEngine({ backend: 'tensorflow', precision: 'float32', threads: 2 });
    const [x, weight, bias, residual] = [[1, 4, 4, 2], [1, 1, 2, 2], [2], [1, 4, 4, 2]].map((shape) =>
      tf.ones(shape),
    );
    const options = { activation: 'relu6', residual: residual as tf.Tensor4D } as const;
    const run = () =>
      fusedConv2d(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D, options).dispose();
    run();
    const { profile: record } = await profile(run);
    expect(record.events.map(({ name }) => name)).toEqual(['_MklNativeFusedConv2D']);
    tf.dispose([x, weight, bias, residual] as tf.Tensor[]);
  });

  test('has no gradient, and reports it', async () => {
    await loadEngine({ backend: 'tensorflow', precision: 'float32', threads: 2 });
    tf.tidy(() => {
      const [x, weight, bias] = [tf.ones([1, 4, 4, 2]), tf.ones([1, 1, 2, 2]), tf.ones([2])];
      const loss = () => tf.sum(fusedConv2d(x as tf.Tensor4D, weight as tf.Tensor4D, bias as tf.Tensor1D));
      expect(() => valueAndGradients(loss, [weight])).toThrow(/a fused convolution has no gradient/);
    });
  });
});
