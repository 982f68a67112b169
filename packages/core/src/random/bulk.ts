import { largestFloat32Below, smallestFloat32AtLeast } from './float32.ts';
import type { Xoshiro128 } from './xoshiro128.ts';
import { standardNormal } from './ziggurat.ts';

/** Random words are drawn in blocks: small enough for the L1 cache, large enough to amortize the call. */
const block = new Uint32Array(1024);

function* blocks(bits: Xoshiro128, length: number): Generator<[offset: number, words: Uint32Array]> {
  for (let offset = 0; offset < length; offset += block.length) {
    const words = block.subarray(0, Math.min(block.length, length - offset));
    bits.fill(words);
    yield [offset, words];
  }
}

/** Uniform in [lo, hi) from 24 bits each; `lo < hi`. */
export function fillUniform(bits: Xoshiro128, out: Float32Array, lo: number, hi: number): void {
  const range = (hi - lo) * 2 ** -24;
  const min = smallestFloat32AtLeast(lo);
  const max = Math.max(min, largestFloat32Below(hi));
  for (const [offset, words] of blocks(bits, out.length)) {
    for (let i = 0; i < words.length; i++) {
      const value = lo + range * (words[i]! >>> 8);
      out[offset + i] = Math.max(min, Math.min(value, max));
    }
  }
}

/** Normal with the given mean and standard deviation. */
export function fillNormal(bits: Xoshiro128, out: Float32Array, mean: number, std: number): void {
  for (let i = 0; i < out.length; i++) out[i] = mean + std * standardNormal(bits);
}

/** `value` with probability `p` (to the nearest 2^-32), else 0. */
export function fillBernoulli(
  bits: Xoshiro128,
  out: Float32Array | Uint8Array,
  p: number,
  value: number,
): void {
  const limit = Math.round(p * 2 ** 32);
  for (const [offset, words] of blocks(bits, out.length)) {
    for (let i = 0; i < words.length; i++) out[offset + i] = words[i]! < limit ? value : 0;
  }
}
