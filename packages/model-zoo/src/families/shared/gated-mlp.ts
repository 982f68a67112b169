import { activate } from '@podium/engine';
import { LayerNorm, Linear, linear, Mlp, Module } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Slope of QuickGELU's sigmoid. */
const SLOPE = 1.702;

/** A linear layer whose weight is multiplied by a constant, and its bias by another. */
class ConstantlyScaledLinear extends Linear {
  readonly weightScale: number;
  readonly biasScale: number;

  constructor(inFeatures: number, outFeatures: number, weightScale: number, biasScale: number) {
    super(inFeatures, outFeatures);
    this.weightScale = weightScale;
    this.biasScale = biasScale;
  }

  override forward(x: tf.Tensor): tf.Tensor {
    const weight = tf.mul(this.weight.data, this.weightScale);
    return linear(x, weight, tf.mul(this.bias!.data, this.biasScale));
  }
}

/**
 * An MLP with QuickGELU, `x sigmoid(1.702 x)`, `[...,C] -> [...,C]` (Radford et al. 2021, arXiv 2103.00020). It is
 * `silu(1.702 x) / 1.702`, and both factors go into the weights, which saves passes over the activations.
 */
export class QuickGeluMlp extends Mlp {
  constructor(features: number, hidden: number) {
    super(features, { hidden, activation: 'silu' });
    this.fc1 = new ConstantlyScaledLinear(features, hidden, SLOPE, SLOPE);
    this.fc2 = new ConstantlyScaledLinear(hidden, features, 1 / SLOPE, 1);
  }
}

/**
 * `fc2(silu(gate) * value)`, `[...,C] -> [...,C]`, with gate and value from one linear layer (SwiGLU: Shazeer 2020, arXiv
 * 2002.05202; timm's `SwiGLUPacked`).
 */
export class PackedSwiGlu extends Module<[x: tf.Tensor], tf.Tensor> {
  fc1: Linear;
  fc2: Linear;

  /** @param hidden features of gate and of value */
  constructor(features: number, hidden: number) {
    super();
    this.fc1 = new Linear(features, 2 * hidden);
    this.fc2 = new Linear(hidden, features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const both = this.fc1.call(x);
    const [gate, value] = tf.split(both, 2, -1) as [tf.Tensor, tf.Tensor];
    return this.fc2.call(tf.mul(activate(gate, 'silu'), value));
  }
}

/** The same with separate layers, and optionally a norm before the last one (timm's `SwiGLU`). */
export class SwiGlu extends Module<[x: tf.Tensor], tf.Tensor> {
  fc1_g: Linear;
  fc1_x: Linear;
  norm: LayerNorm | null;
  fc2: Linear;

  /** @param normEpsilon of the norm; default: no norm */
  constructor(features: number, hidden: number, normEpsilon?: number) {
    super();
    this.fc1_g = new Linear(features, hidden);
    this.fc1_x = new Linear(features, hidden);
    this.norm = normEpsilon === undefined ? null : new LayerNorm(hidden, { epsilon: normEpsilon });
    this.fc2 = new Linear(hidden, features);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const gate = this.fc1_g.call(x);
    let y: tf.Tensor = this.fc1_x.call(x);
    y = tf.mul(activate(gate, 'silu'), y);
    if (this.norm !== null) y = this.norm.call(y);
    return this.fc2.call(y);
  }
}
