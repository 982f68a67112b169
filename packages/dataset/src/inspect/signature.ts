/** Cells per side of the grid that an image is averaged to. */
const GRID = 9;
/** Bytes of the hash, which is followed by the grid's colors. */
const HASH_BYTES = 16;
export const SIGNATURE_BYTES: number = HASH_BYTES + GRID * GRID * 3;
/** Differences up to this are noise, so that flat areas do not give random bits. */
const FLAT = 1;

/**
 * Summarizes an image in 259 bytes: 9x9 averaged colors, and a 128-bit difference hash of their brightness (64 bits for
 * brighter than the left neighbor, 64 for brighter than the upper neighbor). Scaling, recompression, and slight changes of
 * brightness or color hardly change it. After N. Krawetz, "Kind of Like That" (dHash), 2013.
 * @param data `[H,W,3]` uint8
 */
export function signatureOf(data: Uint8Array, width: number, height: number): Uint8Array {
  const result = new Uint8Array(SIGNATURE_BYTES);
  const grid = averages(data, width, height);
  const bright = new Float64Array(GRID * GRID);
  for (let cell = 0; cell < GRID * GRID; cell++) {
    const [r, g, b] = [grid[cell * 3]!, grid[cell * 3 + 1]!, grid[cell * 3 + 2]!];
    bright[cell] = 0.299 * r + 0.587 * g + 0.114 * b;
    for (let c = 0; c < 3; c++) result[HASH_BYTES + cell * 3 + c] = Math.round(grid[cell * 3 + c]!);
  }
  let bit = 0;
  const put = (one: boolean) => {
    if (one) result[bit >> 3] = result[bit >> 3]! | (1 << (bit & 7));
    bit++;
  };
  const last = GRID - 1;
  for (let y = 0; y < last; y++) {
    for (let x = 0; x < last; x++) {
      const at = y * GRID + x;
      put(bright[at + 1]! > bright[at]! + FLAT);
      put(bright[at + GRID]! > bright[at]! + FLAT);
    }
  }
  return result;
}

/** `[9,9,3]`; pixels of an image smaller than the grid are repeated. */
function averages(data: Uint8Array, width: number, height: number): Float64Array {
  const sums = new Float64Array(GRID * GRID * 3);
  for (let cy = 0; cy < GRID; cy++) {
    const [top, bottom] = range(cy, height);
    for (let cx = 0; cx < GRID; cx++) {
      const [left, right] = range(cx, width);
      let [r, g, b] = [0, 0, 0];
      for (let y = top; y < bottom; y++) {
        const end = (y * width + right) * 3;
        for (let at = (y * width + left) * 3; at < end; at += 3) {
          r += data[at]!;
          g += data[at + 1]!;
          b += data[at + 2]!;
        }
      }
      const area = (bottom - top) * (right - left);
      sums.set([r / area, g / area, b / area], (cy * GRID + cx) * 3);
    }
  }
  return sums;
}

function range(cell: number, length: number): [number, number] {
  const start = Math.floor((cell * length) / GRID);
  return [start, Math.max(start + 1, Math.floor(((cell + 1) * length) / GRID))];
}

/** Whether all cells have nearly the same color. */
export function isBlank(signature: Uint8Array): boolean {
  for (let c = 0; c < 3; c++) {
    let [min, max] = [255, 0];
    for (let at = HASH_BYTES + c; at < SIGNATURE_BYTES; at += 3) {
      min = Math.min(min, signature[at]!);
      max = Math.max(max, signature[at]!);
    }
    if (max - min > FLAT) return false;
  }
  return true;
}

/** Whether all cells are shades of gray, in any color mode. */
export function isGray(signature: Uint8Array): boolean {
  for (let at = HASH_BYTES; at < SIGNATURE_BYTES; at += 3) {
    const [r, g, b] = [signature[at]!, signature[at + 1]!, signature[at + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > FLAT) return false;
  }
  return true;
}

/**
 * Correlation of the cells' brightness, -1 to 1, independent of overall brightness, contrast and tint. 0 for an image of
 * uniform brightness.
 */
export function correlation(a: Uint8Array, b: Uint8Array): number {
  const [x, y] = [brightness(a), brightness(b)];
  let [xy, xx, yy] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    const other = y[i]!;
    xy += value * other;
    xx += value * value;
    yy += other * other;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/** Brightness of each cell, minus the mean. */
function brightness(signature: Uint8Array): Float64Array {
  const result = new Float64Array(GRID * GRID);
  for (let cell = 0; cell < result.length; cell++) {
    const at = HASH_BYTES + cell * 3;
    result[cell] = 0.299 * signature[at]! + 0.587 * signature[at + 1]! + 0.114 * signature[at + 2]!;
  }
  const mean = result.reduce((sum, value) => sum + value, 0) / result.length;
  return result.map((value) => value - mean);
}

/** Mean difference of the colors, 0 to 255, without overall shifts of brightness or tint. */
export function colorDistance(a: Uint8Array, b: Uint8Array): number {
  let total = 0;
  for (let c = 0; c < 3; c++) {
    let shift = 0;
    for (let at = HASH_BYTES + c; at < SIGNATURE_BYTES; at += 3) shift += a[at]! - b[at]!;
    shift /= GRID * GRID;
    for (let at = HASH_BYTES + c; at < SIGNATURE_BYTES; at += 3) {
      total += Math.abs(a[at]! - b[at]! - shift);
    }
  }
  return total / (GRID * GRID * 3);
}
