import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { TfType, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/**
 * Multiplies each channel of each image by a factor, `[B,H,W,C] * [B,C] -> [B,H,W,C]`: the last step of a
 * squeeze-and-excitation block. Factors are float32 in any precision; gradients flow to both inputs.
 *
 * Versions: TensorFlow.js ops on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 *
 * @throws PodiumError `engine-shape` if the factors are not `[B,C]`
 */
export function scaleChannels(x: tf.Tensor4D, factors: tf.Tensor2D): tf.Tensor4D {
  return scale(x, factors, `[${x.shape[0]},${x.shape[3]}]`);
}

/** Multiplies each sample by a factor, `[B,...] * [B] -> [B,...]`. Otherwise as {@link scaleChannels}. */
export function scaleSamples<T extends tf.Tensor>(x: T, factors: tf.Tensor1D): T {
  return scale(x, tf.expandDims(factors, 1), `[${x.shape[0]},1]`);
}

function scale<T extends tf.Tensor>(x: T, factors: tf.Tensor2D, expected: string): T {
  if (`[${factors.shape}]` !== expected) {
    throw new PodiumError({
      code: 'engine-shape',
      message: `factors for [${x.shape}]`,
      expected,
      got: `[${factors.shape}]`,
    });
  }
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true || x.rank < 2) {
    const [batch, columns] = factors.shape;
    const ones = x.shape.slice(1).map(() => 1);
    return tf.mul(x, tf.reshape(factors, [batch, ...ones.slice(0, -1), columns].slice(0, x.rank)));
  }
  const type = backend.typeOf(x);
  const attributes = [typeAttr('T', type)];
  return differentiable(
    { x, factors },
    (save) => {
      const inputs = [x, backend.toType(factors, TfType.float)];
      save(inputs);
      return backend.runOne('PodiumScale', attributes, inputs);
    },
    (dy, [input, by]) => {
      const gradient = backend.toType(dy, type);
      return {
        x: () => backend.runOne('PodiumScale', attributes, [gradient, by!]),
        factors: () => backend.runOne('PodiumScaleGrad', attributes, [gradient, input, by] as tf.Tensor[]),
      };
    },
  ) as T;
}
