import {
  Activation,
  BatchNorm2d,
  convolutionOf,
  DropPath,
  identityKernel,
  type Kernel,
  kernelOf,
  Module,
  ModuleList,
  type Reparameterizable,
  Sequential,
  SqueezeExcite,
  summed,
} from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import { ConvBnAct, type ConvBnActOptions } from './conv-bn-act.ts';

/** Convolution that keeps the size, batch norm and shortcut, under the names `conv` and `bn`. */
export class ConvBn extends ConvBnAct {
  constructor(
    from: number,
    to: number,
    kernel: number,
    options: Pick<ConvBnActOptions, 'stride' | 'groups'> = {},
  ) {
    super(from, to, kernel, { ...options, activation: 'linear' });
  }

  kernel(): Kernel {
    return kernelOf(this.conv, this.bn);
  }
}

export interface MobileOneOptions {
  readonly stride?: number;
  readonly groups?: number;
  /** A 1x1 convolution beside larger ones. Default true. */
  readonly scaleBranch?: boolean;
  /** Convolutions of the full size. Default 1. */
  readonly branches?: number;
  /** Channels of a gate before the activation. Default: no gate. */
  readonly gate?: number;
  /** Attribute that holds the gate. Default `se`. */
  readonly gateName?: 'se' | 'attn';
  /** Stochastic depth of all branches but the shortcut. Default 0. */
  readonly dropPathRate?: number;
  readonly activation?: 'gelu' | 'relu';
}

/**
 * Convolutions of full size, a 1x1 convolution and a shortcut, each with a batch norm, then gate and activation,
 * `[B,H,W,C] -> [B,H',W',K]`. One convolution in the inference form (MobileOne: Vasu et al. 2023, arXiv 2206.04040).
 */
export class MobileOneBlock extends Module implements Reparameterizable {
  se: SqueezeExcite | null;
  attn: SqueezeExcite | null;
  identity: BatchNorm2d | null;
  conv_kxk: ModuleList;
  conv_scale: ConvBn | null;
  act: Activation | null;
  drop_path: DropPath | null;

  constructor(from: number, to: number, kernel: number, options: MobileOneOptions = {}) {
    super();
    const { stride = 1, groups = 1, scaleBranch = true, branches = 1, activation } = options;
    const { gate, gateName = 'se', dropPathRate = 0 } = options;
    const makeGate = (name: 'se' | 'attn') =>
      gate === undefined || gateName !== name ? null : new SqueezeExcite(to, { reduced: gate });
    this.se = makeGate('se');
    this.attn = makeGate('attn');
    this.identity = from === to && stride === 1 ? new BatchNorm2d(from) : null;
    this.conv_kxk = new ModuleList(
      Array.from({ length: branches }, () => new ConvBn(from, to, kernel, { stride, groups })) as never[],
    );
    this.conv_scale = kernel > 1 && scaleBranch ? new ConvBn(from, to, 1, { stride, groups }) : null;
    this.act = activation === undefined ? null : new Activation(activation);
    this.drop_path = this.identity !== null && dropPathRate > 0 ? new DropPath(dropPathRate) : null;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let y = this.mix(x);
    const gate = this.se ?? this.attn;
    if (gate !== null) y = gate.call(y);
    return this.act === null ? y : (this.act.call(y) as tf.Tensor4D);
  }

  /** The sum of all branches. Each norm adds the branches before it. */
  private mix(x: tf.Tensor4D): tf.Tensor4D {
    const drops = this.drop_path !== null && this.training;
    let y = drops ? undefined : this.identity?.call(x);
    for (const branch of this.branches()) y = branch.call(x, y);
    return drops ? this.identity!.call(x, this.drop_path!.call(y!) as tf.Tensor4D) : y!;
  }

  reparameterize(): Module<[x: tf.Tensor], tf.Tensor> {
    const conv = convolutionOf(() => this.kernel(), this.full().conv);
    return new Sequential({
      reparam_conv: conv,
      ...(this.se !== null && { se: this.se.clone() }),
      ...(this.attn !== null && { attn: this.attn.clone() }),
      ...(this.act !== null && { act: this.act.clone() }),
    });
  }

  /** All branches as one kernel, before gate and activation. */
  kernel(): Kernel {
    const kernels = this.branches().map((branch) => branch.kernel());
    return summed(
      this.identity === null ? kernels : [...kernels, identityKernel(this.full().conv, this.identity)],
    );
  }

  private full(): ConvBn {
    return this.conv_kxk.items[0] as unknown as ConvBn;
  }

  private branches(): ConvBn[] {
    const full = this.conv_kxk.items as unknown as ConvBn[];
    return this.conv_scale === null ? full : [this.conv_scale, ...full];
  }
}
