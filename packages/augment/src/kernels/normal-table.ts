import { exponential } from '../portable-math.ts';

/** One random word gives two indices into the table: its bits 0 to 11 and 12 to 23. */
export const TABLE_BITS = 12;
export const TABLE_MASK = 4095;

/**
 * The standard normal distribution as 4,096 equally likely values (mean 0, variance 1, within 3.7). For noise on pixels of
 * 256 levels it is as good as exact normals, and several times as fast.
 */
export const NORMAL_TABLE: Float64Array = quantiles(TABLE_MASK + 1);

function quantiles(count: number): Float64Array {
  const table = new Float64Array(count);
  const step = 1 / 512;
  const end = 6;
  let total = 0;
  for (let x = -end + step / 2; x < end; x += step) total += exponential((-x * x) / 2);
  let sum = 0;
  let next = 0;
  for (let x = -end + step / 2; x < end && next < count; x += step) {
    const density = exponential((-x * x) / 2) / total;
    // Midpoints of the bins in this slice of the distribution.
    for (; next < count && (next + 0.5) / count <= sum + density; next++) {
      table[next] = x + (((next + 0.5) / count - sum) / density - 0.5) * step;
    }
    sum += density;
  }
  let squares = 0;
  for (let i = 0; i < count / 2; i++) {
    // The two halves are symmetric, so that noise has no bias.
    const value = (table[count - 1 - i]! - table[i]!) / 2;
    table[i] = -value;
    table[count - 1 - i] = value;
    squares += 2 * value * value;
  }
  const scale = 1 / Math.sqrt(squares / count);
  return table.map((value) => value * scale);
}
