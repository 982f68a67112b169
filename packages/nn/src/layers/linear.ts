import { matMul } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { biasFor, kaimingUniform } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { needShape } from './need-shape.ts';

/**
 * `[...,in] -> [...,out]`, `x weight^T + bias` (`torch.nn.Linear`); the result is float32. A factor for each output,
 * `[out]`, goes into weight and bias, which costs no pass over the activations: a layer scale that follows.
 */
export class Linear extends Module<[x: tf.Tensor, factors?: tf.Tensor1D], tf.Tensor> {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** `[out,in]` */
  weight: Parameter;
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { readonly bias?: boolean } = {}) {
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const shape = [outFeatures, inFeatures];
    this.weight = new Parameter(shape, kaimingUniform({ slope: Math.sqrt(5) }));
    this.bias = options.bias === false ? null : new Parameter([outFeatures], biasFor(shape));
  }

  forward(x: tf.Tensor, factors?: tf.Tensor1D): tf.Tensor {
    needShape('Linear', x, x.rank > 0 && x.shape.at(-1) === this.inFeatures, `[...,${this.inFeatures}]`);
    const rows = x.rank === 2 ? x : tf.reshape(x, [x.size / this.inFeatures, this.inFeatures]);
    const weight =
      factors === undefined ? this.weight.data : tf.mul(this.weight.data, tf.expandDims(factors, 1));
    const product = matMul(rows, weight, { transposeB: true });
    const bias =
      this.bias === null || factors === undefined ? this.bias?.data : tf.mul(this.bias.data, factors);
    const y = bias === undefined ? product : tf.add(product, bias);
    return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), this.outFeatures]);
  }

  override extraRepr(): string {
    return `${this.inFeatures}, ${this.outFeatures}${this.bias === null ? ', bias=false' : ''}`;
  }
}
