import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  type Activation,
  activate,
  averagePool2d,
  type BatchNormTrained,
  batchNormEval,
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  layerNorm,
  loadEngine,
  maxPool2d,
  softmaxCrossEntropy,
  valueAndGradients,
} from '../../src/index.ts';
import { hasTensorflow } from '../native.ts';

interface Values {
  readonly shape: number[];
  readonly values: number[];
}

interface Case {
  readonly kernel: keyof typeof kernels;
  // biome-ignore lint/suspicious/noExplicitAny: the kernels' own options, as the file has them
  readonly options: any;
  readonly inputs: Record<string, Values>;
  readonly output: Values;
  readonly weights: Values;
  readonly gradients: Record<string, Values>;
  readonly extra?: Record<string, Values>;
}

type Tensors = Record<string, tf.Tensor>;

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'torch.json'), 'utf8')) as {
  cases: Case[];
};

let running: BatchNormTrained | undefined;

/** Each takes and returns tensors in PyTorch's layout. */
const kernels = {
  conv2d: ({ x, weight }: Tensors, options: Case['options']) => {
    const channels = x!.shape[1]!;
    const { groups, ...rest } = options;
    if (groups < channels || channels === 1) {
      return toTorch(conv2d(fromTorch(x), filterFromTorch(weight), options));
    }
    // Depthwise filters are [C*m,1,kh,kw] in PyTorch and [kh,kw,C,m] here.
    const [filters, , kh, kw] = weight!.shape as [number, number, number, number];
    const multiplier = filters / channels;
    const perChannel = tf.reshape(weight!, [channels, multiplier, kh, kw]);
    const depthwise = tf.transpose(perChannel, [2, 3, 0, 1]) as tf.Tensor4D;
    return toTorch(depthwiseConv2d(fromTorch(x), depthwise, rest));
  },
  activate: ({ x }: Tensors, options: { activation: Activation }) => activate(x!, options.activation),
  batchNorm: ({ x, scale, offset }: Tensors, options: Case['options']) => {
    const parameters = {
      scale: scale as tf.Tensor1D,
      offset: offset as tf.Tensor1D,
      runningMean: tf.tensor1d(options.mean.values),
      runningVariance: tf.tensor1d(options.variance.values),
    };
    if (!options.training) return toTorch(batchNormEval(fromTorch(x), parameters, options));
    running = batchNormTrain(fromTorch(x), parameters, options);
    expectClose(running.runningMean, options.after.mean, 1e-6);
    expectClose(running.runningVariance, options.after.variance, 1e-6);
    return toTorch(running.y);
  },
  layerNorm: ({ x, scale, offset }: Tensors, options: Case['options']) =>
    layerNorm(x!, scale as tf.Tensor1D, offset as tf.Tensor1D, options),
  maxPool2d: ({ x }: Tensors, options: Case['options']) => toTorch(maxPool2d(fromTorch(x), options)),
  averagePool2d: ({ x }: Tensors, options: Case['options']) => toTorch(averagePool2d(fromTorch(x), options)),
  softmaxCrossEntropy: ({ logits, targets }: Tensors) =>
    softmaxCrossEntropy(logits as tf.Tensor2D, targets as tf.Tensor2D),
};

describe.each(hasTensorflow ? (['tensorflow', 'cpu'] as const) : (['cpu'] as const))(
  'PyTorch on %s',
  (backend) => {
    test.each(cases.map((testCase, i) => [i, testCase.kernel, brief(testCase.options), testCase] as const))(
      '%i %s %s',
      async (_index, kernel, _options, testCase) => {
        await loadEngine({ backend, threads: 2 });
        tf.tidy(() => {
          const names = Object.keys(testCase.inputs);
          const inputs = names.map((name) => tensorOf(testCase.inputs[name]!));
          const byName = Object.fromEntries(names.map((name, i) => [name, inputs[i]!]));
          const options = { ...testCase.options, after: testCase.extra };
          const { gradients } = valueAndGradients(() => {
            const run = kernels[kernel] as (inputs: Tensors, options: unknown) => tf.Tensor;
            const output = run(byName, options);
            expectClose(output, testCase.output, 2e-6);
            return tf.sum(tf.mul(output, tensorOf(testCase.weights)));
          }, inputs);
          names.forEach((name, i) => {
            expectClose(gradients[i]!, testCase.gradients[name]!, 5e-6);
          });
        });
      },
    );
  },
);

/** Absolute difference, relative to the largest value or 1. */
function expectClose(actual: tf.Tensor, expected: Values, tolerance: number): void {
  expect(actual.shape).toEqual(expected.shape);
  const values = actual.dataSync();
  const scale = Math.max(1, ...expected.values.map(Math.abs));
  const worst = Math.max(...expected.values.map((value, i) => Math.abs(value - values[i]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}

function tensorOf({ values, shape }: Values): tf.Tensor {
  return tf.tensor(values, shape);
}

function fromTorch(x: tf.Tensor | undefined): tf.Tensor4D {
  return tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]);
}

function toTorch(x: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(x, [0, 3, 1, 2]);
}

function filterFromTorch(weight: tf.Tensor | undefined): tf.Tensor4D {
  return tf.transpose(weight as tf.Tensor4D, [2, 3, 1, 0]);
}

function brief(options: Case['options']): string {
  const { mean: _mean, variance: _variance, ...rest } = options;
  return JSON.stringify(rest);
}
