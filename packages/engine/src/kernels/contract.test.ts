import { Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasTensorflow, testBfloat16, testNative } from '../../test/native.ts';
import { valueAndGradients } from '../backward.ts';
import { loadEngine } from '../load.ts';
import { type Precision, withPrecision } from '../precision.ts';
import { state } from '../state.ts';
import {
  type Activation,
  activate,
  activations,
  addBias,
  attention,
  averagePool2d,
  batchNormEval,
  batchNormTrain,
  castTo,
  conv2d,
  depthwiseConv2d,
  dropout,
  dropPath,
  globalAveragePool2d,
  layerNorm,
  matMul,
  maxPool2d,
  padImage,
  scaleChannels,
  scaleSamples,
  softmaxCrossEntropy,
} from './index.ts';
import { cropImage } from './pad.ts';

/** One use of a kernel: its differentiable inputs, made by `input`, and what it computes from them. */
interface Case {
  readonly name: string;
  readonly shapes: readonly number[][];
  // biome-ignore lint/suspicious/noExplicitAny: the kernels' types define the ranks
  readonly run: (...inputs: any[]) => tf.Tensor;
  /** Maps uniform numbers in [-1, 1) to an input's values; default: identity. */
  readonly input?: (value: number, index: number) => number;
  /** The derivative is not continuous, so steps of finite differences may cross an edge. */
  readonly kinked?: boolean;
}

const image = [2, 9, 8, 6];
const running = (channels: number) => ({
  runningMean: tf.linspace(-0.2, 0.3, channels),
  runningVariance: tf.linspace(0.5, 1.5, channels),
});

/** 36 tokens in two windows; 5 and 36 have no common divisor. */
const shuffled = { size: 18, order: Int32Array.from({ length: 36 }, (_, i) => (5 * i + 3) % 36) };

const cases: Case[] = [
  ...convolutions(),
  ...activations.map((activation) => ({
    name: `activation ${activation}`,
    shapes: [[3, 37]],
    run: (x: tf.Tensor) => activate(x, activation),
    input: (value: number) => 5 * value,
    kinked: true,
  })),
  ...(['linear', 'relu', 'relu6', 'silu', 'gelu'] as const).flatMap((activation) => [
    batchNorm(activation, 'train', image),
    batchNorm(activation, 'eval', image),
    { ...batchNorm(activation, 'train', image, true), name: `batch norm train ${activation} + residual` },
  ]),
  batchNorm('relu', 'train', [3, 5, 7, 16]),
  batchNorm('relu6', 'train', [1, 17, 19, 1]),
  batchNorm('linear', 'train', [2, 3, 3, 300]),
  {
    name: 'layer norm',
    shapes: [[4, 5, 37], [37], [37]],
    run: (x, scale, offset) => layerNorm(x, scale, offset, { epsilon: 1e-6 }),
  },
  { name: 'attention', shapes: [[2, 5, 3 * 2 * 4]], run: (qkv) => attention(qkv, { heads: 2 }) },
  {
    name: 'attention in windows, with a bias for each of an image',
    shapes: [
      [2, 36, 3 * 3 * 5],
      [2, 3, 18, 18],
    ],
    run: (qkv, bias) => attention(qkv, { heads: 3, scale: 0.7, bias, windows: shuffled }),
  },
  {
    name: 'attention in windows, with one bias for all',
    shapes: [
      [1, 36, 3 * 1 * 16],
      [1, 18, 18],
    ],
    run: (qkv, bias) => attention(qkv, { heads: 1, bias, windows: shuffled }),
  },
  {
    name: 'max pool 3x3 s2 p1',
    shapes: [image],
    run: (x) => maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }),
    kinked: true,
  },
  {
    name: 'max pool 2x2 ceil',
    shapes: [image],
    run: (x) => maxPool2d(x, { kernelSize: 2, ceilMode: true }),
    kinked: true,
  },
  {
    name: 'average pool 3x3 s2 p1',
    shapes: [image],
    run: (x) => averagePool2d(x, { kernelSize: 3, stride: 2, padding: 1 }),
  },
  {
    name: 'average pool 3x3 s2 p1, padding not counted, ceil',
    shapes: [image],
    run: (x) =>
      averagePool2d(x, { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false, ceilMode: true }),
  },
  { name: 'global average pool', shapes: [image], run: (x) => globalAveragePool2d(x) },
  {
    name: 'matMul',
    shapes: [
      [5, 7],
      [7, 3],
    ],
    run: (a, b) => matMul(a, b),
  },
  {
    name: 'matMul, both transposed',
    shapes: [
      [7, 5],
      [3, 7],
    ],
    run: (a, b) => matMul(a, b, { transposeA: true, transposeB: true }),
  },
  {
    name: 'matMul, batched, b transposed',
    shapes: [
      [2, 3, 5, 7],
      [2, 3, 4, 7],
    ],
    run: (a, b) => matMul(a, b, { transposeB: true }),
  },
  {
    name: 'matMul, batched, a transposed',
    shapes: [
      [6, 7, 5],
      [6, 7, 4],
    ],
    run: (a, b) => matMul(a, b, { transposeA: true }),
  },
  {
    name: 'softmax cross-entropy',
    shapes: [
      [5, 7],
      [5, 7],
    ],
    run: (logits, targets) => softmaxCrossEntropy(logits, targets),
    input: (value, index) => (index === 0 ? 4 * value : Math.abs(value)),
  },
  { name: 'dropout', shapes: [[7, 33]], run: (x) => dropout(x, 0.3, Rng.fromSeed('dropout')) },
  { name: 'drop path', shapes: [image], run: (x) => dropPath(x, 0.5, Rng.fromSeed('path')) },
  { name: 'bias', shapes: [image, [6]], run: (x, bias) => addBias(x, bias) },
  { name: 'scale channels', shapes: [image, [2, 6]], run: (x, s) => scaleChannels(x, s) },
  { name: 'scale samples', shapes: [image, [2]], run: (x, s) => scaleSamples(x, s) },
  {
    name: 'pad and crop',
    shapes: [image],
    run: (x) =>
      cropImage(
        padImage(
          x,
          [
            [1, 2],
            [0, 3],
          ],
          0.5,
        ),
        [
          [0, 1],
          [1, 0],
        ],
      ),
  },
];

