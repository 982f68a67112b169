import { dropout, dropPath } from '@podium/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.ts';
import { currentRng } from '../random.ts';

/** In training, sets values to zero with probability `rate` and scales up the rest, for any shape (`torch.nn.Dropout`). */
export class Dropout extends Module<[x: tf.Tensor], tf.Tensor> {
  rate: number;

  constructor(rate = 0.5) {
    super();
    this.rate = rate;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.training && this.rate > 0 ? dropout(x, this.rate, currentRng()) : x;
  }

  override extraRepr(): string {
    return String(this.rate);
  }
}

/** Stochastic depth for a residual branch: in training, sets whole samples to zero, for any shape (Huang et al. 2016). */
export class DropPath extends Module<[x: tf.Tensor], tf.Tensor> {
  rate: number;

  constructor(rate = 0) {
    super();
    this.rate = rate;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.training && this.rate > 0 ? dropPath(x, this.rate, currentRng()) : x;
  }

  override extraRepr(): string {
    return String(this.rate);
  }
}
