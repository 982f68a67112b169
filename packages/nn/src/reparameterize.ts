import { readValues } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchNorm2d } from './layers/batch-norm2d.ts';
import { Conv2d } from './layers/conv2d.ts';
import type { AnyModule } from './module.ts';
import { isolateRandom } from './random.ts';

/**
 * A module whose parallel branches are one layer at inference (Ding et al. 2021, RepVGG, arXiv 2101.03697). `fuse` replaces it
 * by what `reparameterize` returns, which computes the same as the module does in evaluation mode.
 */
export interface Reparameterizable {
  reparameterize(): AnyModule;
}

/** A convolution as a linear map. Memory layout of the weight: as in `Conv2d`. */
export interface Kernel {
  readonly weight: tf.Tensor4D;
  readonly bias: tf.Tensor;
}

/** Kernel of a convolution, with the running statistics of a batch norm after it. */
export function kernelOf(conv: Conv2d, norm?: BatchNorm2d): Kernel {
  const bias = conv.bias === null ? tf.zeros([conv.outChannels]) : conv.bias.data;
  const kernel = { weight: conv.weight.data as tf.Tensor4D, bias };
  return norm === undefined ? kernel : normalized(kernel, norm);
}

/** Kernel of a batch norm alone, or of a shortcut, as a convolution shaped like `conv`. */
export function identityKernel(conv: Conv2d, norm?: BatchNorm2d): Kernel {
  const { inChannels, groups } = conv;
  const perGroup = inChannels / groups;
  const isDepthwise = conv.weight.layout === 'depthwise';
  const weight = isDepthwise
    ? tf.ones([1, 1, inChannels, 1])
    : tf.reshape(tf.tile(tf.eye(perGroup), [1, groups]), [1, 1, perGroup, inChannels]);
  const kernel = { weight: weight as tf.Tensor4D, bias: tf.zeros([inChannels]) };
  return norm === undefined ? kernel : normalized(kernel, norm);
}

/** Kernel followed by a batch norm with its running statistics. */
export function normalized({ weight, bias }: Kernel, norm: BatchNorm2d): Kernel {
  const gain = tf.mul(norm.weight.data, tf.rsqrt(tf.add(norm.running_var.data, norm.epsilon)));
  const shift = tf.add(norm.bias.data, tf.mul(tf.sub(bias, norm.running_mean.data), gain));
  return { weight: tf.mul(weight, perFilter(gain, weight)), bias: shift };
}

/** Kernel whose outputs are multiplied by a factor per channel, `[K]`. */
export function scaled({ weight, bias }: Kernel, factors: tf.Tensor): Kernel {
  return { weight: tf.mul(weight, perFilter(factors, weight)), bias: tf.mul(bias, factors) };
}

/** Sum of branches with odd sizes, all padded so that their outputs have the size of the map. */
export function summed(kernels: readonly Kernel[]): Kernel {
  const [height, width] = [0, 1].map((axis) =>
    Math.max(...kernels.map(({ weight }) => weight.shape[axis]!)),
  ) as [number, number];
  const weights = kernels.map(({ weight }) => {
    const [rows, columns] = [(height - weight.shape[0]) / 2, (width - weight.shape[1]) / 2];
    return tf.pad(weight, [
      [rows, rows],
      [columns, columns],
      [0, 0],
      [0, 0],
    ]);
  });
  return {
    weight: tf.addN(weights) as tf.Tensor4D,
    bias: tf.addN(kernels.map(({ bias }) => bias)),
  };
}

/** A convolution with this kernel, and otherwise as `like`: its channels, groups, stride, padding, dilation. */
export function convolutionOf(kernel: () => Kernel, like: Conv2d): Conv2d {
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups } = like;
  const conv = isolateRandom(
    () => new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, dilation, groups }),
  );
  tf.tidy(() => {
    const { weight, bias } = kernel();
    conv.weight.data = weight;
    conv.bias!.data = bias;
  });
  return conv;
}

/** Multiplies the norm's gain into the weights of a convolution. Returns the remaining bias. */
export function foldNorm(conv: Conv2d, norm: BatchNorm2d): Float32Array {
  return readValues(() => {
    const { weight, bias } = kernelOf(conv, norm);
    conv.weight.data = weight;
    return bias;
  });
}

/** Replaces every module of a tree that can be: see {@link Reparameterizable}. */
export function reparameterizeAll<M extends AnyModule>(root: M): M {
  if (isReparameterizable(root)) return replacement(root) as M;
  const replaced: string[] = [];
  for (const [path, module] of [...root.namedModules()]) {
    const isInside = replaced.some((outer) => path.startsWith(`${outer}.`));
    if (isInside || !isReparameterizable(module)) continue;
    root.setSubmodule(path, replacement(module));
    replaced.push(path);
  }
  return root;
}

function replacement(module: AnyModule & Reparameterizable): AnyModule {
  const made = module.reparameterize().eval();
  module.dispose();
  return made;
}

function isReparameterizable(module: AnyModule): module is AnyModule & Reparameterizable {
  return typeof (module as Partial<Reparameterizable>).reparameterize === 'function';
}

/** Depthwise weights are `[kh,kw,C,m]`: their output channels are the last two axes. */
function perFilter(factors: tf.Tensor, weight: tf.Tensor4D): tf.Tensor {
  const isDepthwise = weight.shape[3] !== factors.size;
  return isDepthwise ? tf.reshape(factors, weight.shape.slice(2)) : factors;
}
