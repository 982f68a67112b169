import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/**
 * Adds a bias per channel, `[...,C] + [C] -> [...,C]`, in the precision of `x`; the bias and its gradient are float32.
 *
 * Versions: TensorFlow.js ops on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 *
 * @throws PodiumError `engine-shape` if the bias does not have one value per channel
 */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  if (x.rank === 0 || bias.rank !== 1 || bias.shape[0] !== x.shape.at(-1)) {
    throw new PodiumError({
      code: 'engine-shape',
      message: `bias for [${x.shape}]`,
      expected: `[${x.shape.at(-1) ?? ''}]`,
      got: `[${bias.shape}]`,
    });
  }
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true) return tf.add(x, bias);
  const type = backend.typeOf(x);
  const attributes = [typeAttr('T', type)];
  return differentiable(
    { x, bias },
    () => backend.runOne('PodiumBias', attributes, [x, backend.toType(bias, TfType.float)]),
    (dy) => {
      const gradient = backend.toType(dy, type);
      return {
        x: () => gradient.clone(),
        bias: () => backend.runOne('PodiumBiasGrad', attributes, [gradient]),
      };
    },
  ) as T;
}
