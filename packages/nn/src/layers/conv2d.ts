import { PodiumError } from '@podium/core';
import { addBias, conv2d, depthwiseConv2d, type Padding, type Pair } from '@podium/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { biasFor, type Initializer, kaimingUniform } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { assertShape } from './assert-shape.ts';

export interface Conv2dOptions {
  readonly stride?: Pair;
  /** Symmetric as in PyTorch, per side, or TensorFlow's `same` (timm's tf_ models). Default 0. */
  readonly padding?: Padding;
  readonly dilation?: Pair;
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  readonly init?: Initializer;
}

/**
 * `[B,H,W,C] -> [B,H',W',K]` (`torch.nn.Conv2d`). The weight is `[kh,kw,C/groups,K]` here and `[K,C/groups,kh,kw]` in
 * checkpoints. With one input channel per group it is a depthwise convolution and runs on its own kernels.
 */
export class Conv2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions = {}) {
    super();
    const { groups = 1 } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new PodiumError({
        code: 'nn-groups',
        message: `a convolution from ${inChannels} to ${outChannels} channels`,
        expected: 'a number of groups that divides both',
        got: String(groups),
      });
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize =
      typeof kernelSize === 'number' ? [kernelSize, kernelSize] : [kernelSize[0], kernelSize[1]];
    this.stride = options.stride ?? 1;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.groups = groups;
    const shape = [outChannels, inChannels / groups, ...this.kernelSize];
    const init = options.init ?? kaimingUniform({ slope: Math.sqrt(5) });
    const layout =
      groups > 1 && groups === inChannels
        ? ({ layout: 'depthwise', groups } as const)
        : ({ layout: 'conv' } as const);
    this.weight = new Parameter(shape, init, layout);
    this.bias = options.bias === false ? null : new Parameter([outChannels], biasFor(shape));
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    assertShape('Conv2d', x, x.rank === 4 && x.shape[3] === this.inChannels, `[B,H,W,${this.inChannels}]`);
    const { stride, padding, dilation, groups } = this;
    const weight = this.weight.data as tf.Tensor4D;
    const y =
      this.weight.layout === 'depthwise'
        ? depthwiseConv2d(x, weight, { stride, padding, dilation })
        : conv2d(x, weight, { stride, padding, dilation, groups });
    return this.bias === null ? y : addBias(y, this.bias.data as tf.Tensor1D);
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias } = this;
    const parts = [`${inChannels}, ${outChannels}`, `kernelSize=${kernelSize.join('x')}`];
    if (stride !== 1) parts.push(`stride=${stride}`);
    if (padding !== 0) parts.push(`padding=${padding}`);
    if (dilation !== 1) parts.push(`dilation=${dilation}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push('bias=false');
    return parts.join(', ');
  }
}
