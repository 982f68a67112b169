const CHUNKS = 8;

/**
 * Calls back for every pair of 128-bit hashes that differ in at most `most` bits, once, smaller index first.
 *
 * Multi-index hashing: of 8 chunks of 16 bits at least one is equal where at most 7 bits differ, so only hashes that
 * share a chunk are compared: 100,000 pictures in seconds instead of 5 billion comparisons.
 * M. Norouzi, A. Punjani, D. Fleet: Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012.
 * @param hashes 16 bytes each; only the first 16 of a longer array count.
 * @param most 0 to 7.
 */
export function nearPairs(
  hashes: readonly Uint8Array[],
  most: number,
  found: (a: number, b: number, bits: number) => void,
): void {
  const words = new Uint32Array(hashes.length * 4);
  for (const [i, hash] of hashes.entries()) {
    for (let byte = 0; byte < 16; byte++) {
      const at = i * 4 + (byte >> 2);
      words[at] = ((words[at] as number) | ((hash[byte] as number) << ((byte & 3) * 8))) >>> 0;
    }
  }
  const chunk = (i: number, c: number) => ((words[i * 4 + (c >> 1)] as number) >>> ((c & 1) * 16)) & 0xffff;
  for (let c = 0; c < CHUNKS; c++) {
    for (const bucket of buckets(hashes.length, (i) => chunk(i, c))) {
      for (let x = 0; x < bucket.length; x++) {
        const a = bucket[x] as number;
        for (let y = x + 1; y < bucket.length; y++) {
          const b = bucket[y] as number;
          const bits = distance(words, a, b, most);
          if (bits <= most && !sharedBefore(a, b, c, chunk)) found(a, b, bits);
        }
      }
    }
  }
}

/** The numbers 0 .. n - 1 by key, each bucket rising; those of one member are left out. */
function buckets(n: number, key: (i: number) => number): number[][] {
  const byKey = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const own = key(i);
    const bucket = byKey.get(own);
    if (bucket === undefined) byKey.set(own, [i]);
    else bucket.push(i);
  }
  return [...byKey.values()].filter((bucket) => bucket.length > 1);
}

function distance(words: Uint32Array, a: number, b: number, most: number): number {
  let bits = 0;
  for (let k = 0; k < 4 && bits <= most; k++) {
    bits += popCount(((words[a * 4 + k] as number) ^ (words[b * 4 + k] as number)) >>> 0);
  }
  return bits;
}

function sharedBefore(a: number, b: number, c: number, chunk: (i: number, c: number) => number): boolean {
  for (let before = 0; before < c; before++) if (chunk(a, before) === chunk(b, before)) return true;
  return false;
}

function popCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
