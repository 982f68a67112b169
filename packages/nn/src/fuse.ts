import {
  type Activation as ActivationKind,
  fusedConv2d,
  metaTensor,
  onMeta,
  readValues,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { Activation } from './layers/activation.ts';
import { BatchNorm2d } from './layers/batch-norm2d.ts';
import { Identity } from './layers/containers.ts';
import { Conv2d } from './layers/conv2d.ts';
import { type AnyModule, listenToCalls, Module } from './module.ts';
import { Parameter } from './parameter.ts';

/**
 * A convolution with the batch norm, shortcut and activation that followed it, in one pass over memory:
 * `activation(conv(x) + bias + residual)`. For inference; made by {@link fuse}.
 */
export class FusedConv2d extends Module<[x: tf.Tensor4D, residual?: tf.Tensor4D]> {
  readonly conv: Conv2d;
  readonly activation: ActivationKind;
  bias: Parameter;

  constructor(conv: Conv2d, bias: Float32Array, activation: ActivationKind) {
    super();
    this.conv = conv;
    this.activation = activation;
    this.bias = new Parameter([bias.length], () => bias, { requiresGrad: false });
  }

  forward(x: tf.Tensor4D, residual?: tf.Tensor4D): tf.Tensor4D {
    const { stride, padding, dilation, groups, weight } = this.conv;
    return fusedConv2d(x, weight.data as tf.Tensor4D, this.bias.data as tf.Tensor1D, {
      stride,
      padding,
      dilation,
      activation: this.activation,
      ...(weight.layout === 'depthwise' ? { depthwise: true } : { groups }),
      residual,
    });
  }

  override extraRepr(): string {
    return this.activation;
  }
}

/**
 * The inference form of a network: a copy in which batch norms, and activations that are modules of their own, are folded
 * into the convolutions before them. Gives the same numbers up to rounding, faster; cannot be trained.
 *
 * Which module follows which is found by running the network on shapes alone. A convolution is fused with what reads its
 * output first; a network that reads that output a second time, outside of any module, is not for this function.
 *
 * @param inputShape of some input that the network takes: `[1,H,W,C]`
 */
export function fuse<M extends AnyModule>(module: M, inputShape: readonly number[]): M {
  const fused = module.clone().eval();
  for (const chain of findChains(fused, inputShape)) fold(fused, chain);
  fused.requiresGrad_(false);
  return fused;
}

/** A convolution, and what comes directly after it. */
interface Chain {
  readonly conv: Conv2d;
  readonly norm?: BatchNorm2d;
  readonly activation?: Activation;
  /** Whether the norm was given a shortcut: then it has to stay the last. */
  readonly hasShortcut?: boolean;
}

function findChains(module: AnyModule, inputShape: readonly number[]): Chain[] {
  const chainEndingIn = new Map<number, Chain>();
  const calls = new Map<AnyModule, number>();
  const open: { module: AnyModule; inputs: readonly unknown[] }[] = [];
  const hear = {
    enter: (called: AnyModule, inputs: readonly unknown[]) => {
      open.push({ module: called, inputs });
      calls.set(called, (calls.get(called) ?? 0) + 1);
    },
    leave: (called: AnyModule, output: unknown) => {
      const { inputs } = open.pop()!;
      if (!(output instanceof tf.Tensor)) return;
      const before = inputs[0] instanceof tf.Tensor ? chainEndingIn.get(inputs[0].id) : undefined;
      const known = chainEndingIn.get(output.id);
      // A container hands on its last child's output.
      if (known !== undefined) return;
      if (called instanceof Conv2d) {
        chainEndingIn.set(output.id, { conv: called });
      } else if (
        called instanceof BatchNorm2d &&
        before !== undefined &&
        before.norm === undefined &&
        before.activation === undefined
      ) {
        chainEndingIn.delete((inputs[0] as tf.Tensor).id);
        chainEndingIn.set(output.id, {
          ...before,
          norm: called,
          hasShortcut: inputs[1] instanceof tf.Tensor,
        });
      } else if (called instanceof Activation && before !== undefined && before.activation === undefined) {
        if (before.hasShortcut === true || (before.norm !== undefined && before.norm.activation !== 'linear'))
          return;
        chainEndingIn.delete((inputs[0] as tf.Tensor).id);
        chainEndingIn.set(output.id, { ...before, activation: called });
      }
    },
  };
  onMeta(() => {
    const call = module.call as (x: tf.Tensor) => unknown;
    listenToCalls(hear, () => void call.call(module, metaTensor(inputShape)));
  });
  const isOnce = (part: AnyModule | undefined) => part === undefined || calls.get(part) === 1;
  return [...chainEndingIn.values()].filter(
    ({ conv, norm, activation }) =>
      (norm !== undefined || activation !== undefined) &&
      [conv, norm, activation].every((part) => isOnce(part as unknown as AnyModule | undefined)),
  );
}

/** Puts the fused convolution in the place of the chain's last module, which may be given a shortcut, and nothing before. */
function fold(root: AnyModule, { conv, norm, activation }: Chain): void {
  const paths = new Map(Array.from(root.namedModules(), ([path, module]) => [module, path]));
  const pathOf = (module: unknown) => paths.get(module as AnyModule)!;
  const bias = norm === undefined ? biasOf(conv) : foldNorm(conv, norm);
  const kind = activation?.kind ?? norm?.activation ?? 'linear';
  const convPath = pathOf(conv);
  const lastPath = pathOf(activation ?? norm);
  const between = activation !== undefined && norm !== undefined ? [pathOf(norm)] : [];
  for (const path of [convPath, ...between]) root.setSubmodule(path, new Identity() as unknown as AnyModule);
  root.setSubmodule(lastPath, new FusedConv2d(conv, bias, kind).eval() as unknown as AnyModule);
  conv.bias?.dispose();
  conv.bias = null;
  norm?.dispose();
}

function biasOf({ bias, outChannels }: Conv2d): Float32Array {
  return bias === null ? new Float32Array(outChannels) : (bias.data.dataSync() as Float32Array);
}

/** Scales the weights by the norm's gain; gives back the bias that is left. */
function foldNorm(conv: Conv2d, norm: BatchNorm2d): Float32Array {
  return readValues(() => {
    const gain = tf.mul(norm.weight.data, tf.rsqrt(tf.add(norm.running_var.data, norm.epsilon)));
    const weight = conv.weight.data as tf.Tensor4D;
    // [kh,kw,C,m] of a depthwise convolution has its channels in the last two axes.
    const perFilter = conv.weight.layout === 'depthwise' ? tf.reshape(gain, weight.shape.slice(2)) : gain;
    conv.weight.data = tf.mul(weight, perFilter);
    const shift = tf.sub(conv.bias === null ? 0 : conv.bias.data, norm.running_mean.data);
    return tf.add(norm.bias.data, tf.mul(shift, gain));
  });
}