beforeAll(async () => {
  await loadEngine({ backend: 'cpu', threads: 2, deterministic: true });
  if (hasTensorflow) await loadEngine({ backend: 'tensorflow' });
});

describe.each(cases)('$name', (testCase) => {
  test('its gradient agrees with finite differences', async () => {
    const inputs = await on('cpu', () => evaluate(testCase));
    const directional = await on('cpu', () => directionalDerivative(testCase));
    const expected = inputs.gradients.map((gradient, i) => dot(gradient, valuesOf(testCase, i, 'direction')));
    const tolerance = testCase.kinked === true ? 0.05 : 0.01;
    directional.forEach((value, i) => {
      const scale = Math.max(1, Math.abs(expected[i]!));
      expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(tolerance);
    });
  });

  testNative.each(['podium ops', 'tensorflow ops'] as const)(
    'by %s it agrees with plain ops',
    async (ops) => {
      const plain = await on('cpu', () => evaluate(testCase));
      const native = await on('tensorflow', () => withOps(ops, () => evaluate(testCase)));
      expect(native.shape).toEqual(plain.shape);
      expect(distance(native.value, plain.value)).toBeLessThan(2e-6);
      native.gradients.forEach((gradient, i) => {
        expect(distance(gradient, plain.gradients[i]!)).toBeLessThan(1e-5);
      });
    },
  );

  testBfloat16.each(['podium ops', 'tensorflow ops'] as const)(
    'in bfloat16 by %s it agrees within rounding',
    async (ops) => {
      const plain = await on('cpu', () => evaluate(testCase));
      const half = await on('tensorflow', () =>
        withOps(ops, () => withPrecision('bfloat16', () => evaluate(testCase, 'bfloat16'))),
      );
      expect(distance(half.value, plain.value)).toBeLessThan(0.01);
      half.gradients.forEach((gradient, i) => {
        // Rounding may move a value across a kink, where its slope jumps; more often where it is rounded between
        // normalization and activation too.
        const kinked = ops === 'podium ops' ? 0.05 : 0.2;
        const tolerance = testCase.kinked === true ? kinked : 0.02;
        expect(distance(gradient, plain.gradients[i]!)).toBeLessThan(tolerance);
      });
    },
  );

  test('it leaves no tensor behind', async () => {
    for (const backend of hasTensorflow ? (['cpu', 'tensorflow'] as const) : (['cpu'] as const)) {
      await on(backend, () => {
        evaluate(testCase);
        const before = tf.memory().numTensors;
        evaluate(testCase);
        expect(tf.memory().numTensors).toBe(before);
      });
    }
  });
});

