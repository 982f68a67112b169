/**
 * xoshiro128++ 1.0 of Blackman and Vigna ("Scrambled linear pseudorandom number generators", ACM TOMS 2021;
 * https://prng.di.unimi.it/xoshiro128plusplus.c): 128 bits of state, period 2^128 - 1, nothing but 32-bit operations.
 *
 * Not a dependency: pure-rand's xoroshiro128+ returns the low half of a 64-bit sum, whose lowest bit is a linear
 * recurrence, and an update of a library could change every result.
 */
export class Xoshiro128 {
  /** Int32Array, so that V8 keeps the words as machine integers. */
  readonly #words: Int32Array;

  /** @param words four words, not all 0 */
  constructor(words: ArrayLike<number>) {
    this.#words = Int32Array.from(words);
  }

  /** The four words of state as unsigned integers. */
  words(): [number, number, number, number] {
    const [a = 0, b = 0, c = 0, d = 0] = Uint32Array.from(this.#words);
    return [a, b, c, d];
  }

  /** The next 32 bits as an unsigned integer. */
  next(): number {
    const words = this.#words;
    const a = words[0]!;
    const b = words[1]!;
    let c = words[2]!;
    let d = words[3]!;
    const sum = (a + d) | 0;
    const result = ((sum << 7) | (sum >>> 25)) + a;
    c ^= a;
    d ^= b;
    words[0] = a ^ d;
    words[1] = b ^ c;
    words[2] = c ^ (b << 9);
    words[3] = (d << 11) | (d >>> 21);
    return result >>> 0;
  }

  /** Fills `out` with the results of `out.length` calls of `next`, keeping the state in registers. */
  fill(out: Uint32Array): void {
    const words = this.#words;
    let a = words[0]!;
    let b = words[1]!;
    let c = words[2]!;
    let d = words[3]!;
    for (let i = 0; i < out.length; i++) {
      const sum = (a + d) | 0;
      out[i] = ((sum << 7) | (sum >>> 25)) + a;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
  }
}
