// Layers that only MetaFormer uses: Yu et al. 2022 (arXiv 2210.13452).
import { averagePool2d, differentiable, layerNorm } from '@podium/engine';
import { init, Module, Parameter } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Normalizes over the channels of each position without a bias, `[B,H,W,C] -> [B,H,W,C]`. */
export class LayerNormNoBias extends Module {
  readonly isNorm = true;
  readonly epsilon: number;
  weight: Parameter;

  constructor(channels: number, epsilon: number) {
    super();
    this.epsilon = epsilon;
    this.weight = new Parameter([channels], init.ones);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const weight = this.weight.data as tf.Tensor1D;
    return layerNorm(x, weight, tf.zeros(weight.shape), { epsilon: this.epsilon });
  }
}

/** Normalizes over all positions and channels without a bias, `[B,H,W,C] -> [B,H,W,C]`. */
export class GroupNormNoBias extends Module {
  readonly isNorm = true;
  readonly epsilon: number;
  weight: Parameter;

  constructor(channels: number, epsilon: number) {
    super();
    this.epsilon = epsilon;
    this.weight = new Parameter([channels], init.ones);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const centered = tf.sub(x, tf.mean(x, [1, 2, 3], true));
    const variance = tf.mean(tf.square(centered), [1, 2, 3], true);
    const scale = tf.mul(tf.rsqrt(tf.add(variance, this.epsilon)), this.weight.data);
    return tf.mul(centered, scale);
  }
}

/** `scale relu(x)^2 + bias` with a learned factor and a learned bias, for any shape. */
export class StarRelu extends Module<[x: tf.Tensor], tf.Tensor> {
  /** `[1]` */
  scale: Parameter;
  /** `[1]` */
  bias: Parameter;

  constructor() {
    super();
    this.scale = new Parameter([1], init.ones);
    this.bias = new Parameter([1], init.zeros);
  }

  /** Only the input is kept for the gradient, none of the steps. */
  forward(x: tf.Tensor): tf.Tensor {
    return differentiable(
      { x, scale: this.scale.data, bias: this.bias.data },
      (save) => {
        const [scale, bias] = [this.scale.data, this.bias.data];
        save([x, scale]);
        return tf.add(tf.mul(tf.square(tf.relu(x)), scale), bias);
      },
      (dy, [input, scale]) => ({
        x: () => tf.mul(tf.mul(dy, tf.relu(input!)), tf.mul(scale!, 2)),
        scale: () => tf.reshape(tf.sum(tf.mul(dy, tf.square(tf.relu(input!)))), [1]),
        bias: () => tf.reshape(tf.sum(dy), [1]),
      }),
    );
  }
}

/** A learned factor per channel, `[...,C] -> [...,C]`. */
export class Scale extends Module<[x: tf.Tensor], tf.Tensor> {
  scale: Parameter;

  constructor(channels: number, initial: number) {
    super();
    this.scale = new Parameter([channels], init.constant(initial));
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.mul(x, this.scale.data);
  }
}

/** The mean of 3x3 positions minus the middle one. */
export class Pooling extends Module {
  forward(x: tf.Tensor4D): tf.Tensor4D {
    const means = averagePool2d(x, { kernelSize: 3, stride: 1, padding: 1, countIncludePad: false });
    return tf.sub(means, x) as tf.Tensor4D;
  }
}