testNative('numbers too small to be normal become zero on every thread', async () => {
  const values = await on('tensorflow', () =>
    tf.tidy(() => scaleSamples(tf.fill([64, 20_000], 2e-38), tf.fill([64], 0.1)).dataSync()),
  );
  expect(values.every((value) => value === 0)).toBe(true);
});

interface Evaluation {
  readonly shape: number[];
  readonly value: Float32Array;
  readonly gradients: Float32Array[];
}

/** The kernel's value, and the gradients of its product with fixed random weights. */
function evaluate(testCase: Case, precision: Precision = 'float32'): Evaluation {
  const inputs = testCase.shapes.map((shape, i) => tf.tensor(valuesOf(testCase, i), shape));
  let shape: number[] = [];
  let value = new Float32Array();
  const result = valueAndGradients(() => {
    // Not the leaves themselves: what a kernel saves must outlive its inputs.
    const middle = inputs.map((x) => tf.mul(x, 1));
    const y = testCase.run(...middle.map((x) => (x.rank > 1 ? castTo(x, precision) : x)));
    shape = y.shape;
    value = y.dataSync() as Float32Array<ArrayBuffer>;
    return weighted(y);
  }, inputs);
  const gradients = result.gradients.map((gradient) => gradient.dataSync() as Float32Array);
  tf.dispose([inputs, result.value, result.gradients]);
  return { shape, value, gradients };
}

function directionalDerivative(testCase: Case): number[] {
  const step = testCase.kinked === true ? 0.002 : 0.01;
  const at = (which: number, by: number) =>
    tf.tidy(() => {
      const inputs = testCase.shapes.map((shape, i) => {
        const x = tf.tensor(valuesOf(testCase, i), shape);
        return i === which ? tf.add(x, tf.mul(tf.tensor(valuesOf(testCase, i, 'direction'), shape), by)) : x;
      });
      return weighted(testCase.run(...inputs)).dataSync()[0]!;
    });
  return testCase.shapes.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step));
}

function weighted(y: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(y, tf.tensor(random('weights', y.size), y.shape)));
}

function valuesOf(testCase: Case, index: number, what: 'value' | 'direction' = 'value'): Float32Array {
  const size = tf.util.sizeFromShape(testCase.shapes[index]!);
  const values = random(`${what} ${index}`, size);
  return what === 'direction' ? values : values.map((value) => testCase.input?.(value, index) ?? value);
}

function random(name: string, size: number): Float32Array {
  const values = new Float32Array(size);
  Rng.fromSeed(name).fillUniform(values, -1, 1);
  return values;
}

async function on<T>(backend: 'cpu' | 'tensorflow', f: () => T): Promise<T> {
  await tf.setBackend(backend);
  return f();
}

/** Runs `f` without Podium's own ops, as on a GPU. */
function withOps<T>(ops: 'podium ops' | 'tensorflow ops', f: () => T): T {
  const native = state.native as unknown as { hasPodiumOps: boolean };
  native.hasPodiumOps = ops === 'podium ops';
  try {
    return f();
  } finally {
    native.hasPodiumOps = true;
  }
}

