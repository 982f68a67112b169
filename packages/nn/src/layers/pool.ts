import {
  type AveragePoolOptions,
  averagePool2d,
  globalAveragePool2d,
  maxPool2d,
  type Pair,
  type PoolOptions,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { constant } from '../init.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';

/** `[B,H,W,C] -> [B,H',W',C]` (`torch.nn.MaxPool2d`). */
export class MaxPool2d extends Module {
  readonly options: PoolOptions;

  constructor(options: PoolOptions) {
    super();
    this.options = options;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return maxPool2d(x, this.options);
  }

  override extraRepr(): string {
    return describe(this.options);
  }
}

/** `[B,H,W,C] -> [B,H',W',C]` (`torch.nn.AvgPool2d`). */
export class AvgPool2d extends Module {
  readonly options: AveragePoolOptions;

  constructor(options: AveragePoolOptions) {
    super();
    this.options = options;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return averagePool2d(x, this.options);
  }

  override extraRepr(): string {
    return describe(this.options);
  }
}

/**
 * Means over windows, `[B,H,W,C] -> [B,H',W',C]` (`torch.nn.AdaptiveAvgPool2d`): window i of n covers the rows from
 * floor(i H / n) to ceil((i + 1) H / n).
 */
export class AdaptiveAvgPool2d extends Module {
  readonly size: Pair;

  /** @param size H' and W', or one number for both */
  constructor(size: Pair) {
    super();
    this.size = size;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    const [batch, height, width, channels] = x.shape;
    const [rows, columns] = typeof this.size === 'number' ? [this.size, this.size] : this.size;
    if (rows === 1 && columns === 1) return tf.reshape(globalAveragePool2d(x), [batch, 1, 1, channels]);
    if (height === rows && width === columns) return x;
    if (height % rows === 0 && width % columns === 0) {
      return averagePool2d(x, { kernelSize: [height / rows, width / columns] });
    }
    return averageAlong(averageAlong(x, 1, rows), 2, columns);
  }

  override extraRepr(): string {
    return typeof this.size === 'number' ? String(this.size) : this.size.join('x');
  }
}

/** Means over the windows of one axis, as a matrix product with their weights. */
function averageAlong(x: tf.Tensor4D, axis: 1 | 2, size: number): tf.Tensor4D {
  const extent = x.shape[axis];
  if (extent === size) return x;
  const weights = new Float32Array(size * extent);
  for (let i = 0; i < size; i++) {
    const start = Math.floor((i * extent) / size);
    const end = Math.ceil(((i + 1) * extent) / size);
    weights.fill(1 / (end - start), i * extent + start, i * extent + end);
  }
  const last = [0, 1, 2, 3].filter((other) => other !== axis);
  const moved = tf.transpose(x, [axis, ...last]);
  const [, ...rest] = moved.shape;
  const pooled = tf.matMul(
    tf.tensor2d(weights, [size, extent]),
    tf.reshape(moved, [extent, x.size / extent]),
  );
  const back = axis === 1 ? [1, 0, 2, 3] : [1, 2, 0, 3];
  return tf.transpose(tf.reshape(pooled, [size, ...rest]), back) as tf.Tensor4D;
}

/** Over all positions: mean, maximum, mean of both, both side by side, generalized mean, or no pooling (''). */
export type GlobalPool = 'avg' | 'max' | 'avgmax' | 'catavgmax' | 'gem' | '';

/**
 * Pools a map to one vector, `[B,H,W,C] -> [B,C]` (`catavgmax`: `[B,2C]`), with timm's names; '' returns the map.
 */
export class SelectAdaptivePool2d extends Module<[x: tf.Tensor4D], tf.Tensor> {
  readonly kind: GlobalPool;
  pool: GeM | null;

  constructor(kind: GlobalPool = 'avg') {
    super();
    this.kind = kind;
    this.pool = kind === 'gem' ? new GeM() : null;
  }

  /** Features per channel. */
  get featureMultiplier(): number {
    return this.kind === 'catavgmax' ? 2 : 1;
  }

  forward(x: tf.Tensor4D): tf.Tensor {
    switch (this.kind) {
      case '':
        return x;
      case 'avg':
        return globalAveragePool2d(x);
      case 'max':
        return globalMaxPool2d(x);
      case 'avgmax':
        return tf.mul(tf.add(globalAveragePool2d(x), globalMaxPool2d(x)), 0.5);
      case 'catavgmax':
        return tf.concat([globalAveragePool2d(x), globalMaxPool2d(x)], 1);
      case 'gem':
        return this.pool!.call(x);
    }
  }

  override extraRepr(): string {
    return `'${this.kind}'`;
  }
}

function globalMaxPool2d(x: tf.Tensor4D): tf.Tensor2D {
  return tf.max(x, [1, 2]);
}

/** Generalized mean with a learned exponent, `mean(max(x, epsilon)^p)^(1/p)`, `[B,H,W,C] -> [B,C]` (Radenovic et al. 2018). */
export class GeM extends Module<[x: tf.Tensor4D], tf.Tensor2D> {
  readonly epsilon: number;
  p: Parameter;

  constructor(options: { readonly p?: number; readonly epsilon?: number } = {}) {
    super();
    this.epsilon = options.epsilon ?? 1e-6;
    this.p = new Parameter([1], constant(options.p ?? 3));
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const p = this.p.data;
    const clipped = tf.maximum(x, this.epsilon);
    return tf.pow(tf.mean(tf.pow(clipped, p), [1, 2]), tf.reciprocal(p)) as tf.Tensor2D;
  }
}

function describe(options: AveragePoolOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
