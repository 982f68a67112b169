import { layerNorm } from '@podium/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { ones, zeros } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { assertShape } from './assert-shape.ts';

export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5; timm's transformers and ConvNeXt use 1e-6. */
  readonly epsilon?: number;
}

/** Normalizes over the last axis, `[...,C] -> [...,C]` (`torch.nn.LayerNorm` over one axis). */
export class LayerNorm extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly isNorm = true;
  readonly features: number;
  readonly epsilon: number;
  weight: Parameter;
  bias: Parameter;

  constructor(features: number, options: LayerNormOptions = {}) {
    super();
    this.features = features;
    this.epsilon = options.epsilon ?? 1e-5;
    this.weight = new Parameter([features], ones);
    this.bias = new Parameter([features], zeros);
  }

  forward(x: tf.Tensor): tf.Tensor {
    assertShape(this.constructor.name, x, x.shape.at(-1) === this.features, `[...,${this.features}]`);
    const { epsilon } = this;
    return layerNorm(x, this.weight.data as tf.Tensor1D, this.bias.data as tf.Tensor1D, { epsilon });
  }

  override extraRepr(): string {
    return `${this.features}${this.epsilon === 1e-5 ? '' : `, epsilon=${this.epsilon}`}`;
  }
}

/**
 * Normalizes over the channels of each position, `[B,H,W,C] -> [B,H,W,C]` (timm's `LayerNorm2d`). Channels come last here,
 * so it is {@link LayerNorm} under the name that ConvNeXt's trees print.
 */
export class LayerNorm2d extends LayerNorm {}
