import { hash } from 'node:crypto';
import { PodiumError } from '../errors.ts';
import { fillBernoulli, fillNormal, fillUniform } from './bulk.ts';
import { largestFloat32Below, smallestFloat32AtLeast } from './float32.ts';
import { cumulativeWeights, pickWeighted } from './weighted.ts';
import { Xoshiro128 } from './xoshiro128.ts';
import { standardNormal, unit } from './ziggurat.ts';

/** The state of an {@link Rng} as plain JSON. */
export interface RngState {
  readonly algorithm: typeof ALGORITHM;
  /** SHA-256 of the seed and all split keys, as 64 hexadecimal digits. */
  readonly path: string;
  /** Position of the generator: four unsigned 32-bit words. */
  readonly words: readonly [number, number, number, number];
}

const ALGORITHM = 'xoshiro128++';
const FLOAT32_MAX = 3.4028234663852886e38;

/**
 * Seeded random numbers that can be split by name, saved, and drawn in bulk. Not for cryptography.
 *
 * A seed gives the same numbers on every machine and in every release: only integer operations and exactly rounded
 * arithmetic are used, and tests compare with golden numbers.
 *
 * An `Rng` has a seed path (its seed and the keys it was split by) and a position (how much was drawn). `split` depends
 * only on the path: `rng.split('epoch', 3, 'cat.jpg')` is the same stream on every worker, in any order, and however many
 * numbers were drawn from `rng` before. Splitting twice by the same keys therefore gives the same numbers twice; include
 * a key that changes, such as the epoch or the step.
 *
 * @example
 * const rng = Rng.fromSeed(1).split('epoch', 3);
 * rng.shuffle(['a', 'b', 'c']);
 */
export class Rng {
  readonly #path: string;
  readonly #bits: Xoshiro128;

  private constructor(path: string, words: ArrayLike<number>) {
    this.#path = path;
    this.#bits = new Xoshiro128(words);
  }

  /**
   * Creates a stream. The number 1 and the string '1' are different seeds.
   * @throws PodiumError `random-argument` for a number that is not finite.
   */
  static fromSeed(seed: string | number): Rng {
    return Rng.#atPath(hash('sha256', `podium-rng/1/${encodeKey(seed)}`));
  }

  /**
   * Restores a stream: draws and splits continue from where `state()` was called.
   * @throws PodiumError `random-state` for anything but the result of `state()`.
   */
  static fromState(state: RngState): Rng {
    checkState(state);
    return new Rng(state.path, state.words);
  }

