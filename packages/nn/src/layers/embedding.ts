import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';

/** A learned vector per whole number below `count`, `[...] int32 -> [...,features]` (`torch.nn.Embedding`). */
export class Embedding extends Module<[indices: tf.Tensor], tf.Tensor> {
  readonly count: number;
  readonly features: number;
  weight: Parameter;

  constructor(count: number, features: number) {
    super();
    this.count = count;
    this.features = features;
    this.weight = new Parameter([count, features], normal());
  }

  forward(indices: tf.Tensor): tf.Tensor {
    return tf.gather(this.weight.data, indices as tf.Tensor1D);
  }

  override extraRepr(): string {
    return `${this.count}, ${this.features}`;
  }
}
