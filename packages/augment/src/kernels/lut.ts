import type { Image } from '@podium/core';

/** A table of 256 values from a function, rounded towards zero and clipped to 0..255, as C casts do. */
export function tableOf(value: (level: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let level = 0; level < 256; level++) {
    table[level] = Math.max(0, Math.min(255, Math.trunc(value(level))));
  }
  return table;
}

/** One table with a part for each channel. */
export function joinTables(tables: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(256 * tables.length);
  tables.forEach((table, channel) => {
    joined.set(table, 256 * channel);
  });
  return joined;
}

/** The table that does `first` and then `second`; either may have one part or one for each channel. */
export function chainTables(first: Uint8Array, second: Uint8Array): Uint8Array {
  const length = Math.max(first.length, second.length);
  const chained = new Uint8Array(length);
  const firstMask = first.length === length ? 0xffff : 0xff;
  const perChannel = second.length === length && length > 256;
  for (let i = 0; i < length; i++) {
    const value = first[i & firstMask] as number;
    chained[i] = second[perChannel ? (i & ~0xff) | value : value] as number;
  }
  return chained;
}

/** Writes `table[v]` for every value v of `image` into `out`, which may be the image's own buffer. */
export function lookUp(image: Image, table: Uint8Array, out: Uint8Array): Image {
  const { data, channels } = image;
  const perChannel = table.length > 256 && channels > 1;
  let done = 0;
  // Four bytes a read and a write: twice as fast as one by one. The order of bytes in a word does not matter here.
  if (data.byteOffset % 4 === 0 && out.byteOffset % 4 === 0 && (!perChannel || channels === 3)) {
    const groups = Math.floor(data.length / 12);
    const from = new Int32Array(data.buffer, data.byteOffset, groups * 3);
    const to = new Int32Array(out.buffer, out.byteOffset, groups * 3);
    if (perChannel && LITTLE_ENDIAN) {
      lookUpColours(from, to, table.subarray(0, 256), table.subarray(256, 512), table.subarray(512, 768));
      done = groups * 12;
    } else if (!perChannel) {
      lookUpWords(from, to, table);
      done = groups * 12;
    }
  }
  for (let i = done; i < data.length; i++) {
    out[i] = table[(perChannel ? (i % channels) * 256 : 0) + (data[i] as number)] as number;
  }
  return { ...image, data: out };
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function lookUpWords(from: Int32Array, to: Int32Array, table: Uint8Array): void {
  for (let i = 0; i < from.length; i++) {
    const word = from[i] as number;
    to[i] =
      (table[word & 255] as number) |
      ((table[(word >>> 8) & 255] as number) << 8) |
      ((table[(word >>> 16) & 255] as number) << 16) |
      ((table[word >>> 24] as number) << 24);
  }
}

/** Three words are four pixels: RGBR GBRG BRGB. */
function lookUpColours(
  from: Int32Array,
  to: Int32Array,
  red: Uint8Array,
  green: Uint8Array,
  blue: Uint8Array,
): void {
  for (let i = 0; i + 2 < from.length; i += 3) {
    const a = from[i] as number;
    const b = from[i + 1] as number;
    const c = from[i + 2] as number;
    to[i] =
      (red[a & 255] as number) |
      ((green[(a >>> 8) & 255] as number) << 8) |
      ((blue[(a >>> 16) & 255] as number) << 16) |
      ((red[a >>> 24] as number) << 24);
    to[i + 1] =
      (green[b & 255] as number) |
      ((blue[(b >>> 8) & 255] as number) << 8) |
      ((red[(b >>> 16) & 255] as number) << 16) |
      ((green[b >>> 24] as number) << 24);
    to[i + 2] =
      (blue[c & 255] as number) |
      ((red[(c >>> 8) & 255] as number) << 8) |
      ((green[(c >>> 16) & 255] as number) << 16) |
      ((blue[c >>> 24] as number) << 24);
  }
}
