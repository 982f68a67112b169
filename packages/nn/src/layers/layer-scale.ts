import * as tf from '@tensorflow/tfjs-core';
import { constant } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';

/** A learned factor per channel, `[...,C] -> [...,C]` (Touvron et al. 2021, CaiT; timm's `LayerScale`). */
export class LayerScale extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly features: number;
  gamma: Parameter;

  /** @param initialValue of all factors */
  constructor(features: number, initialValue = 1e-5) {
    super();
    this.features = features;
    this.gamma = new Parameter([features], constant(initialValue));
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.mul(x, this.gamma.data);
  }

  override extraRepr(): string {
    return String(this.features);
  }
}
