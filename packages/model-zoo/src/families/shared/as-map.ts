import * as tf from '@tensorflow/tfjs-core';

/** Tokens `[B,N,C]` as a map `[B,N,1,C]`, so that they pool like one; maps as they are. */
export function asMap(features: tf.Tensor): tf.Tensor4D {
  return (features.rank === 4 ? features : tf.expandDims(features, 2)) as tf.Tensor4D;
}

/** A map as tokens, `[B,H,W,C] -> [B,H W,C]`. */
export function asTokens(map: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = map.shape;
  return tf.reshape(map, [batch, height * width, channels]);
}
