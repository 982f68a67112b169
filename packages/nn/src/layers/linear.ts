import { matMul } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { biasFor, kaimingUniform } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { assertShape } from './assert-shape.ts';

/** `[...,in] -> [...,out]`, `x weight^T + bias` (`torch.nn.Linear`). The result is float32. */
export class Linear extends Module<[x: tf.Tensor], tf.Tensor> {
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

  forward(x: tf.Tensor): tf.Tensor {
    return linear(x, this.weight.data, this.bias?.data);
  }

  override extraRepr(): string {
    return `${this.inFeatures}, ${this.outFeatures}${this.bias === null ? ', bias=false' : ''}`;
  }
}

/**
 * `x weight^T + bias`, `[...,in] -> [...,out]` (`torch.nn.functional.linear`). The result is float32.
 *
 * @param weight `[out,in]`
 * @param bias `[out]`
 * @throws PodiumError `nn-shape` if the last axis of `x` has another length
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  assertShape('Linear', x, x.rank > 0 && x.shape.at(-1) === inFeatures, `[...,${inFeatures}]`);
  const rows = x.rank === 2 ? x : tf.reshape(x, [x.size / inFeatures, inFeatures]);
  const product = matMul(rows, weight, { transposeB: true });
  const y = bias === undefined ? product : tf.add(product, bias);
  return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), outFeatures]);
}
