import { LayerScale } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { channelAffine } from './channel-affine.ts';

/** Layer scale of a map, and the shortcut after it in the same pass: `x * gamma + residual`, `[B,H,W,C] -> [B,H,W,C]`. */
export class LayerScale2d extends LayerScale {
  override call(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    return super.call(...([x, residual] as unknown as [x: tf.Tensor])) as tf.Tensor4D;
  }

  override forward(x: tf.Tensor, residual?: tf.Tensor4D): tf.Tensor4D {
    return channelAffine(x as tf.Tensor4D, this.gamma.data as tf.Tensor1D, { residual });
  }
}
