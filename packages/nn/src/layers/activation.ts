import { activate, type Activation as Kind } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.ts';

/** One of the engine's activations, for any shape, with PyTorch's gradients. */
export class Activation extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly kind: Kind;

  constructor(kind: Kind) {
    super();
    this.kind = kind;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return activate(x, this.kind);
  }

  override extraRepr(): string {
    return this.constructor === Activation ? this.kind : '';
  }
}

export class ReLU extends Activation {
  constructor() {
    super('relu');
  }
}

export class ReLU6 extends Activation {
  constructor() {
    super('relu6');
  }
}

export class SiLU extends Activation {
  constructor() {
    super('silu');
  }
}

export class Hardswish extends Activation {
  constructor() {
    super('hardSwish');
  }
}

export class Hardsigmoid extends Activation {
  constructor() {
    super('hardSigmoid');
  }
}

export class GELU extends Activation {
  constructor(approximate: 'none' | 'tanh' = 'none') {
    super(approximate === 'tanh' ? 'geluTanh' : 'gelu');
  }
}

export class Sigmoid extends Module<[x: tf.Tensor], tf.Tensor> {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.sigmoid(x);
  }
}

export class Tanh extends Module<[x: tf.Tensor], tf.Tensor> {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tanh(x);
  }
}
