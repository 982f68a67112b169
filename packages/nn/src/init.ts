import { PodiumError, type Rng } from '@podium/core';

/**
 * Makes the initial weights of a parameter in PyTorch's shape and order: `[out,in,kh,kw]` for a convolution, `[out,in]` for a
 * linear layer. Distributions are those of `torch.nn.init`; the random numbers are Podium's.
 */
export type Initializer = (shape: readonly number[], rng: Rng) => Float32Array;

export const zeros: Initializer = (shape) => new Float32Array(sizeOf(shape));
export const ones: Initializer = (shape) => new Float32Array(sizeOf(shape)).fill(1);

export function constant(value: number): Initializer {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Uniform in [lo, hi). */
export function uniform(lo = 0, hi = 1): Initializer {
  return (shape, rng) => rng.fillUniform(new Float32Array(sizeOf(shape)), lo, hi);
}

export function normal(mean = 0, std = 1): Initializer {
  return (shape, rng) => rng.fillNormal(new Float32Array(sizeOf(shape)), mean, std);
}

/** Normal, redrawn if outside [lo, hi]: absolute bounds, as in `torch.nn.init.trunc_normal_`. */
export function truncatedNormal(std = 1, mean = 0, lo = -2, hi = 2): Initializer {
  return (shape, rng) => {
    const values = rng.fillNormal(new Float32Array(sizeOf(shape)), mean, std);
    for (let i = 0; i < values.length; i++) {
      while (values[i]! < lo || values[i]! > hi) values[i] = rng.normal(mean, std);
    }
    return values;
  };
}

export interface KaimingOptions {
  /** Negative slope of the leaky ReLU after the layer. Default 0: a ReLU. */
  readonly slope?: number;
  readonly mode?: 'fanIn' | 'fanOut';
  readonly nonlinearity?: Nonlinearity;
}

/** He et al. 2015, `torch.nn.init.kaiming_uniform_`. */
export function kaimingUniform({
  slope = 0,
  mode = 'fanIn',
  nonlinearity = 'leakyRelu',
}: KaimingOptions = {}): Initializer {
  return (shape, rng) => {
    const bound = Math.sqrt(3 / fans(shape)[mode]) * gain(nonlinearity, slope);
    return uniform(-bound, bound)(shape, rng);
  };
}

/** He et al. 2015, `torch.nn.init.kaiming_normal_`. */
export function kaimingNormal({
  slope = 0,
  mode = 'fanIn',
  nonlinearity = 'leakyRelu',
}: KaimingOptions = {}): Initializer {
  return (shape, rng) => normal(0, gain(nonlinearity, slope) / Math.sqrt(fans(shape)[mode]))(shape, rng);
}

/** Glorot and Bengio 2010, `torch.nn.init.xavier_uniform_`. */
export function xavierUniform(scale = 1): Initializer {
  return (shape, rng) => {
    const { fanIn, fanOut } = fans(shape);
    const bound = scale * Math.sqrt(6 / (fanIn + fanOut));
    return uniform(-bound, bound)(shape, rng);
  };
}

/** Glorot and Bengio 2010, `torch.nn.init.xavier_normal_`. */
export function xavierNormal(scale = 1): Initializer {
  return (shape, rng) => {
    const { fanIn, fanOut } = fans(shape);
    return normal(0, scale * Math.sqrt(2 / (fanIn + fanOut)))(shape, rng);
  };
}

/** Uniform in ±1/sqrt(fan-in of the weight): the bias of PyTorch's Linear and Conv2d. */
export function biasFor(weightShape: readonly number[]): Initializer {
  const bound = 1 / Math.sqrt(fans(weightShape).fanIn);
  return uniform(-bound, bound);
}

export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

/** `torch.nn.init.calculate_gain`. */
export function gain(nonlinearity: Nonlinearity, slope = 0.01): number {
  switch (nonlinearity) {
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + slope ** 2));
    case 'selu':
      return 3 / 4;
    default:
      return 1;
  }
}

/** Number of inputs per output, and of outputs per input. */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const [out, into, ...kernel] = shape;
  if (out === undefined || into === undefined) {
    throw new PodiumError({
      code: 'nn-init-shape',
      message: 'fan-in and fan-out are defined for weights of two or more dimensions',
      got: `[${shape}]`,
      fix: 'use constant, uniform or normal',
    });
  }
  const field = kernel.reduce((product, extent) => product * extent, 1);
  return { fanIn: into * field, fanOut: out * field };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}
