import { PodiumError, type Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { floatAttr, typeAttr } from '../native/attributes.ts';
import { nativeBackend } from '../state.ts';
import { differentiable } from './differentiable.ts';
import { scaleSamples } from './scale.ts';

/**
 * Dropout: sets each value to zero with probability `rate` and divides the others by `1 - rate`
 * (`torch.nn.functional.dropout` in training); any shape. The dropped values depend only on `rng`, not on the backend,
 * the precision or the number of threads. Draws two numbers from `rng`; keeps no mask for the backward pass.
 *
 * Versions: a mask computed in JavaScript on any backend (the reference), and Podium's op on TensorFlow for CPUs.
 *
 * @param rate in [0, 1)
 * @throws PodiumError `engine-rate`
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, rng: Rng): T {
  assertRate('dropout', rate);
  if (rate === 0) return x;
  const seed: Seed = [rng.uint32(), rng.uint32()];
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true) return tf.mul(x, maskOf(x.shape, rate, seed));
  const type = backend.typeOf(x);
  const attributes = [typeAttr('T', type), floatAttr('rate', Math.fround(rate))];
  const drop = (values: tf.Tensor) =>
    backend.runOne('PodiumDropout', attributes, [
      values,
      tf.tensor1d(
        Int32Array.from(seed, (word) => word | 0),
        'int32',
      ),
    ]);
  return differentiable(
    { x },
    () => drop(x),
    (dy) => ({ x: () => drop(backend.toType(dy, type)) }),
  ) as T;
}

/**
 * Stochastic depth (timm's `drop_path`): sets whole samples of `[B,...]` to zero with probability `rate` and divides
 * the others by `1 - rate`. For the branch of a residual block, before it is added.
 *
 * @param rate in [0, 1)
 * @throws PodiumError `engine-rate`
 */
export function dropPath<T extends tf.Tensor>(x: T, rate: number, rng: Rng): T {
  assertRate('dropPath', rate);
  if (rate === 0) return x;
  const factors = new Float32Array(x.shape[0]!);
  rng.fillBernoulli(factors, 1 - rate, 1 / (1 - rate));
  return scaleSamples(x, tf.tensor1d(factors));
}

type Seed = readonly [first: number, second: number];

/** Factors 0 or 1 / (1 - rate), the same as in native/ops/dropout.cc. */
function maskOf(shape: number[], rate: number, [first, second]: Seed): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const threshold = Math.min(4294967295, Math.trunc(Math.fround(rate) * 4294967296));
  const gain = Math.fround(1 / Math.fround(1 - Math.fround(rate)));
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const high = Math.floor(i / 4294967296);
    const random = hash32((hash32((i ^ first) | 0) + (second ^ high)) | 0) >>> 0;
    mask[i] = random >= threshold ? gain : 0;
  }
  return tf.tensor(mask, shape);
}

/** A 32-bit hash with low bias (Wellons, "Hash function prospector", lowbias32). */
function hash32(word: number): number {
  let x = word;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x;
}

function assertRate(what: string, rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new PodiumError({
    code: 'engine-rate',
    message: what,
    expected: 'a rate in [0, 1)',
    got: String(rate),
  });
}
