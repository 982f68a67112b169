import type { Image } from '@podium/core';
import { inPieces, pixelKernels, TABLES } from './pixels.ts';

/** A table of 256 values from a function, clipped to 0..255 and rounded toward zero, like a C cast. */
export function tableOf(value: (level: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let level = 0; level < 256; level++) {
    table[level] = Math.max(0, Math.min(255, Math.trunc(value(level))));
  }
  return table;
}

/** One table with a part per channel. */
export function joinTables(tables: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(256 * tables.length);
  tables.forEach((table, channel) => {
    joined.set(table, 256 * channel);
  });
  return joined;
}

/** The table that applies `first`, then `second`; either may have one part or one per channel. */
export function chainTables(first: Uint8Array, second: Uint8Array): Uint8Array {
  const length = Math.max(first.length, second.length);
  const chained = new Uint8Array(length);
  const firstMask = first.length === length ? 0xffff : 0xff;
  const perChannel = second.length === length && length > 256;
  for (let i = 0; i < length; i++) {
    const value = first[i & firstMask]!;
    chained[i] = second[perChannel ? (i & ~0xff) | value : value]!;
  }
  return chained;
}

/** Writes `table[v]` for every value v of `image` into `out`, which may be the image's own buffer. */
export function lookUp(image: Image, table: Uint8Array, out: Uint8Array): Image {
  const { data, channels } = image;
  const perChannel = table.length > 256 && channels > 1;
  const simd = pixelKernels();
  if (simd && (!perChannel || channels === 3)) {
    const [second, third] = perChannel ? [TABLES + 256, TABLES + 512] : [TABLES, TABLES];
    new Uint8Array(simd.memory.buffer).set(perChannel ? table : table.subarray(0, 256), TABLES);
    inPieces(simd, data, out, (at, end) => simd.lookUp(at, end, TABLES, second, third));
  } else {
    for (let i = 0; i < data.length; i++) {
      out[i] = table[(perChannel ? (i % channels) * 256 : 0) + data[i]!]!;
    }
  }
  return { ...image, data: out };
}
