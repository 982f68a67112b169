import { type Activation, activate } from '@podium/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';

export interface MlpOptions {
  readonly hidden: number;
  /** Default: as many as the input has. */
  readonly out?: number;
  /** Default `gelu`. */
  readonly activation?: Activation;
  readonly dropRate?: number;
}

/** Two linear layers with an activation between them, `[...,C] -> [...,out]` (timm's `Mlp`). */
export class Mlp extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly activation: Activation;
  fc1: Linear;
  drop1: Dropout;
  fc2: Linear;
  drop2: Dropout;

  constructor(features: number, options: MlpOptions) {
    super();
    this.activation = options.activation ?? 'gelu';
    this.fc1 = new Linear(features, options.hidden);
    this.drop1 = new Dropout(options.dropRate ?? 0);
    this.fc2 = new Linear(options.hidden, options.out ?? features);
    this.drop2 = new Dropout(options.dropRate ?? 0);
  }

  forward(x: tf.Tensor): tf.Tensor {
    let y = this.fc1.call(x);
    y = activate(y, this.activation);
    y = this.drop1.call(y);
    y = this.fc2.call(y);
    return this.drop2.call(y);
  }

  override extraRepr(): string {
    return this.activation;
  }
}