  static #atPath(path: string): Rng {
    return new Rng(
      path,
      [0, 8, 16, 24].map((at) => Number.parseInt(path.slice(at, at + 8), 16)),
    );
  }

  /** The seed path and the position, for a checkpoint. */
  state(): RngState {
    return { algorithm: ALGORITHM, path: this.#path, words: this.#bits.words() };
  }

  /**
   * The independent stream named by `keys` under this seed path. Neither depends on nor changes this stream's position.
   * `split(a, b)` equals `split(a).split(b)`; the number 1 and the string '1' are different keys.
   * @throws PodiumError `random-argument` for a number that is not finite.
   */
  split(key: string | number, ...keys: (string | number)[]): Rng {
    let path = this.#path;
    for (const part of [key, ...keys]) path = hash('sha256', `${path}/${encodeKey(part)}`);
    return Rng.#atPath(path);
  }

  /** An unsigned 32-bit integer. */
  uint32(): number {
    return this.#bits.next();
  }

  /** Uniform in [0, 1), a multiple of 2^-53. May round up to 1 in float32; use `uniform(0, 1)` or `fillUniform` there. */
  float(): number {
    return unit(this.#bits);
  }

  /**
   * Uniform in [lo, hi), also after rounding to float32 (unless no float32 lies in between). Returns `lo` if `lo = hi`.
   * @throws PodiumError `random-argument` unless lo <= hi and both are within float32's range.
   */
  uniform(lo: number, hi: number): number {
    checkInterval(lo, hi);
    const value = lo + (hi - lo) * unit(this.#bits);
    const single = Math.fround(value);
    if (single >= lo && single < hi && value < hi) return value;
    const min = smallestFloat32AtLeast(lo);
    if (min >= hi) return lo;
    return single < lo ? min : largestFloat32Below(hi);
  }

  /**
   * A uniform integer in [0, n), without bias.
   * @throws PodiumError `random-argument` unless n is an integer in [1, 2^53 - 1].
   */
  int(n: number): number {
    if (!Number.isSafeInteger(n) || n < 1) fail('an integer from 1 to 2^53 - 1', n, 'n');
    const last = n - 1;
    // Rejection sampling with as many bits as `last` has: at most two draws on average, no division.
    const highMask = mask(Math.floor(last / 2 ** 32));
    const lowMask = highMask === 0 ? mask(last) : 0xffffffff;
    for (;;) {
      const high = highMask === 0 ? 0 : (this.#bits.next() & highMask) >>> 0;
      const value = high * 2 ** 32 + ((this.#bits.next() & lowMask) >>> 0);
      if (value <= last) return value;
    }
  }

  /** Normal with the given mean and standard deviation (std >= 0). */
  normal(mean = 0, std = 1): number {
    checkNormal(mean, std);
    return mean + std * standardNormal(this.#bits);
  }

  /** True with probability `p`. */
  bool(p = 0.5): boolean {
    checkProbability(p);
    return unit(this.#bits) < p;
  }

  /** The items in random order, as a new array. */
  shuffle<T>(items: Iterable<T>): T[] {
    const result = [...items];
    this.#shuffleHead(result, result.length);
    return result;
  }

  /** The integers 0 .. n-1 in random order. */
  permutation(n: number): Uint32Array {
    if (!Number.isInteger(n) || n < 0 || n > 2 ** 32) fail('an integer from 0 to 2^32', n, 'n');
    const result = new Uint32Array(n);
    for (let i = 0; i < n; i++) result[i] = i;
    this.#shuffleHead(result, n);
    return result;
  }

  /**
   * One item, all equally likely.
   * @throws PodiumError `random-argument` if there are none.
   */
  choice<T>(items: readonly T[]): T {
    if (items.length === 0) fail('at least one item', 'none', 'items');
    return items[this.int(items.length)] as T;
  }

  /**
   * `count` items without replacement, in random order, as a new array.
   * @throws PodiumError `random-argument` unless `count` is an integer from 0 to the number of items.
   */
  sample<T>(items: Iterable<T>, count: number): T[] {
    const result = [...items];
    if (!Number.isInteger(count) || count < 0 || count > result.length) {
      fail(`an integer from 0 to ${result.length}, the number of items`, count, 'count');
    }
    this.#shuffleHead(result, count);
    return result.slice(0, count);
  }

  /**
   * One item, with probabilities proportional to the weights.
   * @throws PodiumError `random-argument` unless there is one weight per item, all finite, >= 0, and not all 0.
   */
  weightedChoice<T>(items: readonly T[], weights: ArrayLike<number>): T {
    if (weights.length !== items.length)
      fail(`${items.length} weights, one per item`, weights.length, 'weights');
    return items[pickWeighted(cumulativeWeights(weights), unit(this.#bits))] as T;
  }

  /**
   * `count` indices into `weights` with replacement, with probabilities proportional to the weights.
   * @throws PodiumError `random-argument` unless the weights are finite, >= 0, and not all 0.
   */
  weightedIndices(weights: ArrayLike<number>, count: number): Uint32Array {
    if (!Number.isInteger(count) || count < 0) fail('an integer >= 0', count, 'count');
    const cumulative = cumulativeWeights(weights);
    return Uint32Array.from({ length: count }, () => pickWeighted(cumulative, unit(this.#bits)));
  }

  /** Fills `out` with uniforms in [lo, hi), 24 bits each, and returns it. Never rounds up to `hi`. */
  fillUniform(out: Float32Array, lo = 0, hi = 1): Float32Array {
    checkInterval(lo, hi);
    if (lo === hi) return out.fill(lo);
    fillUniform(this.#bits, out, lo, hi);
    return out;
  }

  /** Fills `out` with the results of repeated `normal(mean, std)` calls, rounded to float32, and returns it. */
  fillNormal(out: Float32Array, mean = 0, std = 1): Float32Array {
    checkNormal(mean, std);
    fillNormal(this.#bits, out, mean, std);
    return out;
  }

  /**
   * Fills `out` with `value` with probability `p` (to the nearest 2^-32) and 0 otherwise, and returns it. A dropout mask is
   * `fillBernoulli(out, keep, 1 / keep)`.
   */
  fillBernoulli<A extends Float32Array | Uint8Array>(out: A, p: number, value = 1): A {
    checkProbability(p);
    fillBernoulli(this.#bits, out, p, value);
    return out;
  }

  /** Fisher-Yates from the front: the first `count` items become a random sample in random order. */
  #shuffleHead<T>(items: { [index: number]: T; readonly length: number }, count: number): void {
    for (let i = 0; i < count; i++) {
      const j = i + this.int(items.length - i);
      const item = items[i] as T;
      items[i] = items[j] as T;
      items[j] = item;
    }
  }
}

/** JSON keeps 1 and "1" apart, and strings that are no well-formed Unicode. */
function encodeKey(key: string | number): string {
  if (typeof key !== 'string' && !Number.isFinite(key)) fail('a string or a finite number', key, 'key');
  return JSON.stringify(key);
}

/** All ones from the highest one of `n` downwards; `n` in [0, 2^32). */
function mask(n: number): number {
  return n === 0 ? 0 : 0xffffffff >>> Math.clz32(n);
}

function checkInterval(lo: number, hi: number): void {
  if (lo <= hi && lo >= -FLOAT32_MAX && hi <= FLOAT32_MAX) return;
  fail("lo <= hi, both within float32's range", `lo = ${lo}, hi = ${hi}`);
}

function checkNormal(mean: number, std: number): void {
  if (Number.isFinite(mean) && std >= 0 && std < Number.POSITIVE_INFINITY) return;
  fail('a finite mean and a finite std >= 0', `mean = ${mean}, std = ${std}`);
}

function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) fail('a probability in [0, 1]', p, 'p');
}

function checkState(state: RngState): void {
  const words: unknown = state?.words;
  const good =
    state?.algorithm === ALGORITHM &&
    /^[0-9a-f]{64}$/.test(state.path) &&
    Array.isArray(words) &&
    words.length === 4 &&
    words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32) &&
    words.some((word) => word !== 0);
  if (good) return;
  throw new PodiumError({
    code: 'random-state',
    message: 'not the state of a random number generator',
    expected: `{ algorithm: "${ALGORITHM}", path: 64 hexadecimal digits, words: four 32-bit integers, not all 0 }`,
    got: JSON.stringify(state),
    fix: 'pass the result of Rng.state(); if it comes from a checkpoint, use an earlier checkpoint',
  });
}

function fail(expected: string, got: string | number, key?: string): never {
  throw new PodiumError({
    code: 'random-argument',
    ...(key && { path: { key } }),
    expected,
    got: String(got),
  });
}
