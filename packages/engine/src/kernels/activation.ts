import * as tf from '@tensorflow/tfjs-core';
import { intAttr, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/** Names of activations. Their order defines their numbers in native/ops/activation.h. */
export const activations = [
  'linear',
  'relu',
  'relu6',
  'silu',
  'hardSwish',
  'hardSigmoid',
  'gelu',
  'geluTanh',
] as const;
/** Name of an activation function. */
export type Activation = (typeof activations)[number];

/**
 * Applies an activation by name, to any shape, in the precision of `x`. Values and derivatives are PyTorch's, also at
 * kinks.
 *
 * Versions: TensorFlow.js ops on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 */
export function activate<T extends tf.Tensor>(x: T, activation: Activation): T {
  if (activation === 'linear') return x;
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true) return reference[activation](x) as T;
  const type = backend.typeOf(x);
  const attributes = [typeAttr('T', type), intAttr('activation', activations.indexOf(activation))];
  return differentiable(
    { x },
    (save) => {
      save([x]);
      return backend.runOne('PodiumActivation', attributes, [x]);
    },
    (dy, [input]) => ({
      x: () => {
        const gradient = backend.toType(dy, type);
        return backend.runOne('PodiumActivationGrad', attributes, [gradient, input!]);
      },
    }),
  ) as T;
}

const reference: Readonly<Record<Exclude<Activation, 'linear'>, (x: tf.Tensor) => tf.Tensor>> = {
  relu: tf.relu,
  relu6: (x) => withSlope(x, tf.relu6, (input) => between(input, 0, 6)),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  hardSwish: (x) =>
    withSlope(
      x,
      (input) => tf.mul(input, hardSigmoidOf(input)),
      (input) => {
        const inside = tf.mul(between(input, -3, 3), tf.add(tf.mul(input, 1 / 3), 0.5));
        return tf.add(inside, tf.cast(tf.greaterEqual(input, 3), 'float32'));
      },
    ),
  hardSigmoid: (x) => withSlope(x, hardSigmoidOf, (input) => tf.mul(between(input, -3, 3), 1 / 6)),
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  geluTanh: (x) => {
    const cubic = tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715));
    return tf.mul(x, tf.sigmoid(tf.mul(cubic, 2 * Math.sqrt(2 / Math.PI))));
  },
};

/** For functions with a kink, where TensorFlow.js's derivative differs from PyTorch's. */
function withSlope(
  x: tf.Tensor,
  value: (x: tf.Tensor) => tf.Tensor,
  slope: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return differentiable(
    { x },
    (save) => {
      save([x]);
      return value(x);
    },
    (dy, [input]) => ({ x: () => tf.mul(dy, slope(input!)) }),
  );
}

function hardSigmoidOf(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6);
}

/** 1 where `low < x < high`, else 0. */
function between(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return tf.cast(tf.logicalAnd(tf.greater(x, low), tf.less(x, high)), 'float32');
}
