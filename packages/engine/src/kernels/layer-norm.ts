import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { floatAttr, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance. Default: 1e-5, as in PyTorch; timm's transformers use 1e-6. */
  readonly epsilon?: number;
}

/**
 * Layer normalization over the last axis, `[...,C] -> [...,C]` (`torch.nn.functional.layer_norm` over one axis), with
 * `scale` and `offset` `[C]`. Over the channels of an image it is ConvNeXt's LayerNorm2d. Statistics are float32.
 *
 * Versions: `reference`, TensorFlow.js ops on any backend, and Podium's op on TensorFlow for CPUs.
 *
 * @throws PodiumError `engine-shape` if scale or offset are not `[C]`
 */
export function layerNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  { epsilon = 1e-5 }: LayerNormOptions = {},
): T {
  const channels = x.shape.at(-1);
  if (scale.shape[0] !== channels || offset.shape[0] !== channels) {
    throw new PodiumError({
      code: 'engine-shape',
      message: `layer norm over [${x.shape}]`,
      expected: `scale and offset [${channels}]`,
      got: `[${scale.shape}] and [${offset.shape}]`,
    });
  }
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true) return reference(x, scale, offset, epsilon);
  const type = backend.typeOf(x);
  const typed = typeAttr('T', type);
  return differentiable(
    { x, scale, offset },
    (save) => {
      const attributes = [typed, floatAttr('epsilon', epsilon)];
      const [y, mean, inverse] = backend.run('PodiumLayerNorm', attributes, [x, scale, offset], 3) as Three;
      save([x, scale, mean, inverse]);
      return y;
    },
    (dy, saved) => {
      const inputs = [backend.toType(dy, type), ...saved];
      const [dx, dScale, dOffset] = backend.run('PodiumLayerNormGrad', [typed], inputs, 3) as Three;
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  ) as T;
}

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];

function reference<T extends tf.Tensor>(x: T, scale: tf.Tensor, offset: tf.Tensor, epsilon: number): T {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return tf.add(tf.mul(tf.mul(centered, inverse), scale), offset);
}
