const CHUNKS = 8;
const WORDS = 4;
/** Odd, so that multiplying by it modulo 128 permutes the bits: a black border must not fill whole chunks with zeros. */
const SPREAD = 37;

/** More different bits could touch seven of the eight chunks, and a single equal chunk is not enough for a lookup. */
export const MAX_NEAR_BITS = 6;

/**
 * Calls `found` once for every pair of 128-bit hashes that differ in at most `maxBits` bits, smaller index first.
 *
 * Multi-index hashing: if at most 6 bits differ, at least two of 8 chunks of 16 bits are equal, so only hashes that share two
 * chunks are compared: 100,000 images take seconds instead of 5 billion comparisons.
 * M. Norouzi, A. Punjani, D. Fleet: Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012.
 * @param hashes 16 bytes each; further bytes are ignored
 * @param maxBits 0 to 6
 */
export function nearPairs(
  hashes: readonly Uint8Array[],
  maxBits: number,
  found: (a: number, b: number, bits: number) => void,
): void {
  const words = spreadBits(hashes);
  const before = new Int32Array(hashes.length);
  for (let first = 0; first < CHUNKS; first++) {
    for (let second = first + 1; second < CHUNKS; second++) {
      const last = new Map<number, number>();
      for (let b = 0; b < hashes.length; b++) {
        const key = chunk(words, b, first) * 0x10000 + chunk(words, b, second);
        before[b] = last.get(key) ?? -1;
        last.set(key, b);
        for (let a = before[b]!; a !== -1; a = before[a]!) {
          const bits = distance(words, a, b, maxBits);
          if (bits <= maxBits && isFirstShared(words, a, b, first, second)) found(a, b, bits);
        }
      }
    }
  }
}

function spreadBits(hashes: readonly Uint8Array[]): Uint32Array {
  const words = new Uint32Array(hashes.length * WORDS);
  for (const [i, hash] of hashes.entries()) {
    for (let bit = 0; bit < 128; bit++) {
      if ((hash[bit >> 3]! & (1 << (bit & 7))) === 0) continue;
      const target = (bit * SPREAD) & 127;
      const at = i * WORDS + (target >> 5);
      words[at] = (words[at]! | (1 << (target & 31))) >>> 0;
    }
  }
  return words;
}

function chunk(words: Uint32Array, i: number, c: number): number {
  return (words[i * WORDS + (c >> 1)]! >>> ((c & 1) * 16)) & 0xffff;
}

function distance(words: Uint32Array, a: number, b: number, maxBits: number): number {
  let bits = 0;
  for (let k = 0; k < WORDS && bits <= maxBits; k++) {
    bits += popCount((words[a * WORDS + k]! ^ words[b * WORDS + k]!) >>> 0);
  }
  return bits;
}

/** Whether these are the first two equal chunks, so that the pair was not found before. */
function isFirstShared(words: Uint32Array, a: number, b: number, first: number, second: number): boolean {
  for (let c = 0; c < second; c++) if (c !== first && chunk(words, a, c) === chunk(words, b, c)) return false;
  return true;
}

function popCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