/** L2 norm of the difference, relative to that of the reference. */
function distance(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let norm = 0;
  expected.forEach((value, i) => {
    difference += (value - actual[i]!) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / Math.max(norm, 1e-12));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function batchNorm(activation: Activation, mode: 'train' | 'eval', shape: number[], residual = false): Case {
  const channels = shape[3]!;
  return {
    name: `batch norm ${mode} ${activation} [${shape}]`,
    shapes: [shape, [channels], [channels], ...(residual ? [shape] : [])],
    run: (x, scale, offset, shortcut) => {
      const parameters = { scale, offset, ...running(channels) };
      const options = { activation, ...(residual ? { residual: shortcut } : {}) };
      return mode === 'train'
        ? batchNormTrain(x, parameters, options).y
        : batchNormEval(x, parameters, options);
    },
    input: (value, index) => (index === 1 ? 1 + value / 2 : index === 0 ? 3 * value + 1 : value),
    kinked: activation.startsWith('relu'),
  };
}

function convolutions(): Case[] {
  const conv = (name: string, kernel: number[], options: Parameters<typeof conv2d>[2], of = image): Case => ({
    name: `conv2d ${name}`,
    shapes: [of, kernel],
    run: (x, weight) => conv2d(x, weight, options),
  });
  const depthwise = (
    name: string,
    kernel: number[],
    options: Parameters<typeof depthwiseConv2d>[2],
    of = image,
  ): Case => ({
    name: `depthwise ${name}`,
    shapes: [of, kernel],
    run: (x, weight) => depthwiseConv2d(x, weight, options),
  });
  return [
    conv('1x1', [1, 1, 6, 5], {}),
    conv('1x1 s2', [1, 1, 6, 5], { stride: 2 }),
    // Here oneDNN reads beyond the image.
    conv('1x1 s2, few channels', [1, 1, 3, 48], { stride: 2 }, [2, 8, 8, 3]),
    conv('3x3 p1', [3, 3, 6, 5], { padding: 1 }),
    conv('3x3 s2 p1', [3, 3, 6, 5], { stride: 2, padding: 1 }),
    conv('3x3 s2 same', [3, 3, 6, 5], { stride: 2, padding: 'same' }),
    conv('3x3 valid', [3, 3, 6, 5], { padding: 'valid' }),
    conv('5x3 s(1,2) p(2,0)', [5, 3, 6, 4], { stride: [1, 2], padding: [2, 0] }),
    conv('2x2 p[[0,1],[1,0]]', [2, 2, 6, 4], {
      padding: [
        [0, 1],
        [1, 0],
      ],
    }),
    conv('7x7 s2 p3', [7, 7, 6, 4], { stride: 2, padding: 3 }),
    conv('9x8: the whole image', [9, 8, 6, 4], {}),
    conv('3x3 p2 dilated 2', [3, 3, 6, 5], { padding: 2, dilation: 2 }),
    conv('3x3 s2 p2 dilated 2', [3, 3, 6, 5], { stride: 2, padding: 2, dilation: 2 }),
    conv('3x3 p1 in 2 groups', [3, 3, 3, 4], { padding: 1, groups: 2 }),
    conv('3x3 s2 p1 in 3 groups', [3, 3, 2, 6], { stride: 2, padding: 1, groups: 3 }),
    depthwise('3x3 p1', [3, 3, 6, 1], { padding: 1 }),
    depthwise('3x3 s2 p1', [3, 3, 6, 1], { stride: 2, padding: 1 }),
    depthwise('5x5 s2 same', [5, 5, 6, 1], { stride: 2, padding: 'same' }),
    depthwise('1x1 s2', [1, 1, 6, 1], { stride: 2 }),
    depthwise('3x3 s3 p[[0,2],[2,1]]', [3, 3, 6, 1], {
      stride: 3,
      padding: [
        [0, 2],
        [2, 1],
      ],
    }),
    depthwise('7x5 s(1,2) p(5,0)', [7, 5, 6, 1], { stride: [1, 2], padding: [5, 0] }),
    depthwise('3x3 p1, wide', [3, 3, 19, 1], { padding: 1 }, [2, 20, 35, 19]),
    depthwise('5x5 s2 p2, wide', [5, 5, 19, 1], { stride: 2, padding: 2 }, [2, 11, 47, 19]),
    depthwise('3x3 p1, two filters a channel', [3, 3, 6, 2], { padding: 1 }),
    depthwise('3x3 p2 dilated 2', [3, 3, 6, 1], { padding: 2, dilation: 2 }),
  ];
}
